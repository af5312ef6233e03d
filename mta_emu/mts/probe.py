"""Probes, X.411 clause 8.2.1.2 and figure 4: would a message of that kind be delivered?"""

from dataclasses import dataclass

from mta_emu.mts.asn1 import MTS
from mta_emu.mts.members import identifier_member
from mta_emu.mts.sets import Member, SetCodec
from mta_emu.mts.subject import CONTENT_MEMBERS, TRANSFER_MEMBERS, Subject
from mta_emu.osi.errors import ProtocolError, decoder


@dataclass(frozen=True)
class Probe(Subject):
    """A probe transfer envelope, which is all of a probe; `content_length` is in octets."""

    content_length: int | None = None


_PROBE = b"\xa2"


def encode(probe: Probe) -> bytes:
    """The BER of a probe, an MTS-APDU."""
    return _ENVELOPE.encode(probe)


@decoder
def decode(octets: bytes) -> Probe:
    """Read the BER of a probe. Raises ProtocolError."""
    if octets[:1] != _PROBE:
        raise ProtocolError(f"BER tag 0x{octets[:1].hex()} where a probe must be")
    return _ENVELOPE.decode(octets)


_ENVELOPE = SetCodec(
    MTS,
    "ProbeTransferEnvelope",
    Probe,
    {
        "probe-identifier": identifier_member(),
        **CONTENT_MEMBERS,
        "content-length": Member("content_length", write=lambda length: length),
        **TRANSFER_MEMBERS,
    },
    _PROBE,
)
