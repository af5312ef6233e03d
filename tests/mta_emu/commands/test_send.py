"""`mta-emu send`: messages, files and probes given to a running MTA."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from mta_emu.mta.store.store import Store
from mta_emu.mts import ipm
from mta_emu.mts.ipm.heading import Importance, Sensitivity
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.names import Requests
from tests.mta_emu.mta.conftest import JONES as JONES_OF_A
from tests.mta_emu.mta.conftest import a_document, b_document, start
from tests.mta_emu.serving import JONES, SMITH
from tests.mta_emu.serving import mta_emu as run

__all__ = ["a_document", "b_document", "start"]

Start = Callable[..., Awaitable[Any]]
Command = Callable[..., Result]
BROWN = JONES_OF_A.replace("Jones", "Brown")


async def test_what_the_readers_see(start: Start, a_document: Any, mta_emu: Command) -> None:
    a = await start(a_document)
    options = {
        "--from": f"Jo Jones <{JONES_OF_A}>",
        "--data": a.directory,
        "--cc": f"B <{BROWN}>",
        "--subject": "Gr\xfc\xdfe",
        "--text": "100 \u20ac",
        "--importance": "high",
        "--sensitivity": "private",
        "--in-reply-to": f"7 of {BROWN}",
        "--obsoletes": "5",
        "--related-to": "6",
        "--reply-by": "2026-01-01T09:00:00Z",
        "--reply-to": BROWN,
        "--expires": "2026-02-01T09:00:00Z",
        "--authorized-by": BROWN,
        "--language": "en",
    }
    flags = ("--receipt", "--reply-requested", "--auto-forwarded", "--json")
    given = [each for option in options.items() for each in option]
    done = await asyncio.to_thread(mta_emu, "send", JONES_OF_A, *given, *flags)
    assert done.exit_code == 0, done.stderr
    assert len(json.loads(done.stdout)["mts_identifiers"]) == 1
    mail = next(a.mta.store.mailbox.read())
    read = ipm.decode(a.mta.store.contents.read(mail.message, 0, mail.content_length))
    assert isinstance(read, InterpersonalMessage)
    heading = read.heading
    assert read.text == "100 \u20ac"
    assert mail.subject == heading.subject == "Gr\xfc\xdfe"
    assert str(heading.originator) == f"Jo Jones <{JONES_OF_A}>"
    assert [str(each) for each in heading.copy_recipients] == [f"B <{BROWN}>"]
    assert heading.recipients[0].requests == Requests.RECEIPT | Requests.NON_RECEIPT
    assert heading.recipients[0].reply_requested
    assert (heading.importance, heading.sensitivity) == (Importance.HIGH, Sensitivity.PRIVATE)
    assert (str(heading.replied_to), str(heading.related[0])) == (f"7 of {BROWN}", "6")
    assert (str(heading.obsoleted[0]), heading.auto_forwarded) == ("5", True)
    assert (heading.reply_time, heading.expiry_time) != (None, None)
    assert [str(each) for each in heading.reply_recipients] == [BROWN]
    assert [str(each) for each in heading.authorizing_users] == [BROWN]
    assert heading.languages == ("en",)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (
            ("--importance", "hihg"),
            "importance: must be one of low, normal, high; did you mean high?",
        ),
        (("--subject", "Euro \u20ac"), "subject: '\u20ac' (U+20AC) is not in T.61"),
        (("--cc", "C=US;OU2=x"), "OU2 without OU1"),
        (("--reply-by", "soon"), "reply_by: "),
    ],
)
async def test_what_is_wrong_is_said(
    start: Start, a_document: Any, mta_emu: Command, options: tuple[str, str], complaint: str
) -> None:
    a = await start(a_document)
    arguments = ("send", JONES_OF_A, "--from", JONES_OF_A, "--data", a.directory, *options)
    done = await asyncio.to_thread(mta_emu, *arguments)
    assert done.exit_code == 1
    assert complaint in done.stderr


@pytest.mark.parametrize(
    "pasted",
    [
        "/C=US/A= /P=Contoso/O=A/S=Jones/",
        "X400:c=US;a= ;p=Contoso;o=A;s=Jones;",
        "S=Jones/O=A/PRMD=Contoso/ADMD= /C=US",
    ],
)
async def test_forms_that_people_paste_reach_the_mailbox(
    start: Start, a_document: Any, mta_emu: Command, pasted: str
) -> None:
    a = await start(a_document)
    arguments = ("send", pasted, "--from", pasted, "--data", a.directory)
    done = await asyncio.to_thread(mta_emu, *arguments)
    assert done.exit_code == 0, done.stderr
    await a.said("delivered", recipient=JONES_OF_A)


@pytest.mark.parametrize(
    "faulty", ["C=USA;A= ;P=Contoso;O=A;S=Jones", "C=US;A= ;O=a@b;S=Jones", "C=US;P=Contoso;S=J"]
)
async def test_a_faulty_recipient_is_refused(
    start: Start, a_document: Any, mta_emu: Command, faulty: str
) -> None:
    a = await start(a_document)
    arguments = ("send", faulty, "--from", JONES_OF_A, "--data", a.directory)
    done = await asyncio.to_thread(mta_emu, *arguments)
    assert done.exit_code in {1, 2}
    assert "O/R address" in done.stderr


@pytest.mark.element("blind copy recipient indication")
async def test_receipts_and_blind_copies(
    start: Start, a_document: Any, mta_emu: Command, tmp_path: Path
) -> None:
    a = await start(a_document)
    where = ("--data", a.directory)
    sent = await asyncio.to_thread(
        mta_emu, "send", JONES_OF_A, "--from", BROWN, "--bcc", BROWN, "--receipt", *where
    )
    assert len(sent.stdout.splitlines()) == 2
    done = await asyncio.to_thread(mta_emu, "mail", "receipt", "1", *where)
    assert done.exit_code == 0, done.stderr
    (notified,) = done.stdout.splitlines()
    await a.said("delivered", mts_identifier=notified, subject="Receipt notification")
    late = await asyncio.to_thread(
        mta_emu, "mail", "receipt", "1", "--not", "discarded", "--discarded", "expired", *where
    )
    assert late.exit_code == 0, late.stderr
    await a.said("delivered", subject="Non-receipt notification")


# As a process of its own


def test_send_queue_and_events(served: Path) -> None:
    sent = run("send", SMITH, "--from", JONES, "--subject", "Hi", "--count", "2", "--data", served)
    assert sent.returncode == 0, sent.stderr
    assert len(sent.stdout.splitlines()) == 2
    one = run("send", SMITH, "--from", JONES, "--json", "--data", served)
    assert len(json.loads(one.stdout)["mts_identifiers"]) == 1
    queue = json.loads(run("queue", "--json", "--data", served).stdout)
    assert (queue["name"], queue["queued"]) == ("FIREWALL", 3)
    assert "FIREWALL" in run("queue", "--data", served).stdout
    events = [
        json.loads(line) for line in run("events", "--json", "--data", served).stdout.splitlines()
    ]
    assert [event["id"] for event in events] == [9215, 1294, 4284, 289, 301]
    assert events[0].keys() >= {"time", "id", "type", "source", "category", "text"}
    table = run("events", "--data", served).stdout
    assert "MSExchangeMTA" in table
    assert "289" in table


def test_send_a_file(served: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.bin"
    file.write_bytes(bytes(range(256)) * 1000)
    options = ("--from", JONES, "--data", served)
    sent = run("send", JONES, "--subject", "Report", "--file", file, *options)
    assert sent.returncode == 0, sent.stderr
    assert "256.0/256.0 kB" in sent.stderr
    (mail,) = [
        each
        for each in Store.reader(served).mailbox.read()
        if each.mts_identifier == sent.stdout.strip()
    ]
    content = Store.reader(served).contents.read(mail.message, 0, mail.content_length)
    assert content.endswith(b"\x81\x83\x03\xe8\x00" + file.read_bytes())  # [1], 256000 octets
    assert mail.subject == "Report"
    shown = run("mail", "show", str(mail.id), "--data", served)
    assert "(file report.bin, 256000 octets)" in shown.stdout
    for wrong in (("--probe",), ("--count", "2")):
        refused = run("send", JONES, "--file", file, *wrong, *options)
        assert refused.returncode == 1
        assert "one message" in refused.stderr
    nowhere = run("send", "C=DE;A= ;S=Nobody", "--file", file, *options)
    assert nowhere.returncode == 1
    assert "no mailbox here" in nowhere.stderr


def test_send_files_and_rich_text(served: Path, tmp_path: Path) -> None:
    empty, small, rtf = tmp_path / "empty", tmp_path / "small.txt", tmp_path / "text.rtf"
    empty.touch()
    small.write_bytes(b"x")
    rtf.write_bytes(rb"{\rtf1 {\b Bold}}")
    options = ("--from", JONES, "--data", served, "--text", "Bold")
    attached = ("--attach", empty, "--attach", small, "--attach", empty)
    sent = run("send", JONES, *attached, "--rich-text", rtf, *options)
    assert sent.returncode == 0, sent.stderr
    alone = run("send", JONES, "--attach", empty, *options)
    assert alone.returncode == 0, alone.stderr
    listed = list(Store.reader(served).mailbox.read())
    number = next(each.id for each in listed if each.mts_identifier == sent.stdout.strip())
    shown = run("mail", "show", str(number), "--data", served).stdout
    assert shown.split("\n\n", 1)[1].splitlines() == [
        "Bold",
        "(file winmail.dat, TNEF, 146 octets)",
        "(file empty, 0 octets)",
        "(file small.txt, 1 octets)",
        "(file empty, 0 octets)",
    ]
    plain = run("send", JONES, "--rich-text", small, *options)
    assert plain.returncode == 1
    assert "must be RTF" in plain.stderr


def test_probes_and_reports(served: Path) -> None:
    options = ("--from", JONES, "--data", served)
    sent = run("send", JONES, "--probe", "--subject", "Ask", "--json", *options)
    (identifier,) = json.loads(sent.stdout)["mts_identifiers"]
    told = json.loads(run("reports", identifier, "--json", "--data", served).stdout)
    assert (told["mts_identifier"], told["recipient"]) == (identifier, JONES)
    assert (told["outcome"], told["content_identifier"]) == ("delivered", "Ask")
    assert told["text"] == f"Delivered at {told['delivered'][:19].replace('T', ' ')} UTC."
    table = run("reports", "--data", served).stdout
    assert "Delivered at" in table
    nothing = run("reports", "[C=US;A= ;X]", "--data", served)
    assert nothing.returncode == 1
    wrong = run("send", SMITH, "--report", "always", *options)
    assert wrong.returncode == 1
    assert "report: must be one of delivery, non-delivery, none (found: 'always')" in wrong.stderr
