"""What a peer says reaches a terminal, a log line, CSV and XML as text, and does nothing there.

A caller that nobody knows says escape sequences, line feeds and markup in its bind, before anybody
has authenticated it; one that is known says them in its mail.
"""

import asyncio
import csv
import io
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from ruamel.yaml import YAML

from labkit.records import as_text
from mta_emu.endpoint import Endpoint
from mta_emu.mta.log.records import RECORDS
from mta_emu.mts import bind, envelope, ipm
from mta_emu.mts.apdu import encode_head, message_prefix
from mta_emu.mts.bind import Credentials
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.fields import Indicators
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.text import IA5Text
from mta_emu.mts.report import (
    LastTrace,
    NotDelivered,
    Report,
    ReportContent,
    ReportedRecipient,
    ReportEnvelope,
)
from mta_emu.mts.subject import Recipient
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import (
    Octets,
    RtClose,
    RtCloseAccept,
    RtOpen,
    RtOpenAccept,
    RtTransfer,
    RtTransferConfirm,
)
from tests.hostile.conftest import OPEN
from tests.hostile.wire import JONES, SMITH
from tests.mta_emu.mta.conftest import PORT, A, B, Running, document
from tests.shared import shared

DOMAIN = GlobalDomain("US", " ", "Contoso")
FORGED = "\n2026-11-28T00:00:00.000+00:00 Error 9405 [Security] FORGED"
EVIL = f"\x1b]0;pwned\x07\x1b[2J[/x] :smile:{FORGED}"
SHOWN = r"\x1b]0;pwned\x07\x1b[2J[/x] :smile:\n2026-11-28T00:00:00.000+00:00"
_COLOURS = re.compile(rb"\x1b\[[0-9;]*m")


def at_a_terminal(*arguments: str | Path) -> tuple[int, bytes]:
    """Run a command at a terminal: its exit status, and what the terminal was sent."""
    master, slave = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "300"}
    process = subprocess.Popen(
        [sys.executable, "-m", *map(str, arguments)],
        **{"stdin": slave, "stdout": slave, "stderr": slave},
        env=environment,
    )
    os.close(slave)
    written = b""
    try:
        while octets := os.read(master, 65536):
            written += octets
    except OSError:  # nobody has the other end any more
        pass
    os.close(master)
    return process.wait(), written


def mail(number: int, subject: str, text: str = "Hello", **fields: Any) -> bytes:
    """An MTS-APDU with a message for a mailbox of B."""
    content = ipm.encode(InterpersonalMessage.of("1", JONES, (SMITH,), subject, (IA5Text(text),)))
    head = Envelope(MtsIdentifier(DOMAIN, f"[/z]{number}"), JONES, (Recipient(SMITH),), **fields)
    passed = head.passed(DOMAIN, "A", datetime.now(UTC))
    return message_prefix(envelope.encode(passed), len(content)) + content


def report(subject: str) -> bytes:
    """An MTS-APDU with a report for a user of B, on what nobody knows."""
    now = datetime.now(UTC)
    trace = LastTrace(now, NotDelivered(1, 0))
    told = ReportedRecipient(
        JONES, 1, Indicators(), trace, supplementary_information=f"no [/s] {EVIL}"
    )
    made = Report(
        ReportEnvelope(MtsIdentifier(DOMAIN, "R"), SMITH),
        ReportContent(MtsIdentifier(DOMAIN, subject), (told,), content_identifier="[/c]"),
    )
    return encode_head(made.passed(DOMAIN, "A", now))


async def bind_as(name: str) -> Endpoint:
    credentials = Credentials(name, b"secret")
    endpoint = await Endpoint.connect(RtseConnection(initiator=True), B, PORT, source=A)
    endpoint.request(replace(OPEN, user_data=bind.encode_argument(credentials)))
    return endpoint


@pytest.fixture
async def victim(tmp_path: Path) -> AsyncIterator[Running]:
    """An MTA that has been told everything, and turned its logs up."""
    configuration = document("B", "A", B, A)
    levels = dict.fromkeys(("x400_service", "interoperability", "apdu"), "maximum")
    configuration["server"]["diagnostics_logging"] = levels
    mta = Running(configuration, tmp_path, scale=1.0)
    await mta.said("listening")
    stranger = await bind_as(EVIL)
    await stranger.receive()
    await stranger.close()
    known = await bind_as("A")
    assert isinstance(await known.receive(), RtOpenAccept)
    for apdu in (
        mail(1, EVIL),
        mail(2, "minutes [/draft]", "one\rtwo \x1b[2J\r\nthree\x01", content_identifier="[/c]"),
        report("\x1b[2J[/x]\n\x07"),
    ):
        known.request(RtTransfer(Octets(apdu)))
        assert await known.receive() == RtTransferConfirm(accepted=True)
    await mta.until(lambda: len(mta.all("delivered")) == 2 and bool(mta.all("report")))
    known.request(RtClose())
    assert await known.receive() == RtCloseAccept()
    await known.close()
    await mta.said("event", id=51)
    yield mta
    await mta.stop()


