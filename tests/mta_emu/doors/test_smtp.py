"""The SMTP door: a mail client feeds the lab, and reads what came."""

import asyncio
import mailbox
import smtplib
from collections.abc import Awaitable, Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from mta_emu.doors import mail_in, smtp
from mta_emu.doors.smtp import serve_smtp
from mta_emu.mta.configuration.server import SmtpDoor
from mta_emu.mts import ipm
from tests.patience import PATIENCE

Start = Callable[..., Awaitable[Any]]
GATEWAY = "gateway.example"
SMITH = f'"/C=US/A= /P=Contoso/O=B/S=Smith/"@{GATEWAY}'
PORT_A, PORT_B = 10890, 10891


def door(host: str, port: int, maildir: Path | None = None) -> SmtpDoor:
    return SmtpDoor(address=IPv4Address(host), port=port, gateway=GATEWAY, maildir=maildir)


def send(sender: str, recipient: str, mail: EmailMessage) -> None:
    with smtplib.SMTP("127.0.113.88", PORT_A, timeout=PATIENCE) as client:
        client.sendmail(sender, [recipient], mail.as_bytes(policy=SMTP))


def mail(text: str = "One\nTwo\n", **headers: str) -> EmailMessage:
    made = EmailMessage()
    for name, value in headers.items():
        made[name] = value
    made.set_content(text)
    return made


async def test_from_a_mail_client_to_a_maildir(
    start: Start, a_document: Any, b_document: Any, tmp_path: Path
) -> None:
    a, b = await start(a_document), await start(b_document)
    maildir = tmp_path / "Maildir"
    async with (
        serve_smtp(a.mta, door("127.0.113.88", PORT_A)),
        serve_smtp(b.mta, door("127.0.100.88", PORT_B, maildir)),
    ):
        made = mail(Subject="Hello", Priority="urgent")
        await asyncio.to_thread(send, "jones@outside.example", SMITH, made)
        await b.said("delivered", subject="Hello")
        await a.said("transfer", direction="out")
    (got,) = mailbox.Maildir(maildir)
    (listed,) = b.mta.store.mailbox.read()
    assert got["From"] == "jones@outside.example"
    assert got["To"] == f'"/C=US/ADMD= /PRMD=Contoso/O=B/S=Smith/"@{GATEWAY}'
    assert got["Subject"] == "Hello"
    assert got["X400-MTS-Identifier"] == listed.mts_identifier
    assert got.get_payload().replace("\r\n", "\n") == "One\nTwo\n"


async def test_files_are_attached_on_both_sides(
    start: Start, a_document: Any, b_document: Any, tmp_path: Path
) -> None:
    a, b = await start(a_document), await start(b_document)
    maildir = tmp_path / "Maildir"
    made = mail("See there", Subject="Files")
    made.add_attachment(b"\0\1\2", "application", "octet-stream", filename="report.bin")
    made.add_attachment("caf\xe9", filename="note.txt")
    made.add_attachment(mail("Inner", Subject="Inside"))
    async with (
        serve_smtp(a.mta, door("127.0.113.88", PORT_A)),
        serve_smtp(b.mta, door("127.0.100.88", PORT_B, maildir)),
    ):
        await asyncio.to_thread(send, "jones@outside.example", SMITH, made)
        await b.said("delivered", subject="Files")
    (got,) = (message_from_bytes(each.as_bytes(), policy=SMTP) for each in mailbox.Maildir(maildir))
    assert isinstance(got, EmailMessage)
    text = got.get_body(("plain",))
    assert text
    assert text.get_content().strip() == "See there"
    files = {each.get_filename(): each.get_content() for each in got.iter_attachments()}
    assert files.keys() == {"report.bin", "note.txt", "file3"}
    assert files["report.bin"] == b"\0\1\2"
    assert files["note.txt"].strip() == "caf\xe9".encode()
    assert b"Subject: Inside" in files["file3"]


async def test_a_mail_without_text_or_file_is_refused(start: Start, a_document: Any) -> None:
    a = await start(a_document)
    made = EmailMessage()
    made.set_content("<p>x</p>", subtype="html")
    async with serve_smtp(a.mta, door("127.0.113.88", PORT_A)):
        with pytest.raises(smtplib.SMTPException, match="no plain text and no file"):
            await asyncio.to_thread(send, "jones@outside.example", SMITH, made)


