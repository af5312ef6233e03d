"""What goes over a connector: as it is, or converted and downgraded to what can go over it.

A message is converted when it began here, or when it is Exchange contents and the remote system is
no Exchange server; what others wrote as P2 or P22 stays as it is. P1 of 1984 carries less.
"""

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from labkit.frozen import replace
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mts import conversion, downgrade, ipm
from mta_emu.mts.apdu import Head
from mta_emu.mts.conversion import Conversion
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.extension import StandardExtension
from mta_emu.mts.fields import EXCHANGE_CONTENTS, ContentType, PerMessageIndicators
from mta_emu.mts.identifiers import GlobalDomain
from mta_emu.mts.pieces import Read, length
from mta_emu.mts.probe import Probe
from mta_emu.mts.report import Diagnostic, NonDeliveryReason, NotDelivered, Report
from mta_emu.mts.subject import Recipient, Subject
from mta_emu.mts.values import Values
from mta_emu.mts.wishes import prohibits
from mta_emu.osi.errors import ProtocolError

_PROHIBITED = NotDelivered(
    NonDeliveryReason.CONVERSION_NOT_PERFORMED, Diagnostic.IMPLICIT_CONVERSION_PROHIBITED
)
_WITH_LOSS = NotDelivered(
    NonDeliveryReason.CONVERSION_NOT_PERFORMED, Diagnostic.CONVERSION_WITH_LOSS_PROHIBITED
)
_UNREADABLE = NotDelivered(
    NonDeliveryReason.CONVERSION_NOT_PERFORMED, Diagnostic.CONTENT_SYNTAX_ERROR
)


@dataclass(frozen=True)
class Content:
    """The content of a message; `from_here` when it is this MTA's to write."""

    length: int
    read: Read
    from_here: bool

    @cached_property
    def _conversions(self) -> dict[Conversion, conversion.Converted | None]:
        return {}

    def converted(self, how: Conversion) -> conversion.Converted | None:
        """What a conversion makes of it; None: it cannot be read."""
        if how not in self._conversions:
            self._conversions[how] = None
            with suppress(ProtocolError):
                self._conversions[how] = conversion.convert(self.read, self.length, how)
        return self._conversions[how]

    def is_p2(self) -> bool:
        """Whether it is one of P2 of 1984 as it is; one that cannot be read is not."""
        with suppress(ProtocolError):
            return ipm.is_p2(Values(self.read, self.length))
        return False


class Copy(NamedTuple):
    """A head as it goes over a connector, and what was dropped, in words.

    `conversion` is that of the content, which then has `content_length` octets; None: it goes as
    it is.
    """

    head: Head
    dropped: str = ""
    conversion: Conversion | None = None
    content_length: int = 0


def obstacle(
    connector: ConnectorConfig, head: Head, recipient: Recipient | None, content: Content | None
) -> NotDelivered | None:
    """Why a connector cannot carry it, to a recipient unless it is a report; None: it can."""
    speaks_1984 = connector.advanced.speaks_1984
    if isinstance(head, Report):
        return downgrade.obstacle_to_report(head) if speaks_1984 else None
    if why := _obstacle_to_conversion(connector, head, content):
        return why
    kind = head.content_type
    if _must_be_converted(connector, head):
        kind = ContentType.INTERPERSONAL_MESSAGING_1988
    return downgrade.obstacle(head, recipient, kind) if recipient and speaks_1984 else None


def _obstacle_to_conversion(
    connector: ConnectorConfig, head: Envelope | Probe, content: Content | None
) -> NotDelivered | None:
    """Why it cannot be, or must not be, converted as a connector needs it."""
    must = _must_be_converted(connector, head)
    if must and head.indicators & PerMessageIndicators.IMPLICIT_CONVERSION_PROHIBITED:
        return _PROHIBITED
    if isinstance(head, Probe) or content is None:
        return None
    converted = _converted(connector, head, content)
    if must and converted is None:
        return _UNREADABLE
    lossy = converted is not None and converted.dropped
    if lossy and prohibits(head.extensions, StandardExtension.CONVERSION_WITH_LOSS_PROHIBITED):
        return _WITH_LOSS
    return None


