"""A message that was delivered here as an Internet mail, in pieces (RFC 2156, RFC 2157).

The text becomes the text, files are attached; other body parts are named in the text. What comes
from a peer is only ever a value: no line end, control character or octet above 127 gets into a
header, and no file is held in memory.
"""

import base64
import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr
from typing import Any
from urllib.parse import quote

from labkit.text import visible
from mta_emu.mta.store.mailbox import Mail
from mta_emu.mts import ipm, mixer, pieces
from mta_emu.mts.ipm import shown
from mta_emu.mts.ipm.attachments import files
from mta_emu.mts.ipm.files import BilaterallyDefined, File
from mta_emu.mts.ipm.heading import Heading, Importance
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.names import ORDescriptor
from mta_emu.mts.ipm.notification import Notification
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.pieces import Octets, Read
from mta_emu.mts.values import Values
from mta_emu.osi.errors import ProtocolError

_LINE = 57  # octets that make a line of base64
_PIECE = 1024 * _LINE  # octets of a file that are read at once
_LONGEST_LINE = 990  # characters; RFC 5322 has 998
_LONGEST_VALUE = 1000  # characters of a header that is text
_MAX_PROBLEMS = 20


def delivered_to(mail: Mail, gateway: str) -> bytes:
    """The header that differs between the copies of a message."""
    try:
        address = _address(ORAddress.read(mail.recipient), gateway)
    except ValueError:  # a peer's address that is none by the letter
        return _text("X400-Delivered-To", mail.recipient)
    return _line("Delivered-To", address)


def render(mail: Mail, read: Read, gateway: str) -> Iterator[bytes]:
    """A mail of what was delivered, without `delivered_to`; `read` reads its content."""
    try:
        content = ipm.read(Values(read, mail.content_length))
    except ProtocolError:
        yield from as_octets(mail, read)
        return
    yield from _identification(mail)
    if isinstance(content, Notification):
        yield from _users("From", [content.originator] if content.originator else [], gateway)
        yield _text("Subject", content.subject)
        text, attached = content.text, []
    else:
        yield from _heading(content.heading, gateway)
        text, attached = _shown_text(content), list(files(content))
    for problem in content.problems[:_MAX_PROBLEMS]:
        yield _text("X400-Problem", problem)
    yield from _body(text, attached, read)


def as_octets(mail: Mail, read: Read) -> Iterator[bytes]:
    """A mail with the octets of a content that cannot be shown."""
    yield from _identification(mail)
    yield _line("Content-Type", "application/octet-stream")
    yield from _base64((range(mail.content_length),), read)


def _identification(mail: Mail) -> Iterator[bytes]:
    yield _line("Date", format_datetime(mail.time))
    yield _text("X400-MTS-Identifier", mail.mts_identifier)
    if mail.envelope.content_type:
        yield _text("X400-Content-Type", mail.envelope.content_type)
    yield _line("MIME-Version", "1.0")


# The heading


def _heading(heading: Heading, gateway: str) -> Iterator[bytes]:
    yield from _users("From", [heading.originator] if heading.originator else [], gateway)
    for name, recipients in (
        ("To", heading.recipients),
        ("Cc", heading.copy_recipients),
        ("Bcc", heading.blind_copy_recipients),
    ):
        yield from _users(name, (each.descriptor for each in recipients), gateway)
    yield from _users("Reply-To", heading.reply_recipients, gateway)
    yield from _users("X400-Authorizing-Users", heading.authorizing_users, gateway)
    yield _text("Subject", heading.subject)
    for name, value in _fields(heading):
        if value:
            yield _text(name, str(value))


def _fields(heading: Heading) -> Iterator[tuple[str, Any]]:
    """Fields that are one value (RFC 2156 5.3.6)."""
    yield "X400-IPM-Identifier", heading.identifier
    yield "X400-In-Reply-To", heading.replied_to
    yield "X400-Obsoletes", "; ".join(map(str, heading.obsoleted))
    yield "X400-Related-To", "; ".join(map(str, heading.related))
    yield "Expires", _time(heading.expiry_time)
    yield "Reply-By", _time(heading.reply_time)
    if heading.importance is not Importance.NORMAL:
        yield "Importance", shown.word(heading.importance.name)
    if heading.sensitivity:
        yield "Sensitivity", shown.word(heading.sensitivity.name)
    yield "Autoforwarded", "TRUE" if heading.auto_forwarded else ""
    yield "Incomplete-Copy", "TRUE" if heading.incomplete_copy else ""
    yield "Content-Language", ", ".join(heading.languages)


