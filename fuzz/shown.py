"""An MTA without sockets, and all that people see of what it has kept.

Nothing may raise, no command may fail, and nothing that people see may hold a control character.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from typer.testing import CliRunner

from labkit.config import parse
from labkit.records import Record, as_text
from labkit.text import visible
from mta_emu.cli import app
from mta_emu.doors import mail_out
from mta_emu.doors.http import application
from mta_emu.doors.metrics import Metrics
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.log.records import Problem
from mta_emu.mta.mta import Mta

#: Its peer is the caller of conversations.py, and whatever it cannot recover ends at once.
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
                "general": {
                    "directory_name": "OUT",
                    "remote_mta_name": "A",
                    "remote_mta_password": "secret",
                },
                "stack": {"address": "127.0.0.2"},
                "address_space": [{"country": "*"}],
                "advanced": {"conformance": "1984"},
                "override": {"recovery_timeout": 0},
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


@asynccontextmanager
async def mta() -> AsyncIterator[Mta]:
    """An MTA that has no sockets; nothing in it may fail meanwhile."""
    failed: list[str] = []

    def hear(record: Record) -> None:
        if isinstance(record, Problem):
            failed.append(as_text(record))

    journal = Journal(_CONFIG.server.clock.lab_clock())
    journal.listen(hear)
    with TemporaryDirectory() as directory:
        made = Mta(_CONFIG, Path(directory), journal)
        try:
            yield made
        finally:
            made.close()
    assert not failed, failed


async def read_all(mta: Mta, identifiers: Iterable[str]) -> None:
    """Ask the commands, the HTTP door and a Maildir for all that it has, and about messages."""
    came = list(mta.store.mailbox.read())
    shown = [("mail", "show", str(each.id)) for each in came]
    for command in (*_COMMANDS, *shown):
        _read(mta.directory, *command)
    for each in identifiers:
        _read(mta.directory, "track", about=each)
    door = httpx.ASGITransport(app=application(mta, Metrics(mta.queues)))
    async with httpx.AsyncClient(transport=door, base_url="http://127.0.0.1") as client:
        for page in _PAGES:
            answer = await client.get(page)
            assert answer.status_code in (200, 404), answer.text
    for mail in came:
        content = mta.store.contents.reader(mail.message, mail.content_length)
        head = mail_out.delivered_to(mail, "gateway.example")
        whole = b"".join(chain([head], mail_out.render(mail, content, "gateway.example")))
        assert b"\r" not in whole.partition(b"\n\n")[0]


def _read(directory: Path, *command: str, about: str | None = None) -> None:
    arguments = [*command, "--data", str(directory), *(["--", about] if about is not None else ())]
    done = CliRunner().invoke(app, arguments)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code in (0, 1), (arguments, done.output)
    assert done.output == visible(done.output, lines=True), (arguments, done.output)
