"""What a word on the command line stands for."""

from pathlib import Path
from typing import Any

import pytest

from labkit.config import ConfigurationError
from mta_lab.commands.given import file_of, given

LABS = Path(__file__).parents[3] / "labs"


@pytest.mark.parametrize("word", ["q196381", str(LABS / "q196381.yaml")])
def test_a_file_and_a_name_of_the_catalogue_are_the_same(word: str) -> None:
    meant = given(word, LABS)
    assert (meant.topology.name, meant.lab) == ("q196381", None)


def test_a_word_that_is_neither_says_what_there_is() -> None:
    with pytest.raises(ConfigurationError, match=r"q1: no lab of that name is up .*q1\.yaml"):
        given("q1", LABS)


def test_a_lab_that_is_up_wins_and_the_output_says_so(
    lab: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / f"{lab}.yaml").write_text((LABS / "q196381-tunnel.yaml").read_text())
    meant: Any = given(lab, tmp_path)
    assert meant.lab.name == lab
    assert meant.topology.name == "q196381"
    assert capsys.readouterr().err.startswith(f"lab {lab} as it is now, ")
    (tmp_path / "other.yaml").write_text((LABS / "q196381-tunnel.yaml").read_text())
    assert given("other", tmp_path).topology.name == "q196381-tunnel"


def test_where_a_file_is_edited_a_lab_is_none(lab: str) -> None:
    assert file_of("q196381", LABS) == LABS / "q196381.yaml"
    assert file_of("x/y", LABS) == Path("x/y")
    with pytest.raises(ConfigurationError, match=f"{lab}: a file is edited"):
        file_of(lab, LABS)


def test_a_word_that_is_nearly_a_name_says_which_one() -> None:
    with pytest.raises(
        ConfigurationError, match=r"q196381-tunel\.yaml; did you mean q196381-tunnel\?"
    ):
        given("q196381-tunel", LABS)
