"""Interpersonal notifications, X.420 clause 8: a reader received a message, or will not."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any

from mta_emu.mts import strings
from mta_emu.mts.asn1 import MTS
from mta_emu.mts.ipm.names import IpmIdentifier, ORDescriptor
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError, decoder

_SUBJECT, _ORIGINATOR, _INTENDED, _FIELDS = b"\x6b", b"\xa1", b"\xa2", b"\xa0"
_NON_RECEIPT, _RECEIPT = b"\xa0", b"\xa1"
_UTC_TIME = b"\x17"


class NonReceiptReason(IntEnum):
    """Why a message was not received (8.2.1)."""

    DISCARDED = 0
    AUTO_FORWARDED = 1


class DiscardReason(IntEnum):
    """Why it was discarded (8.2.2)."""

    EXPIRED = 0
    OBSOLETED = 1
    SUBSCRIPTION_TERMINATED = 2


class Acknowledgment(IntEnum):
    """Who said that it was received (8.3.2)."""

    MANUAL = 0
    AUTOMATIC = 1


@dataclass(frozen=True)
class Notification:
    """An IPN: what became of the IPM `message` at the recipient who is its originator.

    `receipt_time` is when it was received; without it, it was not, for `reason`. `message` repeats
    the identifier as the message had it, with its user (Q152952).
    """

    message: IpmIdentifier
    originator: ORDescriptor | None = None
    receipt_time: datetime | None = None
    reason: NonReceiptReason | None = None
    intended: ORDescriptor | None = None  # for whom the message was meant, when another notifies
    discard_reason: DiscardReason | None = None
    acknowledgment: Acknowledgment = Acknowledgment.MANUAL
    comment: str = ""  # that goes with automatic forwarding, or a receipt
    problems: tuple[str, ...] = field(default=(), compare=False)

    @property
    def subject(self) -> str:
        """What kind of notification it is."""
        if self.receipt_time:
            return "Receipt notification"
        return "Non-receipt notification" if self.reason is not None else "Other notification"

    @property
    def text(self) -> str:
        """What a reader is shown."""
        about = f"message {self.message.relative}"
        if self.receipt_time:
            how = ", automatically" if self.acknowledgment is Acknowledgment.AUTOMATIC else ""
            text = f"{about} was received at {self.receipt_time.isoformat()}{how}"
        elif self.reason is None:
            return f"(a notification about {about} that is not read here)"
        else:
            text = f"{about} was {_word(self.reason)}, not received"
            if self.discard_reason is not None:
                text += f": {_word(self.discard_reason)}"
        return f"{text}\n{self.comment}" if self.comment else text


def _word(value: IntEnum) -> str:
    return value.name.lower().replace("_", "-")


def to_asn1(notification: Notification) -> dict[str, Any]:
    """The value of the ASN.1 type IPN. Raises ValueError without a receipt time and a reason."""
    found: dict[str, Any] = {"subject-ipm": notification.message.to_asn1()}
    if notification.originator:
        found["ipn-originator"] = notification.originator.to_asn1()
    if notification.intended:
        found["ipm-intended-recipient"] = notification.intended.to_asn1()
    if notification.receipt_time:
        receipt: dict[str, Any] = {"receipt-time": notification.receipt_time}
        if notification.acknowledgment is not Acknowledgment.MANUAL:
            receipt["acknowledgment-mode"] = int(notification.acknowledgment)
        if notification.comment:
            receipt["suppl-receipt-info"] = notification.comment
        return found | {"fields": ("receipt-fields", receipt)}
    if notification.reason is None:
        raise ValueError("a notification without receipt time and reason")
    refusal: dict[str, Any] = {"non-receipt-reason": int(notification.reason)}
    if notification.discard_reason is not None:
        refusal["discard-reason"] = int(notification.discard_reason)
    if notification.comment:
        refusal["auto-forward-comment"] = notification.comment
    return found | {"fields": ("non-receipt-fields", refusal)}


@decoder
def decode(octets: bytes) -> Notification:
    """Read an IPN, under whatever tag. Raises ProtocolError when it names no message."""
    members = {each[:1]: each for each in ber.elements(ber.contents(ber.definite(octets)))}
    if _SUBJECT not in members:
        raise ProtocolError("a notification that names no message")
    found: dict[str, Any] = {"message": IpmIdentifier.read(members[_SUBJECT])}
    problems: list[str] = []
    for name, tag in (("originator", _ORIGINATOR), ("intended", _INTENDED)):
        if tag in members:
            _take(name, ORDescriptor.read, members[tag], found, problems)
    fields = ber.contents(members[_FIELDS]) if _FIELDS in members else b""
    names = {_RECEIPT: _RECEIPT_FIELDS, _NON_RECEIPT: _NON_RECEIPT_FIELDS}.get(fields[:1], {})
    for each in ber.elements(ber.contents(fields)) if names else ():
        if each[:1] in names:
            name, read = names[each[:1]]
            _take(name, read, each, found, problems)
    return Notification(**found, problems=tuple(problems))


def _take(name: str, read: Any, element: bytes, into: dict[str, Any], problems: list[str]) -> None:
    try:
        into[name] = decoder(read)(element)
    except ProtocolError as error:
        problems.append(f"{name}: {error.__cause__ or error}")


def _time(element: bytes) -> datetime:
    time: datetime = MTS.decode("Time", ber.retagged(_UTC_TIME, element))
    return time


def _number(element: bytes) -> int:
    return int.from_bytes(ber.contents(element)[:8], "big", signed=True)


_RECEIPT_FIELDS: dict[bytes, tuple[str, Any]] = {
    b"\x80": ("receipt_time", _time),
    b"\x81": ("acknowledgment", lambda each: Acknowledgment(_number(each))),
    b"\x82": ("comment", strings.printable),
}
_NON_RECEIPT_FIELDS: dict[bytes, tuple[str, Any]] = {
    b"\x80": ("reason", lambda each: NonReceiptReason(_number(each))),
    b"\x81": ("discard_reason", lambda each: DiscardReason(_number(each))),
    b"\x82": ("comment", strings.printable),
}
