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

from mta_emu.doors.smtp import serve_smtp
from mta_emu.mta.configuration.server import SmtpDoor

Start = Callable[..., Awaitable[Any]]
GATEWAY = "gateway.example"
SMITH = f'"/C=US/A= /P=Contoso/O=B/S=Smith/"@{GATEWAY}'
PORT_A, PORT_B = 10890, 10891


def door(host: str, port: int, maildir: Path | None = None) -> SmtpDoor:
    return SmtpDoor(address=IPv4Address(host), port=port, gateway=GATEWAY, maildir=maildir)


def send(sender: str, recipient: str, mail: EmailMessage) -> None:
    with smtplib.SMTP("127.0.113.88", PORT_A, timeout=10) as client:
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
