"""Contents of P22, and of P2 of 1984, which is a part of it: a message or a notification.

What P1 carries is read where it lies, whatever its size, and nothing in it is more than shown: a
content that cannot be read is its users' business (X.411), and only `decode` says what is wrong.
"""

from collections.abc import Iterator

from mta_emu.mts import pieces
from mta_emu.mts.asn1 import MTS
from mta_emu.mts.ipm import bodyparts, heading, message, notification
from mta_emu.mts.ipm.message import FORWARDED, MESSAGE, SEQUENCE, SET, InterpersonalMessage
from mta_emu.mts.ipm.names import OR_NAME
from mta_emu.mts.ipm.notification import Notification
from mta_emu.mts.pieces import Pieces
from mta_emu.mts.values import Value, Values
from mta_emu.osi.errors import ProtocolError, decoder

MAX_LENGTH = (1 << 32) - 1  # octets: the lengths in it have four octets
_NOTIFICATION = b"\xa1"
_NAME_MEMBERS_OF_1988 = (b"\x31", b"\xa0")  # extension attributes and directory name
_LONGEST_SUBJECT = 4096  # octets that are read for a list; ub-subject-field is 128 characters
_LONGEST_HEADING = 1 << 20  # octets that are read to notify of a message
_MAX_FIELDS = 100  # of a heading that are looked through for the subject


def encode(content: InterpersonalMessage | Notification) -> bytes:
    """The BER of a content whose octets are all here.

    Raises ValueError when the subject is too long, a text has characters that it cannot have, or a
    notification is neither of receipt nor of non-receipt.
    """
    if isinstance(content, Notification):
        return MTS.encode("InformationObject", ("ipn", notification.to_asn1(content)))
    return b"".join(map(bytes, compose(content)))


def compose(content: InterpersonalMessage) -> Pieces:
    """The BER of a message, around files whose octets may lie elsewhere.

    Raises ValueError like `encode`, and when it is too long for BER of four-octet lengths.
    """
    found = pieces.tlv(MESSAGE, *message.encode(content))
    if pieces.length(found) > MAX_LENGTH:
        raise ValueError(f"a message of {pieces.length(found)} octets: at most {MAX_LENGTH}")
    return found


@decoder
def decode(octets: bytes) -> InterpersonalMessage | Notification:
    """Read a content; what of it cannot be read is named in its `problems`.

    Raises ProtocolError when it is neither a message nor a notification.
    """
    return read(Values.of(octets))


@decoder
def read(values: Values) -> InterpersonalMessage | Notification:
    """Read a content where it lies: files stay there. Raises ProtocolError like `decode`."""
    whole = values.whole()
    if whole.identifier == MESSAGE:
        return message.decode(values, whole)
    if whole.identifier == _NOTIFICATION:
        return notification.decode(values.octets(whole))
    raise ProtocolError(f"BER tag 0x{whole.identifier.hex()}: neither a message nor a notification")


@decoder
def subject(values: Values) -> str:
    """The subject, of which no more than the heading is read. Raises ProtocolError."""
    whole = values.whole()
    if whole.identifier == _NOTIFICATION:
        return notification.decode(values.octets(whole)).subject
    fields = values.inside(_heading(values, whole))
    for field, _ in zip(fields, range(_MAX_FIELDS), strict=False):
        if field.identifier == heading.SUBJECT:
            if len(field.whole) > _LONGEST_SUBJECT:
                raise ProtocolError(f"a subject of {len(field.whole)} octets")
            return heading.subject(values.octets(field))
    return ""


@decoder
def heading_octets(values: Values) -> bytes:
    """The BER of a message's heading, for `heading.decode`.

    Raises ProtocolError, also for a notification and for a heading that is too long.
    """
    found = _heading(values, values.whole())
    if len(found.whole) > _LONGEST_HEADING:
        raise ProtocolError(f"a heading of {len(found.whole)} octets: at most {_LONGEST_HEADING}")
    return values.octets(found)


def _heading(values: Values, whole: Value) -> Value:
    first = next(values.inside(whole), None) if whole.identifier == MESSAGE else None
    if first is None or first.identifier != SET:
        raise ProtocolError("no interpersonal message")
    return first


# What P2 of 1984 has


@decoder
def is_p2(values: Values) -> bool:
    """Whether a content of P22 is one of P2 of 1984 as well: no body part, extension or name
    that 1984 does not have. Raises ProtocolError.
    """
    whole = values.whole()
    if whole.identifier == _NOTIFICATION:
        return _has_names_of_1984(values, whole)
    return whole.identifier == MESSAGE and _is_p2(values, whole)


@decoder
def is_heading_of_p2(values: Values, fields: Value) -> bool:
    """Whether a heading has no extension or name that 1984 does not have."""
    members = (each.identifier for each in values.inside(fields))
    return heading.EXTENSIONS not in members and _has_names_of_1984(values, fields)


def _is_p2(values: Values, whole: Value) -> bool:
    """Whether an IPM is a heading and a body of 1984, and nothing more."""
    members = list(values.inside(whole))
    if [each.identifier for each in members] != [SET, SEQUENCE]:
        return False
    fields, body = members
    return is_heading_of_p2(values, fields) and all(
        _is_part_of_p2(values, part) for part in values.inside(body)
    )


def _is_part_of_p2(values: Values, part: Value) -> bool:
    if part.identifier != FORWARDED:
        return bodyparts.is_1984(part)
    *_, inside = [None, *values.inside(part)]
    return inside is not None and _is_p2(values, inside)


def _has_names_of_1984(values: Values, around: Value) -> bool:
    """Whether every O/R name inside has only what 1984 has in one."""
    return not any(
        member.identifier in _NAME_MEMBERS_OF_1988
        for name in _names(values, around)
        for member in values.inside(name)
    )


def _names(values: Values, around: Value) -> Iterator[Value]:
    if around.identifier == OR_NAME:
        yield around
    elif around.constructed:
        for each in values.inside(around):
            yield from _names(values, each)
