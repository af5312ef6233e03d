"""An APDU on its way in: kept while it comes, or forgotten."""

from pathlib import Path

import pytest

from mta_emu.mta.association.incoming import Arrived, IncomingMessage
from mta_emu.mta.store.contents import PIECE
from mta_emu.mta.store.store import Store
from mta_emu.mts import envelope as envelopes
from mta_emu.mts.apdu import encode_head, message_prefix
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.probe import Probe
from mta_emu.mts.subject import Recipient
from mta_emu.osi.errors import ProtocolError

IDENTIFIER = MtsIdentifier(GlobalDomain("US", " "), "A-1")
JONES = ORAddress(country="US", surname="Jones")
SMITH = (Recipient(ORAddress(country="US", surname="Smith")),)
ENVELOPE = Envelope(IDENTIFIER, JONES, SMITH)


@pytest.mark.parametrize("length", [0, 1, PIECE, PIECE + 1, 3 * PIECE])
async def test_an_incoming_message_is_kept_in_pieces(tmp_path: Path, length: int) -> None:
    store = Store.open(tmp_path)
    arrived: list[Arrived] = []

    async def accept(message: Arrived) -> None:
        arrived.append(message)

    incoming = IncomingMessage(store, accept)
    content = b"c" * length
    octets = message_prefix(envelopes.encode(ENVELOPE), length) + content
    for start in range(0, len(octets), 30_000):
        incoming.feed(octets[start : start + 30_000])
        await incoming.secure()
    await incoming.accept()
    (message,) = arrived
    assert (message.head, message.content_length) == (ENVELOPE, length)
    assert message.octets == len(octets)
    assert store.contents.read(message.message, 0, length + 1) == content


async def test_an_incoming_message_that_stops_short_is_refused(tmp_path: Path) -> None:
    store = Store.open(tmp_path)

    async def accept(message: Arrived) -> None:
        raise AssertionError(message)

    incoming = IncomingMessage(store, accept)
    incoming.feed(message_prefix(envelopes.encode(ENVELOPE), 10) + b"123456789")
    with pytest.raises(ProtocolError, match="before the APDU did"):
        await incoming.accept()
    incoming.discard()


async def test_a_probe_has_nothing_to_keep(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    arrived: list[Arrived] = []

    async def accept(message: Arrived) -> None:
        arrived.append(message)

    octets = encode_head(Probe(IDENTIFIER, JONES, SMITH))
    incoming = IncomingMessage(store, accept)
    incoming.feed(octets)
    assert incoming.octets == len(octets)
    await incoming.accept()
    (probe,) = arrived
    assert (probe.identifier, probe.message, probe.octets) == (str(IDENTIFIER), None, len(octets))
    assert [*store.contents.incomplete()] == []


async def test_what_is_discarded_leaves_nothing(tmp_path: Path) -> None:
    store = Store.open(tmp_path)

    async def accept(message: Arrived) -> None:
        raise AssertionError(message)

    incoming = IncomingMessage(store, accept)
    incoming.feed(message_prefix(envelopes.encode(ENVELOPE), 2 * PIECE) + bytes(PIECE + 1))
    await incoming.secure()
    (message,) = store.contents.incomplete()
    incoming.discard()
    assert [*store.contents.incomplete()] == []
    assert store.contents.read(message, 0, PIECE) == b""
