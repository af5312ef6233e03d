"""Interpersonal messages, X.420 clause 7: a heading and a body, and messages within messages."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from mta_emu.mts import pieces
from mta_emu.mts.asn1 import MTS
from mta_emu.mts.ipm import bodyparts, heading, shown
from mta_emu.mts.ipm.bodyparts import BodyPart
from mta_emu.mts.ipm.heading import Heading
from mta_emu.mts.ipm.names import IpmIdentifier, ORDescriptor, Recipient
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.pieces import Pieces
from mta_emu.mts.values import Value, Values
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError, decoder

MESSAGE, SET, SEQUENCE, FORWARDED = b"\xa0", b"\x31", b"\x30", b"\xa9"
_DELIVERY_TIME, _UTC_TIME = b"\x80", b"\x17"
_MAX_PARTS = 1000  # body parts of one message that are read
_MAX_FORWARDED = 16  # messages within each other that are read


@dataclass(frozen=True)
class InterpersonalMessage:
    """An IPM; `problems` names what could not be read of one that came."""

    heading: Heading
    body: "tuple[BodyPart | ForwardedMessage, ...]"
    problems: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def of(
        cls,
        identifier: str,
        originator: ORAddress,
        recipients: Iterable[ORAddress],
        subject: str,
        body: "Iterable[BodyPart | ForwardedMessage]",
    ) -> "InterpersonalMessage":
        """A message between users with O/R addresses."""
        fields = Heading(
            IpmIdentifier(identifier, originator),
            ORDescriptor(originator),
            tuple(map(Recipient.of, recipients)),
            subject,
        )
        return cls(fields, tuple(body))

    @property
    def subject(self) -> str:
        """Its subject."""
        return self.heading.subject

    @property
    def text(self) -> str:
        """All that a reader sees of its body: text, and in parentheses what else there is."""
        return "\n".join(part.text for part in self.body)

    @property
    def parts(self) -> "Iterator[BodyPart]":
        """The body parts, with those of the messages within it."""
        for part in self.body:
            if isinstance(part, ForwardedMessage):
                yield from part.message.parts
            else:
                yield part


@dataclass(frozen=True)
class ForwardedMessage:
    """A message body part: a message within a message, and when it was delivered (7.3.7)."""

    message: InterpersonalMessage
    delivery_time: datetime | None = None
    kind: ClassVar[str] = "forwarded message"

    @property
    def text(self) -> str:
        """The message with its heading."""
        lines = [f"{name}: {value}" for name, value in shown.fields(self.message.heading)]
        if self.delivery_time:
            lines.append(f"Delivered: {self.delivery_time.isoformat()}")
        return "\n".join(["(forwarded:)", *lines, "", self.message.text])


def encode(message: InterpersonalMessage) -> Pieces:
    """The contents of an IPM, a heading and a body.

    Raises ValueError when the subject is too long or a text has characters that it cannot have.
    """
    fields = MTS.encode("Heading", heading.to_asn1(message.heading))
    parts = [piece for part in message.body for piece in encode_part(part)]
    return (fields, *pieces.tlv(SEQUENCE, *parts))


def encode_part(part: BodyPart | ForwardedMessage) -> Pieces:
    """The BER of a body part. Raises ValueError."""
    if not isinstance(part, ForwardedMessage):
        return bodyparts.encode(part)
    time = part.delivery_time
    parameters: dict[str, Any] = {"delivery-time": time} if time else {}
    inside = pieces.tlv(SEQUENCE, *encode(part.message))
    return pieces.tlv(FORWARDED, MTS.encode("MessageParameters", parameters), *inside)


@decoder
def decode(values: Values, message: Value, depth: int = _MAX_FORWARDED) -> InterpersonalMessage:
    """Read an IPM, under whatever tag; a body part that cannot be read is kept as it came.

    Raises ProtocolError when it is none at all.
    """
    found = values.inside(message)
    first, second = next(found, None), next(found, None)
    if first is None or first.identifier != SET:
        raise ProtocolError("no interpersonal message: it does not begin with a heading")
    fields = heading.decode(values.octets(first))
    problems = list(fields.problems)
    body: list[BodyPart | ForwardedMessage] = []
    if second is None or second.identifier != SEQUENCE:
        problems.append("the body is missing")
    else:
        try:
            _read_body(values, second, depth, body)
            if next(found, None):
                problems.append("something follows the body")
        except ProtocolError as error:
            problems.append(f"body: {error}")
    return InterpersonalMessage(fields, tuple(body), tuple(problems))


def _read_body(
    values: Values, body: Value, depth: int, into: list[BodyPart | ForwardedMessage]
) -> None:
    """Read body parts into a list, as far as it goes. Raises ProtocolError."""
    for number, part in enumerate(values.inside(body)):
        if number == _MAX_PARTS:
            raise ProtocolError(f"more than {_MAX_PARTS} body parts are not read")
        try:
            into.append(_read_part(values, part, depth))
        except ProtocolError:
            into.append(bodyparts.unread(values, part))


def _read_part(values: Values, part: Value, depth: int) -> BodyPart | ForwardedMessage:
    if part.identifier != FORWARDED:
        return bodyparts.decode(values, part)
    if not depth:
        raise ProtocolError(f"messages lie deeper within each other than {_MAX_FORWARDED}")
    inside = list(values.inside(part))
    time = values.find(inside[0], _DELIVERY_TIME) if len(inside) > 1 else None
    message = decode(values, inside[-1], depth - 1) if inside else None
    if message is None:
        raise ProtocolError("a message body part without a message")
    return ForwardedMessage(message, _moment(values, time) if time else None)


@decoder
def _moment(values: Values, value: Value) -> datetime:
    octets = ber.retagged(_UTC_TIME, values.octets(value))
    time: datetime = MTS.decode("Time", octets)
    return time
