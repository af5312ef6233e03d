"""What the envelopes of messages and probes have in common (X.411 figure 4).

A report is on one of them: the standard calls it the report's subject.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Self

from labkit.frozen import replace
from mta_emu.mts import bilateral, extension, trace
from mta_emu.mts.asn1 import MTS
from mta_emu.mts.extension import Criticality, Extensions, StandardExtension
from mta_emu.mts.fields import ContentType, Indicators, PerMessageIndicators
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.members import (
    BILATERAL_INFORMATION,
    BUILT_IN_CONTENT_TYPE,
    CONTENT_IDENTIFIER,
    EXTENDED_CONTENT_TYPE,
    EXTENSIONS,
    INDICATORS,
    MESSAGE_INDICATORS,
    encoded_information_types_member,
    name_member,
    recipients_member,
    trace_member,
)
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.preserved import PreservedSet
from mta_emu.mts.sets import Member, SetCodec
from mta_emu.mts.trace import Trace, TraceElement

RecipientKey = tuple[int, ORAddress]


@dataclass(frozen=True)
class Recipient(PreservedSet):
    """The per-recipient fields of a message or a probe."""

    address: ORAddress
    number: int = 1
    indicators: Indicators = Indicators()
    explicit_conversion: int | None = None
    extensions: Extensions = ()

    @property
    def key(self) -> RecipientKey:
        """What distinguishes it from the others: the members of a list have the list's number."""
        return self.number, self.address

    @property
    def responsible(self) -> bool:
        """Whether the MTA that holds this copy has to deliver to this recipient."""
        return self.indicators.responsible

    def with_responsibility(self, responsible: bool) -> Self:
        """The fields that lay the responsibility for this recipient on the receiver, or not."""
        return replace(self, indicators=self.indicators.with_responsibility(responsible))


@dataclass(frozen=True)
class Subject(PreservedSet):
    """The envelope of a message or a probe.

    `encoded_information_types` and the elements of `bilateral_information` are BER.
    """

    identifier: MtsIdentifier
    originator: ORAddress
    recipients: tuple[Recipient, ...]
    content_type: int | str = ContentType.INTERPERSONAL_MESSAGING_1988
    content_identifier: str = ""
    trace: Trace = ()
    extensions: Extensions = ()
    encoded_information_types: bytes = b""
    indicators: PerMessageIndicators = PerMessageIndicators.NONE
    bilateral_information: tuple[bytes, ...] = ()

    @cached_property
    def criticality(self) -> Criticality:
        """What any of its extensions is critical for, but the trace that every MTA keeps."""
        kind = StandardExtension.INTERNAL_TRACE_INFORMATION
        return extension.criticality(each for each in self.extensions if each.kind != kind)

    @cached_property
    def internal_trace(self) -> Trace:
        """The MTAs that it passed. Raises ProtocolError."""
        return trace.internal_trace(self.extensions)

    def passed(
        self,
        domain: GlobalDomain,
        mta_name: str,
        arrival: datetime,
        deferred: datetime | None = None,
    ) -> Self:
        """The envelope with this MTA's trace; it was `deferred` here until that time."""
        others = (trace.deferred_until(deferred),) if deferred else ()
        here = TraceElement(domain, arrival, mta_name=mta_name, others=others)
        domains, extensions = trace.passed(self.trace, self.extensions, here)
        return replace(self, trace=domains, extensions=extensions)

    def entered(self, domain: GlobalDomain, site: str) -> Self:
        """The envelope of what is in a site of a domain, with the site's name."""
        elements = bilateral.with_site(self.bilateral_information, domain, site)
        return replace(self, bilateral_information=elements)

    def marked_redirected(self) -> Self:
        """The envelope with the trace of a redirection by the MTA that it passed last.

        Its recipients are others: it may come into sites again, and their names go.
        """
        domains, extensions = trace.mark_redirected(self.trace, self.extensions)
        elements = bilateral.without_sites(self.bilateral_information, domains[-1].domain)
        return replace(self, trace=domains, extensions=extensions, bilateral_information=elements)

    def marked_converted(self, types: bytes) -> Self:
        """The same of a conversion to encoded information types, BER."""
        domains, extensions = trace.mark_converted(self.trace, self.extensions, types)
        return replace(self, trace=domains, extensions=extensions)

    def for_recipients(self, wanted: Collection[RecipientKey]) -> Self:
        """The copy that makes the receiver responsible for these recipients (14.3.1)."""
        recipients = (each.with_responsibility(each.key in wanted) for each in self.recipients)
        return replace(self, recipients=tuple(recipients))


RECIPIENT = SetCodec(
    MTS,
    "PerRecipientMessageTransferFields",
    Recipient,
    {
        "recipient-name": name_member("address"),
        "originally-specified-recipient-number": Member("number", write=int),
        "per-recipient-indicators": INDICATORS,
        "explicit-conversion": Member("explicit_conversion", write=lambda number: number),
        "extensions": EXTENSIONS,
    },
)
#: The members that both have: about the content, and about the transfer.
CONTENT_MEMBERS = {
    "originator-name": name_member("originator"),
    "original-encoded-information-types": encoded_information_types_member(),
    "built-in-content-type": BUILT_IN_CONTENT_TYPE,
    "extended-content-type": EXTENDED_CONTENT_TYPE,
    "content-identifier": CONTENT_IDENTIFIER,
}
TRANSFER_MEMBERS = {
    "per-message-indicators": MESSAGE_INDICATORS,
    "per-domain-bilateral-information": BILATERAL_INFORMATION,
    "trace-information": trace_member(),
    "per-recipient-fields": recipients_member(RECIPIENT.encode, RECIPIENT.decode),
    "extensions": EXTENSIONS,
}
