"""The heading of an interpersonal message, X.420 clause 7.2: its fields, and their BER.

A reader shows what can be read and names what cannot: one odd field hides no other.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any, NamedTuple

from mta_emu.mts import strings
from mta_emu.mts.asn1 import MTS
from mta_emu.mts.ipm.names import IpmIdentifier, ORDescriptor, Recipient
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError, decoder

MAX_SUBJECT = 128  # ub-subject-field
IDENTIFIER, SUBJECT, EXTENSIONS = b"\x6b", b"\xa8", b"\xaf"
_SET, _BOOLEAN, _INTEGER, _UTC_TIME = b"\x31", b"\x01", b"\x02", b"\x17"
_INCOMPLETE_COPY, _LANGUAGES = "2.6.1.5.0", "2.6.1.5.1"


class Importance(IntEnum):
    """How important a message is to its recipients (7.2.12)."""

    LOW = 0
    NORMAL = 1
    HIGH = 2


class Sensitivity(IntEnum):
    """To which people a recipient may show a message (7.2.13)."""

    PERSONAL = 1
    PRIVATE = 2
    COMPANY_CONFIDENTIAL = 3


@dataclass(frozen=True)
class Heading:
    """A heading; `extensions` are the BER of those that are not read here.

    `problems` names the fields that could not be read of one that came, and why.
    """

    identifier: IpmIdentifier
    originator: ORDescriptor | None = None
    recipients: tuple[Recipient, ...] = ()
    subject: str = ""
    copy_recipients: tuple[Recipient, ...] = ()
    blind_copy_recipients: tuple[Recipient, ...] = ()
    authorizing_users: tuple[ORDescriptor, ...] = ()
    replied_to: IpmIdentifier | None = None
    obsoleted: tuple[IpmIdentifier, ...] = ()
    related: tuple[IpmIdentifier, ...] = ()
    expiry_time: datetime | None = None
    reply_time: datetime | None = None
    reply_recipients: tuple[ORDescriptor, ...] = ()
    importance: Importance = Importance.NORMAL
    sensitivity: Sensitivity | None = None
    auto_forwarded: bool = False
    incomplete_copy: bool = False
    languages: tuple[str, ...] = ()
    extensions: tuple[bytes, ...] = ()
    problems: tuple[str, ...] = field(default=(), compare=False)

    @property
    def all_recipients(self) -> Iterator[Recipient]:
        """Primary, copy and blind copy recipients."""
        yield from self.recipients
        yield from self.copy_recipients
        yield from self.blind_copy_recipients


# Writing


def to_asn1(heading: Heading) -> dict[str, Any]:
    """The value of the ASN.1 type Heading. Raises ValueError for a subject that is too long."""
    if len(heading.subject) > MAX_SUBJECT:
        raise ValueError(f"subject: {len(heading.subject)} characters, at most {MAX_SUBJECT}")
    for lacking in strings.teletex_lacks(heading.subject):
        raise ValueError(f"subject: {lacking!r} (U+{ord(lacking):04X}) is not in T.61")
    found: dict[str, Any] = {"primary-recipients": [], "subject": heading.subject}
    for each in _FIELDS.values():
        value = getattr(heading, each.attribute)
        if value is Importance.LOW or (value and value is not Importance.NORMAL):
            found[each.name] = each.to_asn1(value)
    extensions = [*_extensions(heading), *heading.extensions]
    return found | ({"extensions": extensions} if extensions else {})


def _extensions(heading: Heading) -> Iterator[bytes]:
    if heading.incomplete_copy:
        yield MTS.encode("HeadingExtension", {"type": _INCOMPLETE_COPY})
    if heading.languages:
        value = MTS.encode("Languages", list(heading.languages))
        yield MTS.encode("HeadingExtension", {"type": _LANGUAGES, "value": value})


# Reading


@decoder
def decode(octets: bytes) -> Heading:
    """Read the BER of a heading. Raises ProtocolError only when it is no SET."""
    elements = ber.elements(ber.contents(ber.definite(octets)))
    found: dict[str, Any] = {}
    problems: list[str] = []
    for element in elements[:_MAX_FIELDS]:
        try:
            _read_field(element, found, problems)
        except ProtocolError as error:
            problems.append(str(error))
    if len(elements) > _MAX_FIELDS:
        problems.append(f"{len(elements)} fields: {_MAX_FIELDS} are read")
    if "identifier" not in found:
        problems.append("this-IPM is missing")
    found.setdefault("identifier", IpmIdentifier(""))
    return Heading(**found, problems=tuple(problems))


def _read_field(element: bytes, found: dict[str, Any], problems: list[str]) -> None:
    if element[:1] == EXTENSIONS:
        _read_extensions(element, found, problems)
        return
    known = _FIELDS.get(element[:1])
    if known is None:
        raise ProtocolError(f"field 0x{element[:1].hex()} is not known")
    if known.attribute in found:
        raise ProtocolError(f"{known.name} is there twice")
    if known.several:
        found[known.attribute] = tuple(_read_each(known, element, problems))
    else:
        found[known.attribute] = _read_one(known, known.name, element)


def _read_each(known: "_Field", element: bytes, problems: list[str]) -> Iterator[Any]:
    for number, each in enumerate(ber.elements(ber.contents(element)), 1):
        try:
            yield _read_one(known, f"{known.name}, number {number}", each)
        except ProtocolError as error:
            problems.append(str(error))


def _read_one(known: "_Field", name: str, element: bytes) -> Any:
    try:
        return decoder(known.read)(element)
    except ProtocolError as error:
        raise ProtocolError(f"{name}: {error.__cause__ or error}") from error


def _read_extensions(element: bytes, found: dict[str, Any], problems: list[str]) -> None:
    others: list[bytes] = []
    for each in ber.elements(ber.contents(element)):
        try:
            extension = MTS.decode("HeadingExtension", each)
            if extension["type"] == _INCOMPLETE_COPY:
                found["incomplete_copy"] = True
            elif extension["type"] == _LANGUAGES:
                languages = ber.elements(ber.contents(bytes(extension["value"])))
                found["languages"] = tuple(map(strings.read, languages))
            else:
                others.append(each)
        except (ProtocolError, KeyError) as error:
            problems.append(f"an extension: {error}")
            others.append(each)
    found["extensions"] = tuple(others)


@decoder
def subject(element: bytes) -> str:
    """The subject in its field; a string of any type is read. Raises ProtocolError."""
    return strings.read(ber.contents(element))


def _importance(element: bytes) -> Importance:
    return Importance(_number(element))


def _sensitivity(element: bytes) -> Sensitivity:
    return Sensitivity(_number(element))


def _number(element: bytes) -> int:
    return int.from_bytes(ber.contents(element)[:8], "big", signed=True)


def _time(element: bytes) -> datetime:
    time: datetime = MTS.decode("Time", ber.retagged(_UTC_TIME, element))
    return time


class _Field(NamedTuple):
    """A field: its name in X.420, and how it becomes an attribute, and back.

    Of a field with `several` values each is read and written alone.
    """

    name: str
    attribute: str
    read: Callable[[bytes], Any]
    write: Callable[[Any], Any] = lambda value: value
    several: bool = False

    def to_asn1(self, value: Any) -> Any:
        """The value for the ASN.1 library."""
        return [self.write(each) for each in value] if self.several else self.write(value)


_Named = type[IpmIdentifier] | type[ORDescriptor] | type[Recipient]


def _one(name: str, attribute: str, kind: _Named) -> _Field:
    return _Field(name, attribute, kind.read, lambda value: value.to_asn1())


def _many(name: str, attribute: str, kind: _Named) -> _Field:
    return _Field(name, attribute, kind.read, lambda value: value.to_asn1(), several=True)


_MAX_FIELDS = 100  # X.420 has 17
#: The fields by their identifier octets. EXTENSIONS are apart, as attributes of their own.
_FIELDS: Mapping[bytes, _Field] = {
    IDENTIFIER: _one("this-IPM", "identifier", IpmIdentifier),
    b"\xa0": _one("originator", "originator", ORDescriptor),
    b"\xa1": _many("authorizing-users", "authorizing_users", ORDescriptor),
    b"\xa2": _many("primary-recipients", "recipients", Recipient),
    b"\xa3": _many("copy-recipients", "copy_recipients", Recipient),
    b"\xa4": _many("blind-copy-recipients", "blind_copy_recipients", Recipient),
    b"\xa5": _one("replied-to-IPM", "replied_to", IpmIdentifier),
    b"\xa6": _many("obsoleted-IPMs", "obsoleted", IpmIdentifier),
    b"\xa7": _many("related-IPMs", "related", IpmIdentifier),
    SUBJECT: _Field("subject", "subject", subject),
    b"\x89": _Field("expiry-time", "expiry_time", _time),
    b"\x8a": _Field("reply-time", "reply_time", _time),
    b"\xab": _many("reply-recipients", "reply_recipients", ORDescriptor),
    b"\x8c": _Field("importance", "importance", _importance, int),
    b"\x8d": _Field("sensitivity", "sensitivity", _sensitivity, int),
    b"\x8e": _Field("auto-forwarded", "auto_forwarded", lambda each: any(ber.contents(each))),
}
