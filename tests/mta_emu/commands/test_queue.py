"""`mta-emu queue` on what an MTA has kept."""

import json
from collections.abc import Callable
from pathlib import Path

from typer.testing import Result

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
