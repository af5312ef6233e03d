"""`mta-emu ping` as people run it: what may be asked for, and what is refused with a reason."""

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner, Result

from mta_emu.cli import app
from mta_emu.ping import LAYERS, Answer
from tests.mta_emu.mta.conftest import a_document

__all__ = ["a_document"]

NOBODY = "127.0.0.77:9"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["ping", *arguments])


@pytest.fixture
def config(tmp_path: Path, a_document: dict[str, Any]) -> Path:
    path = tmp_path / "config.yaml"
    YAML(typ="safe", pure=True).dump(a_document, path)
    return path


def test_a_row_for_each_layer() -> None:
    done = run(NOBODY)
    assert done.exit_code == 1
    rows = [line.split(maxsplit=2) for line in done.stdout.splitlines()[2:]]
    assert rows[0] == ["tcp", "failed", "Connection refused"]
    assert [row[-1] for row in rows[1:]] == ["-"] * (len(LAYERS) - 1)


def test_json_has_one_object_a_layer() -> None:
    lines = [json.loads(line) for line in run(NOBODY, "--json").stdout.splitlines()]
    assert [line["layer"] for line in lines] == list(LAYERS)
    assert lines[0] == {"layer": "tcp", "outcome": "failed", "text": "Connection refused"}


def test_the_x410_modes_have_no_acse() -> None:
    lines = [
        json.loads(line) for line in run(NOBODY, "--json", "--mode", "1984").stdout.splitlines()
    ]
    assert [line["layer"] for line in lines] == [each for each in LAYERS if each != "acse"]


def test_what_a_peer_is_called_is_text_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    async def evil(*_: object) -> list[Answer]:
        return [Answer("mts bind", "ok", "accepted by \x1b[2J[/x]\nsession ok")]

    monkeypatch.setattr("mta_emu.ping.ping", evil)
    shown = run(NOBODY).stdout
    assert r"accepted by \x1b[2J[/x]\nsession ok" in shown
    assert "\x1b" not in shown
    assert json.loads(run(NOBODY, "--json").stdout)["text"].startswith("accepted by \x1b[2J")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "which MTA? give HOST, or --connector NAME"),
        (["host:port"], "must be HOST or HOST:PORT"),
        (["[::1:102"], "with an IPv6 address in brackets"),
        ([NOBODY, "--timeout", "-1"], "-1: must be more than 0 seconds"),
        ([NOBODY, "--timeout", "0"], "0: must be more than 0 seconds"),
        ([NOBODY, "--timeout", "nan"], "nan: must be more than 0 seconds"),
        ([NOBODY, "--timeout", "inf"], "inf: must be more than 0 seconds"),
        ([NOBODY, "--called", "a/b/c/d"], "more than the three selectors T/S/P"),
        ([NOBODY, "--mta-name", "Zürich"], "must be IA5 text"),
        (["--connector", "TO-B", "--config", "absent.yaml"], "absent.yaml: cannot be read"),
        (["--connector", "TO-B"], "config.yaml: cannot be read"),
    ],
)
def test_a_wrong_wish_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], complaint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert done.exit_code == 2
    assert complaint in " ".join(done.stderr.split()).replace("│ ", "")


def test_a_connectors_name_is_looked_for(config: Path) -> None:
    done = run("--connector", "FIREWALL", "--config", str(config))
    assert done.exit_code == 2
    assert "no connector 'FIREWALL' in the configuration; there are: TO-B" in done.stderr


def test_a_connector_is_found_in_the_current_directory(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(config.parent)
    done = run("--connector", "TO-B", "--timeout", "2", "--json")
    first = json.loads(done.stdout.splitlines()[0])
    assert (first["layer"], first["outcome"]) == ("tcp", "failed")
    assert first["text"] in ("Connection refused", "Network is unreachable")


def test_the_help_says_what_cannot_be_told_apart() -> None:
    text = " ".join(run("--help").stdout.split())
    assert "a wrong network address, MTA name and password look alike" in text
    assert "mta-emu ping --connector FIREWALL" in text
