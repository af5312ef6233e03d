"""answers.yaml, and the hints that were taken."""

from collections.abc import Callable
from pathlib import Path

import pytest

from labkit.config import ConfigurationError
from mta_lab.exercises.answers import (
    FILE,
    hints_taken,
    read_answers,
    shown,
    take_hint,
    write_answer,
)
from mta_lab.exercises.sheet import read_sheet

Made = Callable[[str, str, Path], Path]


def test_the_form_is_read_as_no_answers(made: Made, tmp_path: Path) -> None:
    directory = made("mail-waits", "0", tmp_path)
    sheet = read_sheet(directory)
    assert read_answers(directory, sheet) == {}
    text = (directory / FILE).read_text("utf-8")
    (directory / FILE).write_text(text.replace("refusal:", "refusal: 17"), "utf-8")
    assert read_answers(directory, sheet) == {"refusal": "17"}


@pytest.mark.parametrize(
    ("text", "said"),
    [("refusl: 1", "did you mean refusal?"), ("- 1", "a question on each line"), ("{", "answers")],
)
def test_what_is_wrong_is_said(made: Made, tmp_path: Path, text: str, said: str) -> None:
    directory = made("mail-waits", "0", tmp_path)
    (directory / FILE).write_text(text, "utf-8")
    with pytest.raises(ConfigurationError, match=said):
        read_answers(directory, read_sheet(directory))


def test_hints_are_recorded(made: Made, tmp_path: Path) -> None:
    directory = made("mail-waits", "0", tmp_path)
    sheet = read_sheet(directory)
    assert hints_taken(directory) == {}
    assert take_hint(directory, sheet, "refusal") == "The session has an SPDU for it: REFUSE."
    take_hint(directory, sheet, "layer")
    assert hints_taken(directory) == {"refusal": 1, "layer": 1}
    with pytest.raises(ConfigurationError, match="all were given"):
        take_hint(directory, sheet, "refusal")
    with pytest.raises(ConfigurationError, match=r"^repair: there is no hint$"):
        take_hint(directory, sheet, "repair")
    with pytest.raises(ConfigurationError, match=r"did you mean cause\?"):
        take_hint(directory, sheet, "couse")
    assert hints_taken(directory) == {"refusal": 1, "layer": 1}


@pytest.mark.parametrize(
    "written", ["594e58535850", "1e5", "0x1F", "0017", "2026-01-01", "yes", "NO", "12:30", "null"]
)
def test_what_has_no_quotes_stays_as_it_was_written(
    made: Made, tmp_path: Path, written: str
) -> None:
    directory = made("mail-waits", "0", tmp_path)
    (directory / FILE).write_text(f"refusal: {written}\nlayer: [{written}]\n", "utf-8")
    answers = read_answers(directory, read_sheet(directory))
    assert answers == {"refusal": written, "layer": [written]}


def test_an_answer_is_written_and_the_rest_stays(made: Made, tmp_path: Path) -> None:
    directory = made("mail-waits", "0", tmp_path)
    sheet, file = read_sheet(directory), directory / FILE
    file.write_text("# mine\nlayer: 0017 # why\ncause: [a, b]\n", "utf-8")
    write_answer(directory, sheet, "refusal", "1: 2 # no comment")
    assert file.read_text("utf-8").startswith("# mine\nlayer: 0017 # why\n")
    assert read_answers(directory, sheet)["refusal"] == "1: 2 # no comment"
    file.write_text("# only a remark", "utf-8")
    write_answer(directory, sheet, "layer", "mts")
    assert file.read_text("utf-8") == "# only a remark\nlayer: mts\n"


def test_an_answer_does_not_take_the_place_of_one_that_nobody_saw(
    made: Made, tmp_path: Path
) -> None:
    directory = made("mail-waits", "0", tmp_path)
    sheet, file = read_sheet(directory), directory / FILE
    file.write_text("cause: [a, b]\n", "utf-8")
    for before in ("", "a"):
        with pytest.raises(ConfigurationError, match="another answer is there by now: 'a b'"):
            write_answer(directory, sheet, "cause", "c", before)
    write_answer(directory, sheet, "cause", "c", shown(["a", "b"]))
    assert read_answers(directory, sheet) == {"cause": "c"}


@pytest.mark.parametrize(
    "text", ["layer: [\n", "- layer\n", "laier: mts\n", "layer: 1\nlayer: 2\n"]
)
def test_a_broken_file_is_not_written_to(made: Made, tmp_path: Path, text: str) -> None:
    directory = made("mail-waits", "0", tmp_path)
    (directory / FILE).write_text(text, "utf-8")
    with pytest.raises(ConfigurationError, match=FILE):
        write_answer(directory, read_sheet(directory), "layer", "mts")
    assert (directory / FILE).read_text("utf-8") == text


def test_a_hint_is_taken_after_those_that_were_seen(made: Made, tmp_path: Path) -> None:
    directory = made("mail-waits", "0", tmp_path)
    sheet = read_sheet(directory)
    take_hint(directory, sheet, "layer", 0)
    with pytest.raises(ConfigurationError, match="another hint was taken meanwhile"):
        take_hint(directory, sheet, "layer", 0)
    assert hints_taken(directory) == {"layer": 1}
