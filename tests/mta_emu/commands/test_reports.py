"""`mta-emu reports`: what came back to the users here."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import Result

from mta_emu.mta.policy.received import ReceivedReport
from mta_emu.mta.store.receivedreports import rows
from mta_emu.mta.store.store import Store
from mta_emu.mts.report import Delivered, NotDelivered
from tests.mta_emu.commands.conftest import JONES, MESSAGE, SMITH, at

Command = Callable[..., Result]
OTHER = "[C=US;A= ;P=Contoso;EXTERNAL-2]"
DELIVERED = ReceivedReport(at(70), MESSAGE, "[/c]", str(JONES), str(SMITH), Delivered(at(65)))


@pytest.fixture
def reported(tmp_path: Path) -> Path:
    store = Store.open(tmp_path / "data", "EXTERNAL")
    failed = replace(DELIVERED, subject_identifier=OTHER, outcome=NotDelivered(1, 0))
    store.reports.add(rows((DELIVERED, failed)))
    store.close()
    return tmp_path / "data"


@pytest.mark.parametrize("words", [(), ("list",)])
def test_all_of_them(mta_emu: Command, reported: Path, words: tuple[str, ...]) -> None:
    done = mta_emu("reports", *words, "--data", reported)
    assert done.exit_code == 0
    assert MESSAGE in done.stdout
    assert OTHER in done.stdout
    assert "[/c]" in done.stdout
    assert "Delivered at 2026-01-01 12:01:05 UTC." in done.stdout


def test_those_on_one_message(mta_emu: Command, reported: Path) -> None:
    done = mta_emu("reports", OTHER, "--data", reported, "--json")
    assert done.exit_code == 0
    (report,) = map(json.loads, done.stdout.splitlines())
    assert report["mts_identifier"] == OTHER


def test_of_what_nothing_came_back(mta_emu: Command, reported: Path) -> None:
    done = mta_emu("reports", "nothing", "--data", reported)
    assert done.exit_code == 1
    assert "nothing: no report on this; `mta-emu reports` lists them all" in done.stderr
