"""How far transfers have come."""

from mta_emu.mta.association.progress import in_hand
from mta_emu.mta.log.status import TransferStatus
from mta_emu.mta.store.queues import QueueEntry
from mta_emu.mts.fields import Priority
from mta_emu.osi.rtse.association import Outgoing
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import Octets

ENTRY = QueueEntry(1, 1, "A-1", Priority.NORMAL, b"\x31\x00", 100, 100, None)


def sending() -> RtseConnection:
    connection = RtseConnection(initiator=True)
    connection.association.outgoing = Outgoing(Octets(bytes(5000)), 0, 3)
    return connection


def test_nothing_is_in_hand() -> None:
    idle = RtseConnection(initiator=True)
    assert in_hand(7, None, idle, None) == []
    assert in_hand(7, ENTRY, idle, None) == []  # not yet on its way


def test_both_ways() -> None:
    assert in_hand(7, ENTRY, sending(), 0) == [
        TransferStatus(7, "out", "A-1", 0, ENTRY.octets),
        TransferStatus(7, "in", None, 0, None),
    ]


def test_what_wraps_it_does_not_count() -> None:
    connection = sending()
    assert connection.association.outgoing
    connection.association.outgoing.next_piece()
    (found,) = in_hand(7, ENTRY, connection, None)
    assert found.octets == ENTRY.octets
