"""What was kept of associations when the MTA was killed: gone on with, or dropped.

That whole processes are killed, and go on, is in tests/mta_emu/mta/test_broken_transfers.py.
"""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from mta_emu.mta.store.store import Store
from mta_emu.osi.rtse.association import ActivityName, Incoming, Outgoing, RtAssociation
from mta_emu.osi.rtse.keeping import to_values
from mta_emu.osi.rtse.primitives import Octets
from mta_emu.osi.rtse.x410_mode import Unwrapped
from mta_emu.osi.session.primitives import ConnectionIdentifier
from tests.mta_emu.mta.conftest import SMITH, A, B

Start = Callable[..., Awaitable[Any]]
LONG = "All work and no play. " * 10_000
IDENTIFIER = ConnectionIdentifier(b"\x04\x01A", b"\x17\x0d260101000000Z", b"\x14\x011")
NAME = ActivityName(IDENTIFIER, b"\x02\x01\x01")


def keep(store: Store, connector: str, *, entry: int | None = None, part: Any = None) -> None:
    """Keep an association of a caller that had the turn, as if the MTA had been killed."""
    association = RtAssociation(
        checkpoint_size=30, window_size=5, identifier=IDENTIFIER, has_turn=entry is not None
    )
    if entry:
        association.outgoing = Outgoing(Octets(LONG.encode()), 30 << 10, 5)
        association.outgoing.go_on((1, 30 << 10), [NAME])
    if part:
        association.incoming = Incoming(Unwrapped(), NAME, 5)
    state = {
        "initiated_locally": entry is not None,
        "ends": [f"{A}:1024", f"{B}:102"],
        "entry": entry,
        "part": part,
        "association": to_values(association, 0),
    }
    message = part[1] if part else None
    store.associations.keep(None, connector, message, json.dumps(state))


def quick(configuration: dict[str, Any]) -> dict[str, Any]:
    configuration["connectors"][0]["override"] = {"transfer_interval": 1, "open_interval": 1}
    return configuration


async def waiting(start: Start, configuration: dict[str, Any]) -> tuple[Path, str]:
    """A stopped MTA with a message in its queue: its directory, and the message's identifier."""
    a = await start(configuration)
    (sent,) = await a.send(SMITH, text=LONG)
    await a.stop()
    return a.directory, sent


def begun(directory: Path, connector: str, *, wrapping: str) -> int:
    """The number of a message of which five octets had come over a connector."""
    store = Store.open(directory)
    message = store.contents.begin()
    store.contents.append(message, 0, b"begun")
    keep(store, connector, part=[wrapping, message, 5])
    store.close()
    return message


async def test_what_the_peer_does_not_know_begins_again(
    start: Start, a_document: Any, b_document: Any
) -> None:
    """Real MTAs refuse a recovery that is not theirs for good: PP does."""
    directory, sent = await waiting(start, quick(a_document))
    store = Store.open(directory)
    (entry,) = store.queues.waiting("TO-B")
    keep(store, "TO-B", entry=entry.id)
    store.close()
    b, a = await start(b_document), await start(a_document)
    await b.said("delivered", mts_identifier=sent)
    await a.said("transfer", mts_identifier=sent)
    assert [each["state"] for each in a.all("recovery")] == ["lost", "given up"]
    assert len(b.all("delivered")) == 1
    assert a.mta.store.associations.all() == []
    assert a.mta.store.queues.lengths() == {}


async def test_what_has_left_the_queue_is_dropped(start: Start, a_document: Any) -> None:
    directory, _ = await waiting(start, quick(a_document))
    store = Store.open(directory)
    keep(store, "TO-B", entry=4711)
    store.close()
    a = await start(a_document)
    assert a.mta.store.associations.all() == []
    assert a.all("recovery") == []


async def test_a_connector_that_is_gone_is_passed_over(start: Start, a_document: Any) -> None:
    directory, _ = await waiting(start, quick(a_document))
    message = begun(directory, "TO-C", wrapping="")
    a = await start(a_document)
    assert a.mta.store.associations.all() == []
    assert not a.mta.store.contents.is_coming(message)


async def test_octets_that_are_no_apdus_are_dropped(start: Start, a_document: Any) -> None:
    directory, _ = await waiting(start, quick(a_document))
    message = begun(directory, "TO-B", wrapping="31003100")
    a = await start(a_document)
    assert a.mta.store.associations.all() == []
    assert a.mta.store.contents.read(message, 0, 5) == b""


async def test_a_message_that_came_whole_is_no_longer_coming(start: Start, a_document: Any) -> None:
    """The MTA was killed after it had taken the message, and before it had said so."""
    directory, _ = await waiting(start, quick(a_document))
    store = Store.open(directory)
    message = store.contents.begin()
    store.contents.append(message, 0, b"whole")
    store.contents.complete(message, 5)
    keep(store, "TO-B", part=["", message, 5])
    store.close()
    a = await start(a_document)
    assert a.mta.store.associations.all() == []
    assert a.mta.store.contents.read(message, 0, 5) == b"whole"


GOOD: dict[str, Any] = {
    "initiated_locally": True,
    "ends": [f"{A}:1024", f"{B}:102"],
    "entry": 1,
    "part": None,
    "association": to_values(RtAssociation(), 0),
}


@pytest.mark.parametrize(
    "state",
    [
        "",
        "{",
        "null",
        "[1]",
        "{}",
        json.dumps(GOOD | {"ends": [1]}),
        json.dumps(GOOD | {"entry": [1]}),
        json.dumps(GOOD | {"entry": 1 << 70}),
        json.dumps(GOOD | {"association": {}}),
        json.dumps(GOOD | {"association": GOOD["association"] | {"mode": "other"}}),
        json.dumps(GOOD | {"association": GOOD["association"] | {"identifier": ["x", "", ""]}}),
        json.dumps(GOOD | {"association": GOOD["association"] | {"outgoing": {"wrapping": 1}}}),
        json.dumps(GOOD | {"part": ["3", 2, 5]}),
        json.dumps(GOOD | {"part": ["", 2, "5"]}),
        json.dumps(GOOD | {"part": ["", 1, 5]}),  # another's
        json.dumps(GOOD | {"part": 5}),
    ],
)
async def test_a_damaged_row_keeps_no_mta_from_starting(
    start: Start, a_document: Any, state: str
) -> None:
    directory, _ = await waiting(start, quick(a_document))
    store = Store.open(directory)
    message = store.contents.begin()
    store.contents.append(message, 0, b"begun")
    store.associations.keep(None, "TO-B", message, state)
    store.close()
    a = await start(a_document)
    assert a.all("problem") == []
    assert a.mta.store.associations.all() == []
    assert not a.mta.store.contents.is_coming(message)
