"""Probes, X.411 clause 8.2.1.2 and figure 4: would a message of that kind be delivered?"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from mta_emu.mts import extension
from mta_emu.mts.asn1 import MTS
from mta_emu.mts.envelope import (
    BILATERAL_INFORMATION,
    BUILT_IN_CONTENT_TYPE,
    CONTENT_IDENTIFIER,
    EXTENDED_CONTENT_TYPE,
    EXTENSIONS,
    MESSAGE_INDICATORS,
    RECIPIENTS,
    ContentType,
    GlobalDomain,
    MtsIdentifier,
    PerMessageIndicators,
    Recipient,
    TraceElement,
    encoded_information_types_member,
    identifier_member,
    internal_trace,
    name_member,
    passed,
    redirected,
    responsible_for,
    trace_member,
)
from mta_emu.mts.extension import Criticality, Extensions
from mta_emu.mts.kept import KeptFields, KeptSet, Member
from mta_emu.mts.oraddress import ORAddress
from mta_emu.osi.errors import ProtocolError


@dataclass(frozen=True)
class Probe(KeptFields):
    """A probe transfer envelope, which is all of a probe.

    `content_length` is in octets; the elements of `bilateral_information` are BER.
    """

    identifier: MtsIdentifier
    originator: ORAddress
    recipients: tuple[Recipient, ...]
    content_type: int | str = ContentType.INTERPERSONAL_MESSAGING_1988
    content_length: int | None = None
    content_identifier: str = ""
    trace: tuple[TraceElement, ...] = ()
    extensions: Extensions = ()
    encoded_information_types: bytes = b""
    indicators: PerMessageIndicators = PerMessageIndicators.NONE
    bilateral_information: tuple[bytes, ...] = ()

    @cached_property
    def criticality(self) -> Criticality:
        """What any of its extensions is critical for."""
        return extension.criticality(self.extensions)

    @cached_property
    def internal_trace(self) -> tuple[TraceElement, ...]:
        """The MTAs that the probe passed. Raises ProtocolError."""
        return internal_trace(self.extensions)

    def passed(self, domain: GlobalDomain, mta_name: str, arrival: datetime) -> "Probe":
        """The probe with this MTA's trace."""
        here = TraceElement(domain, arrival, mta_name=mta_name)
        trace, extensions = passed(self.trace, self.extensions, here)
        return replace(self, trace=trace, extensions=extensions)

    def redirected(self, domain: GlobalDomain) -> "Probe":
        """The probe with the trace of a redirection by the MTA that it passed last."""
        trace, extensions = redirected(self.trace, self.extensions, domain)
        return replace(self, trace=trace, extensions=extensions)

    def for_recipients(self, wanted: set[int]) -> "Probe":
        """The copy that makes the receiver responsible for the recipients numbered (14.3.1)."""
        return replace(
            self, recipients=tuple(responsible_for(wanted, each) for each in self.recipients)
        )


_PROBE = b"\xa2"


def encode(probe: Probe) -> bytes:
    """The BER of a probe, an MTS-APDU."""
    return _ENVELOPE.encode(probe)


def decode(octets: bytes) -> Probe:
    """Read the BER of a probe. Raises ProtocolError."""
    if octets[:1] != _PROBE:
        raise ProtocolError(f"BER tag 0x{octets[:1].hex()} where a probe must be")
    return _ENVELOPE.decode(octets)


_ENVELOPE = KeptSet(
    MTS,
    "ProbeTransferEnvelope",
    Probe,
    {
        "probe-identifier": identifier_member(),
        "originator-name": name_member("originator"),
        "original-encoded-information-types": encoded_information_types_member(
            "encoded_information_types"
        ),
        "built-in-content-type": BUILT_IN_CONTENT_TYPE,
        "extended-content-type": EXTENDED_CONTENT_TYPE,
        "content-identifier": CONTENT_IDENTIFIER,
        "content-length": Member("content_length", write=lambda length: length),
        "per-message-indicators": MESSAGE_INDICATORS,
        "per-domain-bilateral-information": BILATERAL_INFORMATION,
        "trace-information": trace_member(),
        "per-recipient-fields": RECIPIENTS,
        "extensions": EXTENSIONS,
    },
    _PROBE,
)
