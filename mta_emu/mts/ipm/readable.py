"""What came into a mailbox, as its reader sees it: headings, text, files."""

from collections.abc import Iterator
from typing import Any

from mta_emu.mts import pieces
from mta_emu.mts.fields import EXCHANGE_CONTENTS, content_type_name
from mta_emu.mts.ipm import shown
from mta_emu.mts.ipm.attachments import files
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.notification import Notification
from mta_emu.osi.errors import ProtocolError

_MAX_PROBLEMS = 20  # that are shown of one message

Readable = InterpersonalMessage | Notification


def as_object(read: Readable) -> dict[str, Any]:
    """All that there is to be said of a content, for programs."""
    common = {"subject": read.subject, "text": read.text, "problems": list(read.problems)}
    if isinstance(read, Notification):
        about = read.message.relative
        return common | {
            "from": str(read.originator or ""),
            "to": [],
            "ipm_identifier": about,
            "body": ["notification"],
        }
    return common | shown.as_object(read.heading) | {"body": [part.kind for part in read.body]}


def lines(read: Readable) -> list[tuple[str, str]]:
    """The same for people: names and values."""
    if isinstance(read, Notification):
        found = [("From", str(read.originator or "")), ("Subject", read.subject)]
        found += [("IPM", str(read.message)), ("Body", "notification")]
    else:
        found = [*shown.fields(read.heading), ("IPM", str(read.heading.identifier))]
        found += [("Body", part.kind) for part in read.body]
    return found + [("Problem", problem) for problem in read.problems[:_MAX_PROBLEMS]]


def files_of(read: Readable) -> Iterator[tuple[str, bytes]]:
    """The files that came with it, by names under which they can be saved, and their octets."""
    if isinstance(read, InterpersonalMessage):
        for name, octets in files(read):
            yield name, b"".join(map(bytes, pieces.of(octets)))


def not_readable(content_type: str, error: ProtocolError) -> str:
    """What a content is that cannot be read."""
    if content_type == content_type_name(EXCHANGE_CONTENTS):
        return "Exchange contents in Microsoft's own form, MDBEF, which nobody has described"
    return f"{f'{content_type}, ' if content_type else ''}not an interpersonal message: {error}"
