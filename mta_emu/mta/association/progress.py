"""How far the transfers of an association have come, for people."""

from mta_emu.mta.log.status import TransferStatus
from mta_emu.mta.store.queues import QueueEntry
from mta_emu.osi.rtse.connection import RtseConnection


def in_hand(
    association: int, entry: QueueEntry | None, connection: RtseConnection, received: int | None
) -> list[TransferStatus]:
    """The transfers of the association of that number: how many octets have gone or come.

    `entry` is what is being sent; `received` is None when nothing is coming.
    """
    found: list[TransferStatus] = []
    sending = connection.association.outgoing
    if entry and sending:
        octets = min(sending.offset, entry.octets)
        found.append(TransferStatus(association, "out", entry.mts_identifier, octets, entry.octets))
    if received is not None:
        found.append(TransferStatus(association, "in", None, received, None))
    return found