async def test_what_came_while_the_door_was_shut(
    start: Start, a_document: Any, b_document: Any, tmp_path: Path
) -> None:
    a, b = await start(a_document), await start(b_document)
    await a.send("C=US;A= ;P=Contoso;O=B;S=Smith", count=2, subject="Hi", text="There")
    await b.until(lambda: len(b.all("delivered")) == 2)
    for _ in range(2):  # and not again when it opens again
        async with serve_smtp(b.mta, door("127.0.100.88", PORT_B, tmp_path / "Maildir")):
            pass
        subjects = sorted(got["Subject"] for got in mailbox.Maildir(tmp_path / "Maildir"))
        assert subjects == ["Hi (1 of 2)", "Hi (2 of 2)"]


@pytest.mark.parametrize(
    ("sender", "recipient", "text", "status", "complaint"),
    [
        ("jones@outside.example", f"smith@{GATEWAY}", "x", 550, "begins and ends with /"),
        (f"jones@{GATEWAY}", SMITH, "x", 553, "begins and ends with /"),
        ("jones@outside.example", f"/C=US/A= /O=Nowhere/@{GATEWAY}", "x", 554, "no connector"),
        ("jones@outside.example", f"/C=USA/A= /O=A/S=J/@{GATEWAY}", "x", 550, "is no country"),
        ("jones@outside.example", f"/C=US/O=A/S=J/@{GATEWAY}", "x", 550, "domain A is missing"),
    ],
)
async def test_what_cannot_be_taken_is_refused(
    start: Start,
    a_document: Any,
    sender: str,
    recipient: str,
    text: str,
    status: int,
    complaint: str,
) -> None:
    a = await start(a_document)
    async with serve_smtp(a.mta, door("127.0.113.88", PORT_A)):
        with pytest.raises(smtplib.SMTPException) as refused:
            await asyncio.to_thread(send, sender, recipient, mail(text))
    assert str(status) in str(refused.value)
    assert complaint in str(refused.value)
    assert a.all("submitted") == []


HERE = '"/C=US/ADMD= /PRMD=Contoso/O=A/S=Brown/"@gateway.example'


def raw(content: bytes) -> tuple[int, bytes]:
    """The reply to a mail that is sent as it is."""
    with smtplib.SMTP("127.0.113.88", PORT_A, timeout=PATIENCE) as client:
        client.ehlo()
        client.mail("jones@outside.example")
        client.rcpt(HERE)
        return client.data(content)


@pytest.mark.parametrize(
    ("head", "text", "subject", "shown"),
    [
        ("Subject: =?utf-8?q?Euro_=E2=82=AC?=", "100 \u20ac", "Euro ?", "100 \u20ac"),
        ("Subject: =?utf-8?b?5pel5pys?=", "\u65e5\u672c", "\u65e5\u672c", "\u65e5\u672c"),
        ("Subject: " + "x" * 300, "\U0001f600", "x" * 128, "?"),
        ("Subject: =?utf-8?q?a=0d=0aBcc:_x?=", "x", "a Bcc: x", "x"),
    ],
)
async def test_any_legal_mail_is_converted(
    start: Start, a_document: Any, head: str, text: str, subject: str, shown: str
) -> None:
    """../shared/faults/09: the refusal itself was no ASCII, and the MTA wrote a traceback."""
    a = await start(a_document)
    content = f"{head}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}".encode()
    async with serve_smtp(a.mta, door("127.0.113.88", PORT_A)):
        code, _ = await asyncio.to_thread(raw, content)
        assert code == 250
    await a.said("delivered", subject=subject)
    (delivered,) = a.mta.store.mailbox.read()
    read = ipm.decode(a.mta.store.contents.read(delivered.message, 0, delivered.content_length))
    assert (read.subject, read.text) == (subject, f"{shown}\n")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"Content-Type: text/html\r\n\r\n<p>\xe9", b"no plain text and no file"),
        (
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"boundary=b\r\n" * 300,
            b"more than 200 parts that hold others",
        ),
    ],
)
async def test_a_refusal_is_ascii_and_gives_the_reason(
    start: Start, a_document: Any, content: bytes, complaint: bytes
) -> None:
    a = await start(a_document)
    async with serve_smtp(a.mta, door("127.0.113.88", PORT_A)):
        code, reply = await asyncio.to_thread(raw, content)
    assert code == 554
    assert complaint in reply
    assert reply.isascii()


