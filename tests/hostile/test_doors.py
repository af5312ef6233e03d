"""What a peer sends reaches a Maildir and the HTTP API as data, and neither ends nor holds an MTA.

`../shared/faults/attacks/maildir_start.py`: a local identifier with CR LF, or a domain-defined
attribute that is no mail address, stopped an MTA with a Maildir for good.
"""

import mailbox
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path

import httpx
import pytest

from mta_emu.doors.http import serve_http
from mta_emu.doors.maildir import serve_maildir
from mta_emu.mta.configuration.server import HttpDoor
from mta_emu.mts import envelope, ipm
from mta_emu.mts.apdu import message_prefix
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.ipm.files import File
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.text import GeneralText, IA5Text
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.subject import Recipient
from mta_emu.osi.rtse.primitives import Octets, RtTransfer, RtTransferConfirm
from tests.hostile.conftest import Honest
from tests.hostile.test_poison import POISON
from tests.hostile.wire import JONES, SMITH
from tests.mta_emu.mta.conftest import B, Running

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOMAIN = GlobalDomain("US", " ", "Contoso")
DOOR = HttpDoor(address=IPv4Address(B), port=10899)
NOT_MAIL = replace(SMITH, domain_defined=(("RFC-822", "<>(a)[1"),))
CRLF = replace(JONES, surname="J\r\nBcc: e(a)x")


def content(
    originator: ORAddress = JONES, to: ORAddress = SMITH, subject: str = "s", name: str = "f"
) -> bytes:
    body = (IA5Text("t"), GeneralText("\xe9\x0b\x1e.\r.\n"), File(name, b"x"))
    return ipm.encode(InterpersonalMessage.of("1", originator, (to,), subject, body))


EVIL: dict[str, tuple[str, bytes]] = {
    "an identifier with CR LF": ("E\r\nX: y", content()),
    "an identifier with an escape sequence": ("E\x1b[2J", content()),
    "an address that is no mail address": ("E1", content(to=NOT_MAIL)),
    "an originator with CR LF": ("E2", content(originator=CRLF)),
    "octets above 127": (
        "E3",
        content(originator=replace(JONES, surname="Z")).replace(b"\x80\x01Z", b"\x80\x01\xe4"),
    ),
    "a subject with CR LF": ("E4", content(subject="a\r\nBcc: x")),
    "a file name with CR LF": ("E5", content(name="a\r\nX-Evil: 1")),
    "a file name of 3000 characters": ("E6", content(name="n" * 3000)),
    "a file name with quotes": ("E7", content(name='a"; x=y')),
} | {name: (f"P{number}", octets) for number, (name, octets) in enumerate(POISON.items())}


async def test_everything_gets_there(honest: Honest, victim: Running, tmp_path: Path) -> None:
    path = tmp_path / "Maildir"
    before = len(list(victim.mta.store.mailbox.read()))
    for _ in range(2):  # the door is shut and opened again
        async with serve_maildir(victim.mta, path, "gateway.example"):
            for identifier, octets in EVIL.values():
                honest.sent += 1
                local = f"{identifier}{honest.sent}"
                fields = Envelope(MtsIdentifier(DOMAIN, local), JONES, (Recipient(SMITH),))
                head = envelope.encode(fields.passed(DOMAIN, "A", datetime.now(UTC)))
                apdu = message_prefix(head, len(octets)) + octets
                honest.endpoint.request(RtTransfer(Octets(apdu)))
                assert await honest.endpoint.receive() == RtTransferConfirm(accepted=True)
            await honest.lives()
    mails = list(mailbox.Maildir(path))
    assert len(mails) == before + 2 * (len(EVIL) + 1)
    assert victim.all("door-problem") == []
    for mail in mails:
        assert mail["X400-MTS-Identifier"]
        assert mail["Bcc"] is mail["X"] is mail["X-Evil"] is None
        assert not mail.defects


async def test_http_shows_it(honest: Honest, victim: Running) -> None:
    await honest.lives()
    async with (
        serve_http(victim.mta, DOOR),
        httpx.AsyncClient(base_url=f"http://{B}:{DOOR.port}") as client,
    ):
        listed = (await client.get("/mail")).json()
        stored = {mail.id: mail for mail in victim.mta.store.mailbox.read()}
        assert {each["number"] for each in listed} == set(stored)
        for each in listed:
            assert each["mts_identifier"] == stored[each["number"]].mts_identifier
            answer = await client.get(f"/mail/{each['number']}/content")
            assert len(answer.content) == each["octets"]