async def test_what_commands_show(victim: Running) -> None:
    shown = {}
    for command in (
        ("events",),
        ("events", "--format", "csv"),
        ("events", "--format", "xml"),
        ("events", "--json"),
        ("mail", "list"),
        ("mail", "show", "1"),
        ("mail", "show", "2"),
        ("reports",),
        ("queue",),
        ("track", "[/z]1"),
        ("track", "[/z]"),
    ):
        status, written = await asyncio.to_thread(
            at_a_terminal, "mta_emu", *command, "--data", victim.directory
        )
        assert status == (1 if command == ("track", "[/z]") else 0), written
        assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", _COLOURS.sub(b"", written))
        shown[command] = written.decode().replace("\r\n", "\n")
        assert "\r" not in shown[command]
        assert not re.search(
            r"^2026-11-28T00:00:00\.000\+00:00 Error", shown[command], re.MULTILINE
        )
    assert r"\x1b[2J[/x]\n\x07" in shown["reports",]
    assert "[/c]" in shown["reports",]
    assert SHOWN in shown["events",]
    assert SHOWN in shown["mail", "show", "1"]
    assert SHOWN in shown["mail", "list"]
    assert "minutes [/draft]" in shown["mail", "list"]
    assert "one\\rtwo \\x1b[2J\nthree\\x01\n" in shown["mail", "show", "2"]
    assert "[/z]1" in shown["track", "[/z]1"]
    assert "[/z]2" in shown["track", "[/z]"]


async def test_what_programs_read(victim: Running) -> None:
    def read(*arguments: str) -> str:
        command = [sys.executable, "-m", "mta_emu", *arguments, "--data", str(victim.directory)]
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout

    (exact,) = [
        each for each in map(json.loads, read("events", "--json").splitlines()) if each["id"] == 51
    ]
    assert EVIL in exact["text"]
    root = ElementTree.fromstring(read("events", "--format", "xml"))
    assert any(SHOWN in (each.text or "") for each in root.iter())
    rows = list(csv.DictReader(io.StringIO(read("events", "--format", "csv"))))
    assert [row["Event"] for row in rows if SHOWN in row["Description"]] == ["51"]
    assert json.loads(read("mail", "list", "--json").splitlines()[0])["subject"] == EVIL
    assert json.loads(read("mail", "show", "2", "--json"))["text"].startswith("one\rtwo \x1b[2J")


async def test_what_logs_say(victim: Running) -> None:
    lines = [as_text(RECORDS.of(record)) for record in victim.records]
    for file in sorted(victim.directory.glob("*0.log")):
        lines += file.read_text("utf-8").split("\n")
    assert any(SHOWN in line for line in lines)
    assert not [line for line in lines if re.search("[\x00-\x1f\x7f]", line)]


@pytest.mark.parametrize("name", ["[/b]", "\x1b]0;pwned\x07X"])
async def test_the_name_that_answers_a_ping(name: str) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        stack = RtseConnection(initiator=False)
        while octets := await reader.read(65536):
            for each in stack.receive_data(octets):
                if isinstance(each, RtOpen):
                    result = bind.encode_result(Credentials(name, b"secret"))
                    stack.request(RtOpenAccept(result, 30, 5))
                elif isinstance(each, RtClose):
                    stack.request(RtCloseAccept())
            writer.write(stack.data_to_send())
        writer.close()

    server = await asyncio.start_server(answer, B, 0)
    port = server.sockets[0].getsockname()[1]
    status, written = await asyncio.to_thread(at_a_terminal, "mta_emu", "ping", f"{B}:{port}")
    server.close()
    assert status == 0, written
    assert b"\x1b]" not in written
    assert name.replace("\x1b", r"\x1b").replace("\x07", r"\x07") in written.decode()


def test_a_name_in_a_capture() -> None:
    capture = shared("faults/02-rich-markup-crash/mta-name.pcap")
    status, written = at_a_terminal("mta_emu", "decode", capture)
    assert status == 0, written
    assert b"[/x]" in written


def test_a_display_name(tmp_path: Path) -> None:
    configuration = document("B", "A", B, A)
    configuration["connectors"][0]["general"]["display_name"] = "Link [/old] to B"
    file = tmp_path / "b.yaml"
    with file.open("w") as stream:
        YAML(typ="safe", pure=True).dump(configuration, stream)
    status, written = at_a_terminal("mta_emu", "config", "show", file)
    assert status == 0, written
    assert b"Link [/old] to B" in written
