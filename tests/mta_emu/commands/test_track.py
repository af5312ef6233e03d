"""`mta-emu track`: one message over both MTAs."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from tests.mta_emu.commands.conftest import MESSAGE, SMITH, at

Command = Callable[..., Result]


def test_over_both_mtas_in_the_order_of_time(
    mta_emu: Command, external: Path, internal: Path
) -> None:
    done = mta_emu("track", MESSAGE, "--data", internal, "--data", external, "--json")
    assert done.exit_code == 0
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(step["server"], step["what"], step["association"]) for step in steps] == [
        ("EXTERNAL", "submitted", None),
        ("EXTERNAL", "queued", None),
        ("EXTERNAL", "refused", 1),
        ("EXTERNAL", "tried", 2),
        ("INTERNAL", "received", 1),
        ("INTERNAL", "delivered", None),
        ("EXTERNAL", "transferred", 2),
    ]
    assert steps[1]["recipient"] == str(SMITH)
    assert steps[2]["detail"] == "bind error 2"
    assert steps[6]["time"] == at(62).isoformat(timespec="milliseconds")


def test_the_table_and_a_part_of_the_identifier(mta_emu: Command, external: Path) -> None:
    done = mta_emu("track", "EXTERNAL-1", "--data", external)
    assert done.exit_code == 0
    assert MESSAGE in done.stdout
    assert "2026-01-01 12:00:01.000" in done.stdout
    assert "refused" in done.stdout


def test_an_unknown_message(mta_emu: Command, external: Path) -> None:
    done = mta_emu("track", "NOBODY", "--data", external)
    assert done.exit_code == 1
    assert "no message with this" in done.stderr


def test_where_no_mta_was(mta_emu: Command, tmp_path: Path) -> None:
    done = mta_emu("track", "NOBODY", "--data", tmp_path)
    assert done.exit_code == 2
    assert "no MTA has kept its data here" in done.stderr


def test_without_data_it_is_the_directory_named_data(
    mta_emu: Command, external: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    external.rename(external.parent / "data")
    monkeypatch.chdir(external.parent)
    done = mta_emu("track", MESSAGE, "--json")
    assert done.exit_code == 0
    assert {json.loads(line)["server"] for line in done.stdout.splitlines()} == {"EXTERNAL"}
