"""The whole way of what a peer sends: from the octets of a transfer to everybody who reads it.

An MTA that has no sockets takes an MTS-APDU as it does from an association. Then the commands, the
HTTP door and a Maildir are asked for what it has kept. Nothing may raise, no command may fail, and
nothing that people see may hold a control character.
"""

import asyncio
from contextlib import ExitStack, suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from typer.testing import CliRunner

from fuzz import conversations
from labkit.config import parse
from labkit.text import visible
from mta_emu.cli import app
from mta_emu.doors import mail_out
from mta_emu.doors.http import application
from mta_emu.doors.metrics import Metrics
from mta_emu.mta.association.incoming import Arrived, IncomingMessage
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.mta import Mta
from mta_emu.osi.errors import ProtocolError

_CONFIG = parse(
    {
        "server": {
            "organization": "Contoso",
            "site": "Lab",
            "name": "INTERNAL",
            "global_domain": {"country": "US", "private_domain": "Contoso"},
            "transport_stack": {"address": "127.0.0.1"},
            "mailboxes": [{"country": "US"}],
        },
        "connectors": [
            {
                "general": {"directory_name": "OUT", "remote_mta_name": "EXTERNAL"},
                "stack": {"address": "127.0.0.2"},
                "address_space": [{"country": "*"}],
                "advanced": {"conformance": "1984"},
            }
        ],
    },
    MtaConfig,
    "fuzz",
)
_COMMANDS = (
    ("mail", "list"),
    ("reports", "list"),
    ("events", "--verbose"),
    ("events", "--format", "xml"),
)
_PAGES = ("/mail", "/mail/1/content", "/reports", "/events", "/status", "/metrics")


def deliver(octets: bytes) -> None:
    """Let an APDU come, and read all that becomes of it."""
    with TemporaryDirectory() as directory:
        asyncio.run(_deliver(octets, Path(directory)))


def seeds() -> list[bytes]:
    """A message for two mailboxes here, a probe and a report, as they are transferred."""
    return [conversations.apdu(), conversations.probe(), conversations.report()]


async def _deliver(octets: bytes, directory: Path) -> None:
    journal = Journal(_CONFIG.server.clock.lab_clock())
    metrics = Metrics(lambda: ())
    journal.listen(metrics.hear, "metrics")
    mta = Mta(_CONFIG, directory, journal)
    with ExitStack() as ended:
        ended.callback(mta.close)
        if (identifier := await _come(mta, octets)) is None:
            return
        came = list(mta.store.mailbox.read())
        shown = [("mail", "show", str(each.id)) for each in came]
        for command in (*_COMMANDS, *shown, ("track", identifier)):
            _read(command, directory)
        door = httpx.ASGITransport(app=application(mta, metrics))
        async with httpx.AsyncClient(transport=door, base_url="http://127.0.0.1") as client:
            for page in _PAGES:
                answer = await client.get(page)
                assert answer.status_code in (200, 404), answer.text
        for mail in came:
            content = mta.store.contents.reader(mail.message, mail.content_length)
            head = mail_out.delivered_to(mail, "gateway.example")
            whole = b"".join(chain([head], mail_out.render(mail, content, "gateway.example")))
            assert b"\r" not in whole.partition(b"\n\n")[0]


async def _come(mta: Mta, octets: bytes) -> str | None:
    """Take an APDU from connector OUT: its MTS identifier, None when it is refused."""
    identifiers: list[str] = []

    async def accept(arrived: Arrived) -> None:
        identifiers.append(arrived.identifier)
        await mta._dispatcher.take(replace(arrived, connector="OUT", association=1))

    message = IncomingMessage(mta.store, accept)
    with suppress(ProtocolError):
        message.feed(octets)
        await message.accept()
        return identifiers[0]
    message.discard()
    return None


def _read(command: tuple[str, ...], directory: Path) -> None:
    done = CliRunner().invoke(app, [*command, "--data", str(directory)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code in (0, 1), (command, done.output)
    assert done.output == visible(done.output, lines=True), (command, done.output)
