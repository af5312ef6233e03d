"""What becomes of contents and mails: from a peer's octets to what readers and files get."""

from contextlib import suppress
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP

from fuzz import conversations
from mta_emu.doors import mail_in, mail_out
from mta_emu.mta.store.mailbox import Mail
from mta_emu.mts import ipm, iso2022
from mta_emu.mts.charactersets import T61_LEFT, T61_RIGHT
from mta_emu.mts.conversion import Conversion, MessageText, convert
from mta_emu.mts.ipm import shown
from mta_emu.mts.ipm.attachments import files
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.values import Values

_NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
_CONVERSIONS = (
    Conversion(word_wrap=20),
    Conversion(MessageText.T61, bp15=False),
    Conversion(MessageText.ISO_8859_1, rich_text=False),
)


def seeds() -> list[bytes]:
    """Contents as they are sent."""
    return [conversations.content(), conversations.rich_content()]


def convert_content(octets: bytes) -> None:
    """Convert a content, which comes from a peer when it is Exchange contents."""

    def read(offset: int, size: int) -> bytes:
        return octets[offset : offset + size]

    for how in _CONVERSIONS:
        convert(read, len(octets), how)


def show(octets: bytes) -> None:
    """What `mail show` and `mail save` make of a content, and what lists show of it."""
    ipm.subject(Values.of(octets))
    found = ipm.decode(octets)
    assert isinstance(found.text, str)
    if isinstance(found, InterpersonalMessage):
        assert len(list(shown.fields(found.heading))) >= 1
        assert shown.as_object(found.heading)["subject"] == found.subject
        names = [name for name, _ in files(found)]
        assert len({name.casefold() for name in names}) == len(names)
        assert not any("/" in name or name in ("", ".", "..") for name in names)


def deliver(octets: bytes) -> None:
    """What a Maildir gets: a mail whose headers are ASCII and ours, whatever the content is.

    The first octet says where the content begins; what is before it is the rest of the mailbox.
    """
    at = octets[0] % 32 if octets else 0
    text, content = octets[1 : 1 + at].decode("latin-1"), octets[1 + at :]
    mail = Mail(1, 1, text, text, text, len(content), _NOON)

    def read(offset: int, size: int) -> bytes:
        return content[offset : offset + size]

    pieces = mail_out.render(mail, read, "gateway.example")
    whole = mail_out.delivered_to(mail, "gateway.example") + b"".join(pieces)
    head = whole.partition(b"\n\n")[0].decode("ascii")
    assert "\r" not in head
    assert all(line[:1] in " " or ": " in line for line in head.split("\n"))
    assert message_from_bytes(whole, policy=SMTP)["X400-MTS-Identifier"] is not None


def deliveries() -> list[bytes]:
    """Contents with nothing before them."""
    return [b"\0" + each for each in seeds()]


def take_mail(octets: bytes) -> None:
    """What the SMTP door makes of a mail."""
    with suppress(ValueError):
        found = mail_in.read(octets)
        assert found.fields["subject"].isprintable()
        assert len(found.fields["subject"]) <= 128


def mails() -> list[bytes]:
    """Mails with files and encoded words."""
    head = b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nPriority: urgent\r\n"
    part = (
        b"--b\r\nContent-Type: application/x\r\nContent-Transfer-Encoding: base64\r\n\r\nAA==\r\n"
    )
    multipart = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nText\r\n"
    return [head + b"\r\nText", head + multipart + part + b"--b--\r\n"]


def read_text(octets: bytes) -> None:
    """Text of any sets, as general text and as a teletex string."""
    assert isinstance(iso2022.decode(octets).text, str)
    assert isinstance(iso2022.decode(octets, T61_LEFT, T61_RIGHT).text, str)


def texts() -> list[bytes]:
    """Text with several sets."""
    return [bytes.fromhex("43 61 66 c2 65 1b2d46 cae1 1b242942 c6fc 0e 61 0f 1b2547 e282ac 1b2540")]
