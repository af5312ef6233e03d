"""What a word on the command line stands for."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from labkit.config import ConfigurationError
from mta_lab.commands.given import complete_name, complete_name_or_lab, file_of, given, topology_of

LABS = Path(__file__).parents[3] / "labs"


@pytest.mark.parametrize("word", ["q196381", str(LABS / "q196381.yaml")])
def test_a_file_and_a_name_of_the_catalogue_are_the_same(word: str) -> None:
    meant = given(word, LABS)
    assert (meant.topology.name, meant.lab) == ("q196381", None)


def test_a_word_that_is_neither_says_so() -> None:
    with pytest.raises(ConfigurationError, match=r"xyzzy: no topology .* `mta-lab list` shows"):
        given("xyzzy", LABS)


def test_a_name_of_two_files_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "q196381.yaml").write_text((LABS / "q196381-tunnel.yaml").read_text())
    assert given("q196381", LABS).topology.name == "q196381-tunnel"
    ready = LABS / "q196381.yaml"
    assert capsys.readouterr().err == f"q196381 is q196381.yaml, and not {ready}\n"
    assert topology_of("q196381-tunnel").name == "q196381-tunnel"
    assert capsys.readouterr().err == ""


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
    with pytest.raises(ConfigurationError, match=f"{lab}: a lab that is up, and a file is"):
        file_of(lab, LABS)


def test_a_word_that_is_nearly_a_name_says_which_one(lab: str) -> None:
    with pytest.raises(ConfigurationError, match=r"did you mean q196381-tunnel\?"):
        given("q196381-tunel", LABS)
    with pytest.raises(ConfigurationError, match=rf"did you mean {lab}\?"):
        given(f"{lab}x", LABS)


def test_the_shell_is_told_names_and_labs(lab: str, tmp_path: Path) -> None:
    (tmp_path / "q196381-mine.yaml").write_text("")
    context: Any = SimpleNamespace(params={"labs": tmp_path})
    assert "q196381-mine" in complete_name(context, "q196381-m")
    assert complete_name(context, "q196381-tun") == ["q196381-tunnel"]
    assert complete_name_or_lab(context, lab) == [lab]