def _time(time: datetime | None) -> str:
    return format_datetime(time) if time else ""


def _users(name: str, users: Iterable[ORDescriptor], gateway: str) -> Iterator[bytes]:
    """A header with addresses, each on a line of its own."""
    if addresses := [_user(each, gateway) for each in users]:
        yield _line(name, ",\n ".join(addresses))


def _user(user: ORDescriptor, gateway: str) -> str:
    """A user with an O/R name as an address; of others the name, as a group without members."""
    free = _one_line(user.free_form_name)
    if user.formal_name:
        return formataddr((free, _address(user.formal_name, gateway)))
    name = free or _one_line(user.telephone_number) or "unknown"
    return f"{formataddr((name, '')).removesuffix(' <>')}:;"


def _address(address: ORAddress, gateway: str) -> str:
    """The Internet address of an O/R address, its local part quoted."""
    local, domain = mixer.to_mailbox(address, gateway)
    local = visible(local).encode("ascii", "backslashreplace").decode()
    if not _ATOM.issuperset(local) or local.startswith(".") or local.endswith(".") or ".." in local:
        local = '"' + local.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{local}@{domain}"


_ATOM = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~."
)


def _text(name: str, value: str) -> bytes:
    """A header whose value is text."""
    value = _one_line(value)[:_LONGEST_VALUE]
    charset = "us-ascii" if value.isascii() and "=?" not in value else "utf-8"
    return _line(name, Header(value, charset, header_name=name).encode() if value else "")


def _line(name: str, value: str) -> bytes:
    """A header whose value is ASCII, folded where it has to be."""
    return f"{name}: {value}\n".encode("ascii")


def _one_line(text: str) -> str:
    return visible(" ".join(text.split()))


# The body


def _shown_text(message: InterpersonalMessage) -> str:
    """What a reader sees, without the files, which are attached."""
    parts = (each for each in message.body if not isinstance(each, File | BilaterallyDefined))
    return "\n".join(part.text for part in parts)


def _body(text: str, attached: list[tuple[str, Octets]], read: Read) -> Iterator[bytes]:
    if not attached:
        yield from _text_part(text)
        return
    boundary = f"=_{secrets.token_hex(16)}"
    yield _line("Content-Type", f'multipart/mixed; boundary="{boundary}"') + b"\n"
    between = f"--{boundary}\n".encode()
    yield between
    yield from _text_part(text)
    for name, octets in attached:
        yield b"\n" + between
        yield _line("Content-Type", "application/octet-stream")
        yield _line("Content-Disposition", f"attachment; {_file_name(name)}")
        yield from _base64(pieces.of(octets), read)
    yield f"\n--{boundary}--\n".encode()


def _text_part(text: str) -> Iterator[bytes]:
    """Text as it is where mail can carry it so, else in base64."""
    text = text if text.endswith("\n") else text + "\n"
    charset = "us-ascii" if text.isascii() else "utf-8"
    yield _line("Content-Type", f'text/plain; charset="{charset}"')
    octets = text.encode("utf-8", "backslashreplace")
    if all(map(_plain, text.split("\n"))):
        encoding = "7bit" if text.isascii() else "8bit"
        yield _line("Content-Transfer-Encoding", encoding) + b"\n"
        yield octets
    else:
        yield from _base64((octets,), None)


def _plain(line: str) -> bool:
    return len(line) <= _LONGEST_LINE and "\r" not in line and "\0" not in line


def _file_name(name: str) -> str:
    """A parameter with a file name (RFC 2231)."""
    if name.isascii() and name.isprintable():
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'filename="{quoted}"'
    return f"filename*=utf-8''{quote(name.encode('utf-8', 'replace'), safe='')}"


def _base64(octets: pieces.Pieces, read: Read | None) -> Iterator[bytes]:
    """Octets in base64, a piece at a time, with the header that announces it."""
    yield _line("Content-Transfer-Encoding", "base64") + b"\n"
    left = b""
    for part in _parts(octets, read):
        left += part
        whole = len(left) // _LINE * _LINE
        yield base64.encodebytes(left[:whole])
        left = left[whole:]
    yield base64.encodebytes(left)


def _parts(octets: pieces.Pieces, read: Read | None) -> Iterator[bytes]:
    for piece in octets:
        for start in range(0, len(piece), _PIECE):
            part = piece[start : start + _PIECE]
            if isinstance(part, bytes):
                yield part
            elif read:
                yield read(part.start, len(part))