@pytest.mark.parametrize("recipient", ["\xe9@gateway.example", '"/S=\x1b[2J/"@gateway.example'])
async def test_every_reply_is_ascii(start: Start, a_document: Any, recipient: str) -> None:
    a = await start(a_document)
    async with serve_smtp(a.mta, door("127.0.113.88", PORT_A)):
        reader, writer = await asyncio.open_connection("127.0.113.88", PORT_A)
        writer.write(b"HELO x\r\nMAIL FROM:<a@b.example>\r\n")
        writer.write(f"RCPT TO:<{recipient}>\r\nQUIT\r\n".encode())
        said = await reader.read()
        writer.close()
    assert said.isascii()
    assert b"\x1b" not in said
    assert b"221" in said


async def test_what_is_wrong_with_the_door_is_tried_again(
    start: Start, a_document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: bytes) -> None:
        raise KeyError("b\xfcg")

    monkeypatch.setattr(mail_in, "read", broken)
    a = await start(a_document)
    async with serve_smtp(a.mta, door("127.0.113.88", PORT_A)):
        code, reply = await asyncio.to_thread(raw, b"\r\nx")
    assert (code, reply) == (451, b"4.3.0 KeyError: 'b\\xfcg'")


async def test_too_many_sessions_are_asked_to_come_again(
    start: Start, a_document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "_MAX_SESSIONS", 2)
    a = await start(a_document)
    async with serve_smtp(a.mta, door("127.0.113.88", PORT_A)):
        connections = [await asyncio.open_connection("127.0.113.88", PORT_A) for _ in range(3)]
        lines = [await reader.readline() for reader, _ in connections]
        for _, writer in connections:
            writer.close()
    assert [line[:3] for line in lines] == [b"220", b"220", b"421"]


async def test_lines_that_begin_with_a_dot_and_lines_that_are_too_long(
    start: Start, a_document: Any
) -> None:
    """Of a line that is too long, what follows its first octets ends no mail."""
    a_document["server"]["mailboxes"] = [{"organization": "B"}]
    a = await start(a_document)

    def talk() -> list[tuple[int, bytes]]:
        with smtplib.SMTP("127.0.113.88", PORT_A, timeout=PATIENCE) as client:
            client.ehlo()
            replies = []
            for octets in (
                b"..one\r\n...\r\n",
                b"x" * 1001 + b".\r\nmore\r\n",
                b"x" * 5000 + b"\r\n",
            ):
                client.mail("jones@outside.example")
                client.rcpt(SMITH)
                assert client.docmd("DATA")[0] == 354
                client.send(octets + b".\r\n")
                replies.append(client.getreply())
            return replies

    async with serve_smtp(a.mta, door("127.0.113.88", PORT_A)):
        taken, *refused = await asyncio.to_thread(talk)
    assert taken[0] == 250
    assert [code for code, _ in refused] == [500, 500]
    (kept,) = a.mta.store.mailbox.read()
    content = a.mta.store.contents.read(kept.message, 0, kept.content_length)
    assert b".one\r\n..\r\n" in content
    assert b"..one" not in content


async def test_a_mail_that_is_too_long_is_refused_when_it_is_whole(
    start: Start, a_document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "_MAX_SIZE", 10_000)
    a = await start(a_document)
    async with serve_smtp(a.mta, door("127.0.113.88", PORT_A)):
        made = mail("line\n" * 3000)
        with pytest.raises((smtplib.SMTPDataError, smtplib.SMTPSenderRefused)) as refusal:
            await asyncio.to_thread(send, "jones@outside.example", SMITH, made)
    assert refusal.value.smtp_code == 552
