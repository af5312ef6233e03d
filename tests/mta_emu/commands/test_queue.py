"""`mta-emu queue` on what an MTA has kept."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from mta_emu.commands import queue
from mta_emu.mta.log.status import MtaStatus
from mta_emu.mta.store.postponed import Deferred
from mta_emu.mta.store.store import Store

from .conftest import at


def test_deferred_messages_are_a_line_of_their_own(
    external: Path, mta_emu: Callable[..., Result]
) -> None:
    assert "deferred" not in mta_emu("queue", "--data", external).stdout
    store = Store.open(external, "EXTERNAL")
    for hours in (2, 1):
        message = store.contents.keep(b"content")
        store.deferred.add(Deferred(message, b"head", 7, 7, "", None, at(0), at(3600 * hours)))
    store.close()
    (line,) = map(json.loads, mta_emu("queue", "--json", "--data", external).stdout.splitlines())
    assert (line["name"], line["queued"]) == ("(deferred)", 2)
    assert line["state"] == "until 2026-01-01T13:00:00+00:00"
    assert "(deferred)" in mta_emu("queue", "--data", external).stdout


def test_the_next_try_and_why_nobody_calls_now(
    external: Path, mta_emu: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = {
        "name": "FIREWALL",
        "display_name": "The firewall",
        "queued": 5,
        "state": "waiting",
        "next_try": "2026-01-01T12:10:00.250000+00:00",
        "reason": "connector FIREWALL calls again at 2026-01-01 12:10:00 UTC",
        "associations": 0,
        "transfers": [],
    }

    async def status(_: Path) -> MtaStatus:
        connectors, deferred = [line], {"count": 0, "next": None}
        return MtaStatus.of(
            {"settled": True, "work": 1, "connectors": connectors, "deferred": deferred}
        )

    monkeypatch.setattr(queue, "status", status)
    shown = mta_emu("queue", "--data", external).stdout
    assert "2026-01-01 12:10:00" in shown
    assert shown.splitlines()[-1] == line["reason"]
    assert json.loads(mta_emu("queue", "--data", external, "--json").stdout) == line
