"""Interpersonal messages and notifications, X.420: P22, and P2 of 1984, which is a part of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from mta_emu.mts import bodyparts
from mta_emu.mts.asn1 import MTS
from mta_emu.mts.bodyparts import BilaterallyDefined, BodyPart, File
from mta_emu.mts.oraddress import ORAddress, from_asn1, to_asn1
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError, decoder

_MAX_SUBJECT = 128  # ub-subject-field
_OR_NAME = b"\x60"
_NOTIFICATION = b"\xa1"
_FORWARDED = b"\xa9"
_EXTENSIONS = b"\xaf"  # of a heading
_NAME_MEMBERS_OF_1988 = (b"\x31", b"\xa0")  # extension attributes and directory name


class Importance(IntEnum):
    """How important a message is to its recipients."""

    LOW = 0
    NORMAL = 1
    HIGH = 2


@dataclass(frozen=True)
class InterpersonalMessage:
    """An IPM; `identifier` is the user-relative part of its IPM identifier."""

    identifier: str
    originator: ORAddress
    recipients: tuple[ORAddress, ...]
    subject: str
    body: "tuple[BodyPart | ForwardedMessage, ...]"
    copy_recipients: tuple[ORAddress, ...] = ()
    importance: Importance = Importance.NORMAL

    @property
    def text(self) -> str:
        """All that a reader sees: text, and in parentheses what else there is."""
        return "\n".join(part.text for part in self.body)


def files(message: "InterpersonalMessage | Notification") -> Iterator[tuple[str, bytes]]:
    """The files of a message, as names and octets; what came without a name gets a number.

    No name comes twice, or leads out of the directory that the file is put in.
    """
    names: set[str] = set()
    body = message.body if isinstance(message, InterpersonalMessage) else ()
    found = [part for part in body if isinstance(part, File | BilaterallyDefined)]
    for number, part in enumerate(found, 1):
        name = re.sub(r"[/\\\0-\x1f]", "_", part.name) if isinstance(part, File) else ""
        name = name if name.strip(".") else f"file{number}"
        name = f"{number}-{name}" if name in names else name
        names.add(name)
        yield name, part.octets


@dataclass(frozen=True)
class ForwardedMessage:
    """A message body part: a message within a message, and when it was delivered."""

    message: InterpersonalMessage
    delivery_time: datetime | None = None

    @property
    def text(self) -> str:
        """The message with its heading."""
        message = self.message
        heading = [f"From: {message.originator}", *(f"To: {each}" for each in message.recipients)]
        if self.delivery_time:
            heading.append(f"Delivered: {self.delivery_time.isoformat()}")
        return "\n".join(
            ["(forwarded:)", *heading, f"Subject: {message.subject}", "", message.text]
        )


class NonReceiptReason(IntEnum):
    """Why a message was not read."""

    DISCARDED = 0
    AUTO_FORWARDED = 1


@dataclass(frozen=True)
class Notification:
    """An IPN: the recipient of the IPM `identifier` has received it, or will not.

    `receipt_time` is when it was received; without it, it was not, for `reason`.
    """

    identifier: str
    originator: ORAddress
    receipt_time: datetime | None = None
    reason: NonReceiptReason | None = None

    @property
    def recipients(self) -> tuple[ORAddress, ...]:
        """A notification names none: it goes to the originator of the message."""
        return ()

    @property
    def subject(self) -> str:
        """What kind of notification it is."""
        if self.receipt_time:
            return "Receipt notification"
        return "Non-receipt notification" if self.reason is not None else "Other notification"

    @property
    def text(self) -> str:
        """What a reader is told."""
        about = f"message {self.identifier}"
        if self.receipt_time:
            return f"{about} was received at {self.receipt_time.isoformat()}"
        if self.reason is None:
            return f"(a notification about {about} that is not read here)"
        return f"{about} was {self.reason.name.lower().replace('_', '-')}, not received"


def encode(message: InterpersonalMessage) -> bytes:
    """The BER of an IPM, the content of a message.

    Raises ValueError when the subject is too long or a text has characters that it cannot have.
    """
    return MTS.encode("InformationObject", ("ipm", _to_asn1(message)))


def encode_notification(notification: Notification) -> bytes:
    """The BER of an IPN. Raises ValueError when it is neither a receipt nor a non-receipt."""
    if notification.receipt_time:
        fields: tuple[str, dict[str, Any]] = (
            "receipt-fields",
            {"receipt-time": notification.receipt_time},
        )
    elif notification.reason is not None:
        fields = ("non-receipt-fields", {"non-receipt-reason": int(notification.reason)})
    else:
        raise ValueError("a notification without receipt time and reason")
    originator = {"formal-name": to_asn1(notification.originator)}
    ipn = {
        "subject-ipm": {"user-relative-identifier": notification.identifier},
        "ipn-originator": originator,
        "fields": fields,
    }
    return MTS.encode("InformationObject", ("ipn", ipn))


@decoder
def decode(octets: bytes) -> InterpersonalMessage | Notification:
    """Read an IPM or an IPN; what is not read of it is named in the text.

    Raises ProtocolError when it is neither.
    """
    kind, fields = MTS.decode("InformationObject", octets)
    try:
        return _from_asn1(fields) if kind == "ipm" else _notification(fields)
    except (KeyError, ValueError) as error:
        raise ProtocolError(f"interpersonal message: {error}") from error


@decoder
def is_p2(octets: bytes) -> bool:
    """Whether a content of P22 is one of P2 of 1984 as well: no body part, extension or name
    that 1984 does not have. Raises ProtocolError.
    """
    decode(octets)  # which proves that it is one at all
    if octets[:1] == _NOTIFICATION:
        return _has_names_of_1984(octets)
    return _is_p2(ber.contents(octets))


@decoder
def is_heading_of_p2(heading: bytes) -> bool:
    """Whether the BER of a heading has no extension or name that 1984 does not have."""
    members = ber.elements(ber.contents(heading))
    return not any(each[:1] == _EXTENSIONS for each in members) and _has_names_of_1984(heading)


def _to_asn1(message: InterpersonalMessage) -> dict[str, Any]:
    if len(message.subject) > _MAX_SUBJECT:
        raise ValueError(f"subject: {len(message.subject)} characters, at most {_MAX_SUBJECT}")
    heading: dict[str, Any] = {
        "this-IPM": {
            "user": to_asn1(message.originator),
            "user-relative-identifier": message.identifier,
        },
        "originator": {"formal-name": to_asn1(message.originator)},
        "primary-recipients": _specifiers(message.recipients),
        "subject": message.subject,
    }
    if message.copy_recipients:
        heading["copy-recipients"] = _specifiers(message.copy_recipients)
    if message.importance is not Importance.NORMAL:
        heading["importance"] = int(message.importance)
    return {"heading": heading, "body": [_encode_part(part) for part in message.body]}


def _specifiers(addresses: tuple[ORAddress, ...]) -> list[dict[str, Any]]:
    return [{"recipient": {"formal-name": to_asn1(address)}} for address in addresses]


def _encode_part(part: BodyPart | ForwardedMessage) -> bytes:
    if not isinstance(part, ForwardedMessage):
        return bodyparts.encode(part)
    time = part.delivery_time
    parameters = {"delivery-time": time} if time else {}
    fields = {"parameters": parameters, "data": _to_asn1(part.message)}
    return MTS.encode("MessageBodyPart", fields)


def _from_asn1(ipm: dict[str, Any]) -> InterpersonalMessage:
    heading = ipm["heading"]
    return InterpersonalMessage(
        identifier=heading["this-IPM"]["user-relative-identifier"],
        originator=_address(heading.get("originator", {})),
        recipients=_addresses(heading.get("primary-recipients", ())),
        subject=heading.get("subject", ""),
        body=tuple(_decode_part(bytes(part)) for part in ipm["body"]),
        copy_recipients=_addresses(heading.get("copy-recipients", ())),
        importance=Importance(heading.get("importance", Importance.NORMAL)),
    )


def _addresses(specifiers: list[dict[str, Any]]) -> tuple[ORAddress, ...]:
    recipients = (specifier["recipient"] for specifier in specifiers)
    return tuple(_address(each) for each in recipients if "formal-name" in each)


def _address(descriptor: dict[str, Any]) -> ORAddress:
    return from_asn1(descriptor["formal-name"]) if "formal-name" in descriptor else ORAddress()


def _decode_part(octets: bytes) -> BodyPart | ForwardedMessage:
    if octets[:1] != _FORWARDED:
        return bodyparts.decode(octets)
    fields = MTS.decode("MessageBodyPart", octets)
    time = fields["parameters"].get("delivery-time")
    return ForwardedMessage(_from_asn1(fields["data"]), time)


def _notification(ipn: dict[str, Any]) -> Notification:
    kind, fields = ipn["fields"]
    receipt, reason = None, None
    if kind == "receipt-fields":
        receipt = fields["receipt-time"]
    elif kind == "non-receipt-fields":
        reason = NonReceiptReason(fields["non-receipt-reason"])
    return Notification(
        ipn["subject-ipm"]["user-relative-identifier"],
        _address(ipn.get("ipn-originator", {})),
        receipt,
        reason,
    )


# What P2 of 1984 has


def _is_p2(ipm: bytes) -> bool:
    """Whether an IPM, a heading and a body, is one of 1984."""
    heading, body = ber.elements(ipm)
    return is_heading_of_p2(heading) and all(
        _is_part_of_p2(part) for part in ber.elements(ber.contents(body))
    )


def _is_part_of_p2(part: bytes) -> bool:
    if part[:1] != _FORWARDED:
        return bodyparts.is_1984(part)
    _, message = ber.elements(ber.contents(part))
    return _is_p2(ber.contents(message))


def _has_names_of_1984(octets: bytes) -> bool:
    """Whether every O/R name inside has only what 1984 has in one."""
    return not any(
        member[:1] in _NAME_MEMBERS_OF_1988
        for name in _names(octets)
        for member in ber.elements(ber.contents(name))
    )


def _names(octets: bytes) -> Iterator[bytes]:
    identifier = ber.header(octets)[0]
    if identifier == _OR_NAME:
        yield octets
    elif identifier[0] & 0x20:
        for element in ber.elements(ber.contents(octets)):
            yield from _names(element)
