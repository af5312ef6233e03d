"""A heading as a reader sees it: names and values, in the order of a letter's head."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from mta_emu.mts.ipm.heading import Heading, Importance
from mta_emu.mts.ipm.names import Recipient, Requests

#: What a recipient may be asked for.
_REQUESTS = {
    Requests.RECEIPT: "receipt",
    Requests.NON_RECEIPT: "non-receipt",
    Requests.IPM_RETURN: "return of the message",
}


def fields(heading: Heading) -> Iterator[tuple[str, str]]:
    """The fields that a heading has, each value on a line of its own."""
    if heading.originator:
        yield "From", str(heading.originator)
    yield from _each("Authorized by", heading.authorizing_users)
    for name, recipients in (
        ("To", heading.recipients),
        ("Cc", heading.copy_recipients),
        ("Bcc", heading.blind_copy_recipients),
    ):
        yield from _each(name, map(recipient, recipients))
    yield "Subject", heading.subject
    if heading.replied_to:
        yield "In reply to", str(heading.replied_to)
    yield from _each("Obsoletes", heading.obsoleted)
    yield from _each("Related to", heading.related)
    yield from _times(("Expires", heading.expiry_time), ("Reply by", heading.reply_time))
    yield from _each("Reply to", heading.reply_recipients)
    if heading.importance is not Importance.NORMAL:
        yield "Importance", word(heading.importance.name)
    if heading.sensitivity:
        yield "Sensitivity", word(heading.sensitivity.name)
    if heading.auto_forwarded:
        yield "Auto-forwarded", "yes"
    if heading.incomplete_copy:
        yield "Incomplete copy", "yes"
    if heading.languages:
        yield "Language", ", ".join(heading.languages)


def as_object(heading: Heading) -> dict[str, Any]:
    """The fields for programs: all of them, as text, lists of text and numbers of seconds."""
    return {
        "from": str(heading.originator or ""),
        "to": list(map(str, heading.recipients)),
        "cc": list(map(str, heading.copy_recipients)),
        "bcc": list(map(str, heading.blind_copy_recipients)),
        "authorized_by": list(map(str, heading.authorizing_users)),
        "ipm_identifier": heading.identifier.relative,
        "subject": heading.subject,
        "in_reply_to": heading.replied_to.relative if heading.replied_to else None,
        "obsoletes": [each.relative for each in heading.obsoleted],
        "related_to": [each.relative for each in heading.related],
        "expires": _iso(heading.expiry_time),
        "reply_by": _iso(heading.reply_time),
        "reply_to": list(map(str, heading.reply_recipients)),
        "importance": word(heading.importance.name),
        "sensitivity": word(heading.sensitivity.name) if heading.sensitivity else None,
        "auto_forwarded": heading.auto_forwarded,
        "incomplete_copy": heading.incomplete_copy,
        "languages": list(heading.languages),
        "notifications": sorted(
            {
                request_name
                for each in heading.all_recipients
                for request, request_name in _REQUESTS.items()
                if request in each.requests
            }
        ),
    }


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def recipient(each: Recipient) -> str:
    """A recipient, and in parentheses what is asked of it."""
    asked = [name for request, name in _REQUESTS.items() if request in each.requests]
    asked += ["reply"] if each.reply_requested else []
    return f"{each} ({', '.join(asked)} requested)" if asked else str(each)


def word(name: str) -> str:
    """A name of the code as people write it."""
    return name.lower().replace("_", "-")


def _each(name: str, values: Iterable[object]) -> Iterator[tuple[str, str]]:
    for value in values:
        yield name, str(value)


def _times(*named: tuple[str, datetime | None]) -> Iterator[tuple[str, str]]:
    for name, time in named:
        if time:
            yield name, time.isoformat()
