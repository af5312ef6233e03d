"""An Internet mail as a submission of an interpersonal message (RFC 2156, RFC 2157).

Any legal mail is converted, or refused with a reason: what X.400 has no character for is written as
a question mark, a subject that is too long is cut, an unknown character set is guessed.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import EmailPolicy
from typing import Any, TypeVar

from mta_emu.mta.dispatch.request import LONGEST_TEXT
from mta_emu.mts import strings
from mta_emu.mts.ipm.heading import MAX_SUBJECT
from mta_emu.mts.ipm.text import GeneralText, lacks

_MAX_HOLDERS = 200  # parts that hold others: each octet is looked at once for each around it
_MAX_BOUNDARIES = 10_000  # lines that may end a part
_LONGEST_HEADER = 4096  # characters that are read of one: the library takes quadratic time
_HOLDERS = re.compile(rb"(?:boundary\s*=|message/rfc822)", re.IGNORECASE)
_PRIORITIES = ("urgent", "normal", "non-urgent")  # the header Priority (RFC 2156 5.3.6)
_IMPORTANCES = ("low", "normal", "high")
_SENSITIVITIES = ("personal", "private", "company-confidential")
Found = TypeVar("Found")


@dataclass(frozen=True)
class Incoming:
    """What of a mail travels: fields of a submission, and files."""

    fields: dict[str, Any]
    files: tuple[tuple[str, bytes], ...]


def read(octets: bytes) -> Incoming:
    """Read a mail. Raises ValueError that says why it cannot be sent on.

    It may take long, and is for a thread of its own.
    """
    if len(_HOLDERS.findall(octets)) > _MAX_HOLDERS:
        raise ValueError(f"more than {_MAX_HOLDERS} parts that hold others")
    if octets.count(b"\n--") > _MAX_BOUNDARIES:
        raise ValueError(f"more than {_MAX_BOUNDARIES} lines that may end a part")
    try:
        mail = message_from_bytes(octets, policy=_POLICY)
    except (RecursionError, LookupError, ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"not a mail that can be read: {error}") from error
    if not isinstance(mail, EmailMessage):
        raise ValueError("not a mail")
    body = _or(None, lambda: mail.get_body(("plain",)))
    files = tuple(_files(mail, body))
    if body is None and not files:
        raise ValueError("no plain text and no file in it: nothing that travels here")
    text = "" if body is None else _sendable(_text(body))
    if len(text) > LONGEST_TEXT and not text.isascii():
        text, files = "", (("text.txt", text.encode("utf-8", "replace")), *files)
    fields: dict[str, Any] = {
        "subject": _subject(_header(mail, "Subject")),
        "text": text,
        "priority": _one_of(_PRIORITIES, _header(mail, "Priority"), "normal"),
        "importance": _one_of(_IMPORTANCES, _header(mail, "Importance"), "normal"),
    }
    if sensitivity := _one_of(_SENSITIVITIES, _header(mail, "Sensitivity"), ""):
        fields["sensitivity"] = sensitivity
    return Incoming(fields, files)


class _Bounded(EmailPolicy):
    """Headers of which no more is read than the bound."""

    def header_fetch_parse(self, name: str, value: Any) -> Any:
        """The value of a header."""
        return super().header_fetch_parse(name, value[:_LONGEST_HEADER])


_POLICY = _Bounded(linesep="\r\n")


def _or(default: Found, get: Callable[[], Found]) -> Found:
    """What `get` gives, or the default: the library raises much for what is not legal."""
    try:
        return get()
    except (RecursionError, LookupError, ValueError, TypeError, AttributeError, AssertionError):
        return default


def _header(mail: EmailMessage, name: str) -> str:
    """A header as one line of text; what cannot be decoded is as it came."""
    raw = next((value for key, value in mail.raw_items() if key.lower() == name.lower()), "")
    value = _or(str(raw)[:_LONGEST_HEADER], lambda: str(mail.get(name, "")))
    return " ".join(value.encode("utf-8", "replace").decode("utf-8").split())


def _one_of(known: tuple[str, ...], value: str, otherwise: str) -> str:
    return value.lower() if value.lower() in known else otherwise


def _subject(text: str) -> str:
    """A subject that a TeletexString can have: of this length, of these characters."""
    text = "".join(character for character in text if character.isprintable())
    lacking = dict.fromkeys(map(ord, strings.teletex_lacks(text)), "?")
    return text.translate(lacking)[:MAX_SUBJECT]


def _sendable(text: str) -> str:
    """Text with a question mark for what no registered set has."""
    return text.translate(dict.fromkeys(map(ord, lacks(GeneralText, text)), "?"))


def _text(part: MIMEPart) -> str:
    """The text of a part, whatever it says that its character set is."""
    octets = _octets(part)
    charset = _or("", lambda: part.get_content_charset("us-ascii")) or "us-ascii"
    for each in (charset, "utf-8"):
        try:
            return octets.decode(each)
        except (LookupError, ValueError):
            continue
    return octets.decode("latin-1")


def _octets(part: MIMEPart) -> bytes:
    """The octets of a part, decoded; one that holds others is as it came."""
    found = _or(None, lambda: part.get_payload(decode=True))
    if isinstance(found, bytes):
        return found
    inside = part.get_payload()
    if isinstance(inside, list) and len(inside) == 1 and isinstance(inside[0], MIMEPart):
        return _or(b"", inside[0].as_bytes)  # a mail
    return _or(b"", part.as_bytes)


def _files(mail: EmailMessage, body: MIMEPart | None) -> Iterator[tuple[str, bytes]]:
    """What is attached to a mail: names and octets; what has no name gets a number."""
    none: list[MIMEPart] = []
    attached = _or(none, lambda: [part for part in mail.iter_attachments() if part is not body])
    for number, part in enumerate(attached, 1):
        name = _or(None, part.get_filename)
        yield name or f"file{number}", _octets(part)
