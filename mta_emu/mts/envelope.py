"""The message transfer envelope, X.411 clause 8.2.1.1 and figure 4.

A 1984 envelope is one without extensions (X.411-1984 3.4): both are read alike.
"""

from dataclasses import dataclass
from datetime import datetime

from mta_emu.mts.asn1 import MTS
from mta_emu.mts.fields import Priority
from mta_emu.mts.members import identifier_member
from mta_emu.mts.sets import Member, SetCodec
from mta_emu.mts.subject import CONTENT_MEMBERS, TRANSFER_MEMBERS, Subject
from mta_emu.osi.errors import decoder


@dataclass(frozen=True)
class Envelope(Subject):
    """A message transfer envelope."""

    priority: Priority = Priority.NORMAL
    deferred_delivery_time: datetime | None = None


def encode(envelope: Envelope) -> bytes:
    """The BER of an envelope."""
    return _ENVELOPE.encode(envelope)


@decoder
def decode(octets: bytes) -> Envelope:
    """Read the BER of an envelope. Raises ProtocolError."""
    return _ENVELOPE.decode(octets)


_ENVELOPE = SetCodec(
    MTS,
    "MessageTransferEnvelope",
    Envelope,
    {
        "message-identifier": identifier_member(),
        **CONTENT_MEMBERS,
        "priority": Member("priority", Priority, lambda priority: int(priority) or None),
        "deferred-delivery-time": Member("deferred_delivery_time"),
        **TRANSFER_MEMBERS,
    },
)
