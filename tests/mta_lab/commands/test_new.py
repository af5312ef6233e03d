"""`mta-lab new`: the topology that it writes can be shown, linted, predicted and played."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mta_lab.cli import app


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def lab(*arguments: str) -> Any:
    return CliRunner().invoke(app, arguments)


def test_what_it_writes_is_played_by_its_name() -> None:
    assert lab("new", "mine").stdout.startswith("mine.yaml is written\n")
    for command in ("lint", "show", "predict"):
        done = lab(command, "mine")
        assert done.exit_code == 0, done.output
    done = lab("run", "mine", "--quiet")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("ok mine\n")


def test_from_another_its_firewalls_file_comes_too() -> None:
    done = lab("new", "mine", "--from", "q196381-iptables", "--json")
    assert json.loads(done.stdout) == {
        "name": "mine",
        "files": ["mine.yaml", "q196381-iptables.rules"],
    }
    assert lab("lint", "mine").exit_code == 0
    again = lab("new", "yours", "--from", "mine", "--json")
    assert json.loads(again.stdout)["files"] == ["yours.yaml"]  # the other is there as it is to be


def test_no_file_is_written_over() -> None:
    assert lab("new", "mine").exit_code == 0
    again = lab("new", "mine")
    assert (again.exit_code, again.stderr) == (
        2,
        "mine.yaml: is there already, and stays as it is\n",
    )
    Path("q196381-iptables.rules").write_text("of somebody else")
    done = lab("new", "other", "--from", "q196381-iptables")
    assert done.exit_code == 2
    assert not Path("other.yaml").exists()
    assert Path("q196381-iptables.rules").read_text() == "of somebody else"


@pytest.mark.parametrize("name", ["../x", "a/b", "", "-", "a b", "x\n", "x" * 65])
def test_what_cannot_be_a_name_is_refused(name: str) -> None:
    done = lab("new", "--", name)
    assert done.exit_code == 2
    assert "cannot be a topology's name" in done.stderr
    assert not [*Path().iterdir()]


def test_an_unknown_one_to_begin_from_says_which_may_be_meant() -> None:
    done = lab("new", "mine", "--from", "q19638")
    assert done.exit_code == 2
    assert "did you mean q196381?" in done.stderr
