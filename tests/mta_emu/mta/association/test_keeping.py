"""What the store has of an association while a long transfer is on it."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from mta_emu.endpoint import Endpoint, Ends
from mta_emu.mta.association.incoming import IncomingMessage
from mta_emu.mta.association.keeping import Keeper, Kept
from mta_emu.mta.store.contents import PIECE
from mta_emu.mta.store.database import DiskFullError
from mta_emu.mta.store.queues import QueueEntry
from mta_emu.mta.store.store import Store
from mta_emu.mts import envelope as envelopes
from mta_emu.mts.apdu import message_prefix
from mta_emu.mts.fields import Priority
from mta_emu.osi.rtse.association import ActivityName, Incoming, Outgoing
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.external import ExternalReader, external
from mta_emu.osi.rtse.primitives import Octets, RtPAbort
from mta_emu.osi.session.primitives import ConnectionIdentifier
from tests.mta_emu.mta.association.test_incoming import ENVELOPE

ENDS = Ends("127.0.0.1:102", "127.0.0.2:1024")
NAME = ActivityName(ConnectionIdentifier(b"A"), b"\x02\x01\x01")
ENTRY = QueueEntry(5, 1, "A-1", Priority.NORMAL, b"\x31\x00", 100, 100, None)
APDU = message_prefix(envelopes.encode(ENVELOPE), 200_000) + bytes(range(250)) * 800


async def nobody(_: object) -> None:
    raise AssertionError("it has not come whole")


@dataclass
class One:
    """An association with its transfers."""

    endpoint: Endpoint
    initiated_locally: bool = True
    outgoing: QueueEntry | None = None
    coming: IncomingMessage | None = None

    def send(self) -> Outgoing:
        """Have something in hand whose first checkpoint waits for its confirmation."""
        sending = Outgoing(Octets(APDU), 1024, 3)
        sending.names.append(NAME)
        sending.next_piece()
        sending.checkpoint_set(1)
        self.endpoint.connection.association.outgoing, self.outgoing = sending, ENTRY
        return sending

    def receive(self, store: Store, octets: int) -> IncomingMessage:
        """Have so many octets of a message."""
        coming = Incoming(ExternalReader(), NAME, 3)
        source = external(5, Octets(APDU))
        apdu = coming.feed(source.read(0, octets))
        self.endpoint.connection.association.incoming = coming
        self.coming = IncomingMessage(store, nobody)
        self.coming.feed(apdu)
        return self.coming


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path)


@pytest.fixture
def one() -> One:
    endpoint = Endpoint(RtseConnection(initiator=True), accepted=False)
    endpoint.ends = ENDS
    return One(endpoint)


def kept(store: Store) -> Kept:
    (found,) = store.associations.all()
    return Kept.read(found)


async def test_it_is_kept_with_every_checkpoint_that_the_peer_confirms(
    store: Store, one: One
) -> None:
    keeper = Keeper(store, "TO-B", one)
    sending = one.send()
    keeper.note()
    assert store.associations.all() == []
    sending.checkpoint_confirmed(1)
    keeper.note()
    found = kept(store)
    assert (found.entry, found.ends, found.initiated_locally, found.part) == (5, ENDS, True, None)
    assert found.values["outgoing"]["confirmed"] == [1, 1024]
    sending.next_piece()
    sending.checkpoint_set(2)
    sending.checkpoint_confirmed(2)
    keeper.note()
    assert kept(store).values["outgoing"]["confirmed"] == [2, 2048]
    keeper.forget()
    assert store.associations.all() == []


async def test_an_association_that_is_gone_on_with_keeps_its_number(store: Store, one: One) -> None:
    number = store.associations.keep(None, "TO-B", None, "{}")
    keeper = Keeper(store, "TO-B", one)
    keeper.go_on(number)
    one.send().checkpoint_confirmed(1)
    keeper.note()
    assert kept(store).number == number


async def test_a_full_disk_is_no_reason_to_stop_sending(
    store: Store, one: One, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise DiskFullError("no space")

    monkeypatch.setattr(store.associations, "keep", full)
    one.send().checkpoint_confirmed(1)
    Keeper(store, "TO-B", one).note()


@pytest.mark.parametrize("octets", [len(APDU) - 199_000, 70_000, PIECE * 2 + 1])
async def test_another_process_goes_on_with_what_came(
    store: Store, one: One, tmp_path: Path, octets: int
) -> None:
    keeper = Keeper(store, "TO-B", one)
    coming = one.receive(store, octets)
    await coming.secure(keeper.keep)
    found = kept(store)
    again = Store.open(tmp_path)
    assert found.part
    message = IncomingMessage(again, nobody)
    message.go_on(found.part)
    assert message.octets == coming.octets
    message.feed(APDU[message.octets :])
    await message.secure()
    head = len(APDU) - 200_000
    assert again.contents.read(found.part.message, 0, 200_001) == APDU[head:]


async def test_an_endpoint_of_it_has_lost_its_connection(store: Store, one: One) -> None:
    keeper = Keeper(store, "TO-B", one)
    coming = one.receive(store, 70_000)
    await coming.secure(keeper.keep)
    endpoint = kept(store).endpoint(None, coming=True)
    assert endpoint.ends == ENDS
    assert endpoint.connection.association.incoming
    assert endpoint.at_end
    lost = endpoint.received()
    assert isinstance(lost, RtPAbort)
    assert lost.recoverable
    without = kept(store).endpoint(None, coming=False)
    assert without.connection.association.incoming is None


async def test_a_content_in_segments_is_not_kept(store: Store, one: One) -> None:
    """Its octets in the store are not those that came."""
    head = envelopes.encode(ENVELOPE)
    coming = one.coming = IncomingMessage(store, nobody)
    coming.feed(b"\xa0\x80" + head + b"\x24\x80\x04\x82\x40\x00" + bytes(0x4000))
    coming.feed(b"\x04\x82\x40\x00" + bytes(0x4000))
    await coming.secure(Keeper(store, "TO-B", one).keep)
    assert kept(store).part is None