def copy(connector: ConnectorConfig, head: Head, content: Content | None) -> Copy:
    """What goes over a connector of a head that has no `obstacle`, and of its content."""
    dropped: list[str] = []
    how, octets = None, content.length if content else 0
    if isinstance(head, Probe):
        head = replace(head, content_type=_as_message(connector, head))
    elif isinstance(head, Envelope) and content:
        if converted := _converted(connector, head, content):
            head = _described(connector, head, content, converted)
            dropped += converted.dropped
            if converted.changed:
                how, octets = connector.conversion, length(converted.pieces)
        elif connector.advanced.speaks_1984 and _is_p22(head) and content.is_p2():
            head = replace(head, content_type=ContentType.INTERPERSONAL_MESSAGING_1984)
    if connector.heuristics.strip_bilateral_information and not isinstance(head, Report):
        head = replace(head, bilateral_information=())
    if connector.advanced.speaks_1984:
        strip = connector.heuristics.strip_internal_trace_information
        head, lost = downgrade.downgrade(head, internal_trace=not strip)
        dropped += lost
    return Copy(head, ", ".join(dropped), how, octets)


def as_it_is(connector: ConnectorConfig, other: ConnectorConfig) -> bool:
    """Whether the copy for a connector is also what goes over another one."""
    of, over = connector.advanced, other.advanced
    return (
        of.speaks_1984 == over.speaks_1984
        and connector.conversion == other.conversion
        and of.allow_exchange_contents == over.allow_exchange_contents
        and connector.heuristics == other.heuristics
    )


def arrived(connector: ConnectorConfig, head: Head, here: GlobalDomain, mta_name: str) -> Head:
    """What came over a connector, or was to go over it, as 1988 has it. Raises ProtocolError."""
    return downgrade.upgrade(head, here, mta_name) if connector.advanced.speaks_1984 else head


# Conversion


def _as_message(connector: ConnectorConfig, probe: Probe) -> int | str:
    """The content type that a message of a probe's kind would have when it is converted."""
    kind = probe.content_type
    if _must_be_converted(connector, probe):
        kind = ContentType.INTERPERSONAL_MESSAGING_1988
    if connector.advanced.speaks_1984 and kind == ContentType.INTERPERSONAL_MESSAGING_1988:
        kind = ContentType.INTERPERSONAL_MESSAGING_1984
    return kind


def _must_be_converted(connector: ConnectorConfig, message: Subject) -> bool:
    """Whether it is Exchange contents, and they do not go there; 1984 has no name for them."""
    advanced = connector.advanced
    exchange = advanced.allow_exchange_contents and not advanced.speaks_1984
    return message.content_type == EXCHANGE_CONTENTS and not exchange


def _converted(
    connector: ConnectorConfig, message: Envelope, content: Content
) -> conversion.Converted | None:
    """What the content becomes; None when it goes as it is, not being ours to write."""
    ours = content.from_here and message.content_type in _INTERPERSONAL
    if ours or _must_be_converted(connector, message):
        return content.converted(connector.conversion)
    return None


def _described(
    connector: ConnectorConfig, message: Envelope, content: Content, converted: conversion.Converted
) -> Envelope:
    """The envelope of a converted message, which says what its content is now.

    What began here has the information types that it is written with. Those of others stay the
    original ones, and the trace says what became of them (X.411 8.2.1.1.1.33).
    """
    p2 = connector.advanced.speaks_1984 and converted.of_1984
    types, kind = converted.information_types, ContentType.INTERPERSONAL_MESSAGING_1988
    message = replace(
        message, content_type=ContentType.INTERPERSONAL_MESSAGING_1984 if p2 else kind
    )
    if content.from_here:
        return replace(message, encoded_information_types=types)
    return message.marked_converted(types)


def _is_p22(message: Envelope) -> bool:
    return message.content_type == ContentType.INTERPERSONAL_MESSAGING_1988


_INTERPERSONAL = (
    ContentType.INTERPERSONAL_MESSAGING_1984,
    ContentType.INTERPERSONAL_MESSAGING_1988,
)
