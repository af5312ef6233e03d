"""Microsoft's object identifiers over a socket: MDBEF, TNEF, and what a file is (Q162430, Q169670).

By hand to a live MTA, and what its commands show; and off a live MTA.
"""

import subprocess
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from mta_emu.mta.controlclient import send_files
from mta_emu.mts import envelope as envelopes
from mta_emu.mts import ipm, tnef
from mta_emu.mts.apdu import message_prefix
from mta_emu.mts.fields import EXCHANGE_CONTENTS
from mta_emu.mts.ipm.bodyparts import OtherBodyPart
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.subject import Recipient
from tests.interop.byhand import ByHand
from tests.interop.live import Start
from tests.interop.test_live_bounds import ENVELOPE, ORIGINATOR, RECIPIENT, b_document, start
from tests.mta_emu.mta import conftest
from tests.mta_emu.mta.conftest import JONES, SMITH
from tests.mta_emu.serving import mta_emu

__all__ = ["b_document", "start"]

#: Microsoft's own form, which begins like no BER of an interpersonal message.
MDBEF = bytes.fromhex("789f3e2200000100") + bytes(range(256))
#: extended-content-type, OBJECT IDENTIFIER 1.2.840.113556.5.1
MDBEF_TYPE = bytes.fromhex("0608 2a864886f7140501")
#: file transfer parameters { environment [2] { application-reference [0] { [0] ... } }, name "F" }
_NAMED = "a20d a00b 8009 2a864886f714030a0{} a40a a003 190146 ad03 810101"
_DATA = "2816 0604 5601040c a00e 300c 280a 0605 28c27b0503 8101 58"
FILES = [
    bytes.fromhex(f"af3f a025 0604 56010b0c a01d 301b {_NAMED.format(number)} {_DATA}")
    for number in (1, 2)
]
#: An extended body part 1.2.840.113556.5.2.
TNEF = bytes.fromhex("af16 2814 0608 2a864886f7140502 a008 0406 789f3e220000")


def message(content: bytes, **changes: Any) -> bytes:
    head = envelopes.encode(replace(ENVELOPE, **changes))
    return message_prefix(head, len(content)) + content


def mail(command: str, *arguments: str | Path, data: Path) -> subprocess.CompletedProcess[str]:
    return mta_emu("mail", command, *arguments, "--data", data)


async def test_mdbef_is_delivered_and_recognised(start: Start, b_document: dict[str, Any]) -> None:
    mta = await start(b_document)
    peer = await ByHand.calls()
    octets = message(MDBEF, content_type=EXCHANGE_CONTENTS)
    assert MDBEF_TYPE in octets
    assert (await peer.transfers(octets)).accepted
    await mta.said("delivered")
    shown = mail("show", "1", data=mta.directory).stdout
    assert "Content: Exchange contents\n" in shown
    assert "Microsoft's own form, MDBEF" in shown
    saved = mail("save", "1", mta.directory / "files", data=mta.directory)
    assert saved.returncode == 2
    assert "MDBEF" in saved.stderr
    await peer.leaves()


@pytest.mark.parametrize("taken", [True, False])
async def test_mdbef_goes_on_as_it_is_or_is_reported(
    start: Start, b_document: dict[str, Any], taken: bool
) -> None:
    """Nobody can convert it for a system that does not take Exchange contents."""
    further = conftest.document("B", "C", conftest.B, "127.0.100.89")["connectors"][0]
    further["advanced"] = {"allow_exchange_contents": taken}
    further["schedule"] = {"activation": "remote-initiated"}
    b_document["connectors"].append(further)
    mta = await start(b_document)
    peer = await ByHand.calls()
    to = (Recipient(replace(RECIPIENT, organization="C")),)
    octets = message(MDBEF, content_type=EXCHANGE_CONTENTS, recipients=to)
    assert (await peer.transfers(octets)).accepted
    if taken:
        await mta.said("connector", connector="TO-C", queued=1)
        (entry,) = mta.mta.store.queues.waiting("TO-C")
        assert MDBEF_TYPE in entry.envelope
        assert mta.mta.store.contents.read(entry.message, 0, entry.kept_length) == MDBEF
    else:
        octets, report = await peer.takes_report()
        # non-delivery { conversion-not-performed (2), content-syntax-error (12) }
        assert bytes.fromhex("a106 800102 81010c") in octets
        assert MDBEF_TYPE in octets
        assert report.content.content_type == EXCHANGE_CONTENTS
    await peer.leaves()


async def test_what_a_file_is_shows(
    start: Start, b_document: dict[str, Any], tmp_path: Path
) -> None:
    mta = await start(b_document)
    peer = await ByHand.calls()
    parts = [OtherBodyPart(each) for each in (*FILES, TNEF)]
    content = ipm.encode(InterpersonalMessage.of("1", ORIGINATOR, (RECIPIENT,), "files", parts))
    assert all(each in content for each in (*FILES, TNEF))
    assert (await peer.transfers(message(content))).accepted
    await mta.said("delivered")
    shown = mail("show", "1", data=mta.directory).stdout
    assert [line for line in shown.splitlines() if line.startswith("Body:")] == [
        "Body:    file F, TNEF, 1 octets",
        "Body:    file F, 1 octets",
        "Body:    file winmail.dat, TNEF, 6 octets",
    ]
    assert mail("save", "1", tmp_path / "files", data=mta.directory).returncode == 0
    assert {each.name: each.read_bytes() for each in (tmp_path / "files").iterdir()} == {
        "F": b"X",
        "2-F": b"X",
        "winmail.dat": bytes.fromhex("789f3e220000"),
    }
    await peer.leaves()


async def test_what_leaves_says_what_it_is(start: Start, b_document: dict[str, Any]) -> None:
    """Rich text makes it Exchange contents, with TNEF, and a file beside it."""
    mta = await start(b_document)
    peer = await ByHand.calls()
    file = BytesIO(b"\x00\x01")
    file.name = "report.bin"
    request = {"command": "submit_files", "from": SMITH, "to": [JONES], "text": "Hello"}
    request |= {"rich_text": "{\\rtf1 Hello}"}
    await send_files(mta.directory, request, [file], lambda _: None)
    octets = await peer.takes()
    assert octets.count(MDBEF_TYPE) == 1
    tnef_at, file_at = (
        octets.index(bytes.fromhex(f"a20d a00b 8009 2a864886f714030a0{number}"))
        for number in (1, 2)
    )
    assert tnef_at < octets.index(tnef.SIGNATURE) < file_at < octets.index(b"report.bin")
    await peer.leaves()
