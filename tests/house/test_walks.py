"""The walks in docs/architecture.md name files that there are, each once in a walk."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
WALKS = {
    title: re.findall(r"^(\d+)\. `([^`]+)`", text, re.MULTILINE)
    for title, text in re.findall(r"^### (From .+)\n((?:(?!#).*\n)+)", PAGE, re.MULTILINE)
}


def test_there_are_four() -> None:
    assert [*WALKS] == [
        "From a TCP connection to event 1293",
        "From submit to an empty queue",
        "From a topology to a verdict",
        "From a prediction to its proof",
    ]


@pytest.mark.parametrize("title", WALKS)
def test_no_file_is_visited_left_and_visited_again(title: str) -> None:
    files = [file for _, file in WALKS[title]]
    assert len(set(files)) == len(files) > 10


@pytest.mark.parametrize("title", WALKS)
def test_its_steps_are_numbered_and_its_files_are_there(title: str) -> None:
    assert [int(number) for number, _ in WALKS[title]] == [*range(1, len(WALKS[title]) + 1)]
    assert [file for _, file in WALKS[title] if not (ROOT / file).is_file()] == []


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([a-z_/]+\.py)`", PAGE))))
def test_a_file_that_the_page_names_is_there(name: str) -> None:
    assert [*ROOT.glob(f"**/{name}")]
