"""What a word on the command line stands for."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from labkit.config import ConfigurationError
from mta_lab.cli import COMMANDS, app
from mta_lab.commands.given import complete_name, complete_name_or_lab, file_of, given, topology_of
from tests.mta_lab.commands.conftest import lab_cli

LABS = Path(__file__).parents[3] / "labs"
WHY = "edits are for a file"
WITH_LAB = "A topology file, the name of one (see `mta-lab list`), or a lab that is up."
WITHOUT_LAB = "A topology file, or the name of one: see `mta-lab list`."


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
    assert topology_of("q196381-tunnel", None, WHY).name == "q196381-tunnel"
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


def test_where_a_lab_makes_no_sense_the_reason_is_said(lab: str) -> None:
    assert file_of("q196381", LABS, WHY) == LABS / "q196381.yaml"
    assert file_of("x/y", LABS, WHY) == Path("x/y")
    with pytest.raises(ConfigurationError) as refused:
        file_of(lab, LABS, WHY)
    assert str(refused.value) == f"{lab}: is a lab that is up; edits are for a file: give FILE|NAME"


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (("run",), "a run has hosts of its own, which begin as the file says"),
        (("up",), "it need not be put up"),
        (("suggest",), "edits are for a file"),
        (("new", "mine", "--from"), "a file is copied"),
        (("record",), "`mta-lab capture` shows its packets"),
    ],
)
def test_commands_for_which_a_lab_makes_no_sense(
    lab: str, command: tuple[str, ...], why: str
) -> None:
    done = lab_cli(*command, lab)
    assert (done.exit_code, done.stderr) == (
        2,
        f"{lab}: is a lab that is up; {why}: give FILE|NAME\n",
    )


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("lint", ()),
        ("show", ()),
        ("graph", ("-w", "-")),
        ("predict", ()),
        ("what-if", ("--vary", "firewall.transparency=off")),
        ("diff", ("q196381",)),
        ("trace", ("--from", "EXTERNAL", "--to", "203.0.113.1")),
    ],
)
def test_commands_that_look_at_a_topology_take_a_lab(
    lab: str, command: str, options: tuple[str, ...]
) -> None:
    done = lab_cli(command, lab, *options)
    assert done.stderr.startswith(f"lab {lab} as it is now, "), done.output
    assert done.exit_code in (0, 1)
    assert done.stdout or command == "lint"


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "down"])
def test_each_command_has_one_metavar_and_one_help_for_a_topology(command: str) -> None:
    found = typer.main.get_command(app).get_command(None, command)  # type: ignore[attr-defined]
    for each in getattr(found, "params", ()):
        if each.param_type_name == "argument" and "FILE|NAME" in (each.metavar or ""):
            lab_too = "LAB" in each.metavar
            assert each.metavar.removesuffix("...") == ("FILE|NAME|LAB" if lab_too else "FILE|NAME")
            assert each.help == (WITH_LAB if lab_too else WITHOUT_LAB)
            assert "labs" in [option.name for option in found.params], "--labs is missing"


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
