"""What an interpersonal message or notification holds (X.420), as far as it was kept.

A content is its users' business and the MTAs carry it whatever it is, so what is wrong with it is a
deviation. Exchange contents are read when they are interpersonal messages, as they are here.
"""

from typing import Any, NamedTuple

from mta_emu.decode.steps import Complaint, Severity
from mta_emu.mts import ipm
from mta_emu.mts.fields import EXCHANGE_CONTENTS, ContentType
from mta_emu.mts.ipm import shown
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.values import Values
from mta_emu.osi.errors import ProtocolError

_MAX_PROBLEMS = 5  # of a content that are shown
_OF_X420: set[int | str] = {
    ContentType.INTERPERSONAL_MESSAGING_1984,
    ContentType.INTERPERSONAL_MESSAGING_1988,
}


class Content(NamedTuple):
    """What a content says: its subject, its heading for JSON, and what is wrong with it."""

    subject: str | None = None
    heading: dict[str, Any] | None = None
    complaints: tuple[Complaint, ...] = ()


def read(content_type: int | str, octets: bytes, length: int) -> Content:
    """Read a content of `length` octets, of which the first are `octets`."""
    if content_type not in _OF_X420 | {EXCHANGE_CONTENTS}:
        return Content()
    try:
        if len(octets) < length:  # the subject lies near the beginning
            values = Values(lambda at, size: octets[at : at + size], length)
            return Content(ipm.subject(values))
        return _read(content_type, octets)
    except ProtocolError as error:
        if content_type not in _OF_X420 or len(octets) < length:
            return Content()
        return Content(complaints=(_complaint(str(error)),))


def _read(content_type: int | str, octets: bytes) -> Content:
    found = ipm.decode(octets)
    heading = shown.as_object(found.heading) if isinstance(found, InterpersonalMessage) else None
    problems = found.problems if content_type in _OF_X420 else ()
    return Content(found.subject, heading, tuple(map(_complaint, problems[:_MAX_PROBLEMS])))


def _complaint(text: str) -> Complaint:
    return Complaint("mts", f"content: {text}", Severity.DEVIATION)
