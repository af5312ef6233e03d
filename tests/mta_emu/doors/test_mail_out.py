"""Messages as Internet mails."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.doors import mail_out
from mta_emu.mta.store.mailbox import Mail
from mta_emu.mts import ipm
from mta_emu.mts.ipm.bodyparts import OtherBodyPart
from mta_emu.mts.ipm.files import BilaterallyDefined, File
from mta_emu.mts.ipm.heading import Heading, Importance, Sensitivity
from mta_emu.mts.ipm.message import ForwardedMessage, InterpersonalMessage
from mta_emu.mts.ipm.names import IpmIdentifier, ORDescriptor, Recipient
from mta_emu.mts.ipm.notification import Notification
from mta_emu.mts.ipm.text import GeneralText, IA5Text
from mta_emu.mts.oraddress import ORAddress
from tests.scaling import assert_linear
from tests.shared import shared

GATEWAY = "gateway.example"
JONES = ORAddress.parse("C=US;A= ;P=Contoso;O=A;S=Jones")
SMITH = ORAddress.parse("C=US;A= ;P=Contoso;O=B;S=Smith")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def delivered(content: bytes, identifier: str = "[M]", recipient: str = str(SMITH)) -> Mail:
    return Mail(1, 1, identifier, recipient, "", len(content), NOON)


def rendered(content: bytes, mail: Mail | None = None) -> bytes:
    mail = mail or delivered(content)

    def read(at: int, size: int) -> bytes:
        return content[at : at + size]

    pieces = mail_out.render(mail, read, GATEWAY)
    return mail_out.delivered_to(mail, GATEWAY) + b"".join(pieces)


def parsed(octets: bytes) -> EmailMessage:
    found = message_from_bytes(octets, policy=SMTP)
    assert isinstance(found, EmailMessage)
    assert not found.defects
    return found


def message(*body: object, **fields: object) -> bytes:
    plain = InterpersonalMessage.of("1", JONES, (SMITH,), "Hi", body)  # type: ignore[arg-type]
    heading = replace(plain.heading, **fields)  # type: ignore[arg-type]
    return ipm.encode(replace(plain, heading=heading))


def test_golden_octets() -> None:
    assert rendered(message(IA5Text("Yo"))) == (
        b'Delivered-To: "/C=US/ADMD= /PRMD=Contoso/O=B/S=Smith/"@gateway.example\n'
        b"Date: Thu, 01 Jan 2026 12:00:00 +0000\n"
        b"X400-MTS-Identifier: [M]\n"
        b"MIME-Version: 1.0\n"
        b'From: "/C=US/ADMD= /PRMD=Contoso/O=A/S=Jones/"@gateway.example\n'
        b'To: "/C=US/ADMD= /PRMD=Contoso/O=B/S=Smith/"@gateway.example\n'
        b"Subject: Hi\n"
        b"X400-IPM-Identifier: 1 of C=US;A= ;P=Contoso;O=A;S=Jones\n"
        b'Content-Type: text/plain; charset="us-ascii"\n'
        b"Content-Transfer-Encoding: 7bit\n"
        b"\nYo\n"
    )


def test_every_field_of_the_heading() -> None:
    heading = Heading(
        IpmIdentifier("1"),
        ORDescriptor(JONES, "J\xf6 Jones"),
        (Recipient(ORDescriptor(None, "Hans Schmidt")), Recipient.of(SMITH)),
        "Gr\xfc\xdfe",
        copy_recipients=(Recipient.of(JONES),),
        blind_copy_recipients=(Recipient.of(SMITH),),
        authorizing_users=(ORDescriptor(None, "Boss"),),
        replied_to=IpmIdentifier("0"),
        obsoleted=(IpmIdentifier("2"), IpmIdentifier("3")),
        expiry_time=NOON,
        reply_time=NOON,
        reply_recipients=(ORDescriptor(SMITH),),
        importance=Importance.HIGH,
        sensitivity=Sensitivity.PRIVATE,
        auto_forwarded=True,
        incomplete_copy=True,
        languages=("en",),
    )
    found = parsed(rendered(ipm.encode(InterpersonalMessage(heading, (IA5Text("x"),)))))
    assert found["Subject"] == "Gr\xfc\xdfe"
    assert [each.display_name for each in found["From"].addresses] == ["J\xf6 Jones"]
    assert [group.display_name for group in found["To"].groups] == ["Hans Schmidt", None]
    assert found["Cc"].addresses[0].username == "/C=US/ADMD= /PRMD=Contoso/O=A/S=Jones/"
    for name, value in {
        "X400-Authorizing-Users": "Boss:;",
        "X400-In-Reply-To": "0",
        "X400-Obsoletes": "2; 3",
        "Expires": "Thu, 01 Jan 2026 12:00:00 +0000",
        "Reply-By": "Thu, 01 Jan 2026 12:00:00 +0000",
        "Importance": "high",
        "Sensitivity": "private",
        "Autoforwarded": "TRUE",
        "Incomplete-Copy": "TRUE",
        "Content-Language": "en",
    }.items():
        assert found[name] == value
    assert found["Bcc"].addresses[0].domain == found["Reply-To"].addresses[0].domain == GATEWAY


def test_files_are_attached_and_the_rest_is_text() -> None:
    inner = InterpersonalMessage.of("2", SMITH, (), "In", (IA5Text("deep"), File("in.txt", b"in")))
    found = parsed(
        rendered(
            message(
                GeneralText("caf\xe9"),
                File("a.bin", bytes(range(256)) * 300),
                OtherBodyPart(bytes.fromhex("a300")),
                BilaterallyDefined(b"bare"),
                ForwardedMessage(inner, NOON),
                File('q"\\\N{EURO SIGN}', b""),
            )
        )
    )
    text = found.get_body(("plain",))
    assert text
    assert text.get_content().startswith("caf\xe9\n(group 3 facsimile body part, 2 octets)\n(forw")
    assert "Subject: In" in text.get_content()
    assert {each.get_filename(): each.get_content() for each in found.iter_attachments()} == {
        "a.bin": bytes(range(256)) * 300,
        "file2": b"bare",
        "in.txt": b"in",
        'q"_\N{EURO SIGN}': b"",
    }


@pytest.mark.parametrize("text", ["x" * 2000, "a\rb", "nul\0", "\x1b[31m", "From x\n.\n", ""])
def test_text_that_mail_cannot_carry_as_it_is(text: str) -> None:
    body = parsed(rendered(message(IA5Text(text)))).get_content()
    assert body.rstrip("\n") == text.rstrip("\n")


def test_notifications() -> None:
    sent = Notification(IpmIdentifier("1"), ORDescriptor(SMITH), NOON)
    found = parsed(rendered(ipm.encode(sent)))
    assert found["Subject"] == "Receipt notification"
    assert found.get_content() == "message 1 was received at 2026-01-01T12:00:00+00:00\n"


@pytest.mark.parametrize("content", [b"", b"\xff" * 10, bytes(100_000)])
def test_what_cannot_be_read_is_its_octets(content: bytes) -> None:
    found = parsed(rendered(content))
    assert found.get_content_type() == "application/octet-stream"
    assert found.get_content() == content


def test_problems_are_named() -> None:
    found = parsed(rendered(bytes.fromhex("a00c 3108 6b03 130131 8c01 07 3000")))
    assert found["X400-Problem"] == "importance: 7 is not a valid Importance"


EVIL = [
    "E\r\nX: y",
    "\x1b[2J",
    "a\n\nbody",
    "x" * 3000,
    "\u2028",
    "=?utf-8?q?a=0d=0aBcc:_b?=",
    '"',
    "",
]


@pytest.mark.parametrize("evil", EVIL)
def test_what_a_peer_says_is_a_value_and_nothing_else(evil: str) -> None:
    """../shared/faults/attacks/maildir_start.py, and its kind."""
    dda = replace(SMITH, domain_defined=(("RFC-822", "<>(a)[1"), ("RFC-822", evil[:128])))
    user = replace(JONES, surname=evil[:40])
    heading = Heading(
        IpmIdentifier(evil.encode("latin-1", "replace").decode("latin-1")),
        ORDescriptor(user, evil.encode("ascii", "replace").decode()),
        (Recipient.of(dda), Recipient.of(user)),
        evil.encode("ascii", "replace").decode()[:128],
    )
    try:
        content = ipm.encode(InterpersonalMessage(heading, (File(evil, b"x"),)))
    except (ValueError, OverflowError):
        content = message(File("evil", b"x"))
    for recipient in (str(dda), evil, str(user)):
        octets = rendered(content, delivered(content, evil, recipient))
        head = octets.partition(b"\n\n")[0].decode("ascii")
        names = [line.partition(":")[0] for line in head.split("\n") if not line.startswith(" ")]
        assert set(names) <= {
            *("Delivered-To", "X400-Delivered-To", "Date", "X400-MTS-Identifier", "MIME-Version"),
            *("From", "To", "Subject", "X400-IPM-Identifier", "X400-Problem", "Content-Type"),
        }
        assert len(names) == len(set(names))
        assert all(line.isprintable() for line in head.split("\n"))


@given(st.binary(max_size=80), st.text(max_size=20), st.text(max_size=20))
def test_whatever_comes_is_a_mail(content: bytes, identifier: str, recipient: str) -> None:
    octets = rendered(content, delivered(content, identifier, recipient))
    octets.partition(b"\n\n")[0].decode("ascii")
    message_from_bytes(octets, policy=SMTP)


@pytest.mark.parametrize("folder", ["10-file-in-a-forwarded-message"])
def test_contents_that_were_found(folder: str) -> None:
    content = bytes.fromhex(shared(f"faults/{folder}/content.hex").read_text())
    (file,) = parsed(rendered(content)).iter_attachments()
    assert file.get_filename() == "doc.txt"


def test_a_thousand_recipients_take_linear_time() -> None:
    def many(count: int) -> bytes:
        users = (replace(SMITH, surname=f"S{number}") for number in range(count))
        return message(IA5Text("x"), recipients=tuple(map(Recipient.of, users)))

    assert rendered(many(100)).count(b"@gateway.example") == 102
    assert_linear(rendered, many, start=100, largest=8000)


def test_files_take_linear_time() -> None:
    assert_linear(rendered, lambda size: message(File("f", bytes(size))), largest=1 << 24)
