"""No request at a door holds the event loop, however much there is to show or to take.

Clients are on threads of their own; only the processor time of the loop's thread counts.
"""

import asyncio
import json
import smtplib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from mta_emu.doors.http import serve_http
from mta_emu.doors.smtp import serve_smtp
from mta_emu.mta.configuration.server import HttpDoor, SmtpDoor
from mta_emu.mta.controlclient import ask
from mta_emu.mta.policy.delivery import DeliveryEnvelope
from mta_emu.mta.policy.received import ReceivedReport
from mta_emu.mta.store.mailbox import grouped
from mta_emu.mta.store.receivedreports import rows
from mta_emu.mta.store.store import Store
from mta_emu.mta.store.tracking import Action, TrackingEntry
from mta_emu.mts.report import Delivered
from tests.hostile.holds import LoopWatch, longest_hold_of
from tests.hostile.test_holds import LIMIT, MOST
from tests.mta_emu.mta.conftest import JONES, A, B, Running, document
from tests.patience import PATIENCE

LOCAL = IPv4Address("127.0.100.88")
HTTP = HttpDoor(address=LOCAL, port=10889)
SMTP = SmtpDoor(address=LOCAL, port=10890, gateway="gateway.example")
URL = f"http://{LOCAL}:{HTTP.port}"
MOST_SUBMITTED = 5000  # recipients of a request
HERE = [f"C=US;A= ;P=Contoso;O=B;S=U{number}" for number in range(MOST_SUBMITTED)]


@pytest.fixture
async def mta(tmp_path: Path) -> AsyncIterator[Running]:
    running = Running(document("B", "A", B, A), tmp_path, scale=1.0)
    await running.said("listening")
    async with serve_http(running.mta, HTTP), serve_smtp(running.mta, SMTP):
        yield running
    await running.stop()


def fill(store: Store) -> None:
    """Much that has come from elsewhere: mails, reports and steps."""
    now = datetime.now(UTC)
    others = tuple(f"C=US;A= ;P=Contoso;O=A;S=V{number}" for number in range(100))
    envelope = DeliveryEnvelope(originator=JONES, others=others)
    message = store.contents.keep(b"content")
    store.contents.complete(message, 7, "BIG")
    users = [f"C=US;A= ;P=Contoso;O=B;S=U{number}" for number in range(MOST)]
    store.mailbox.add(message, now, grouped("Hello", ((user, envelope) for user in users)))
    store.reports.add(
        rows(ReceivedReport(now, "BIG", "", JONES, user, Delivered(now)) for user in users)
    )
    store.tracking.add(*(TrackingEntry(now, "BIG", Action.TRIED, recipient=user) for user in users))


def get(path: str) -> Callable[[Running], int]:
    """How many lines an answer has."""

    def request(_: Running) -> int:
        with urlopen(f"{URL}{path}", timeout=PATIENCE) as answer:
            return len(json.load(answer))

    return request


def post(mta: Running) -> int:
    """Submit a message with all that one may have."""
    token = (mta.directory / "http-token").read_text().strip()
    body = json.dumps({"from": JONES, "to": HERE, "text": "\xe9" * 500_000}).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with urlopen(Request(f"{URL}/messages", body, headers), timeout=PATIENCE) as answer:
        return len(json.load(answer)["mts_identifiers"])


def mail(_: Running) -> int:
    """Send all recipients at once, without waiting for an answer, and a mail of 8 MB."""
    with smtplib.SMTP(str(LOCAL), SMTP.port, timeout=PATIENCE) as client:
        client.ehlo()
        commands = [
            f'RCPT TO:<"/C=US/A= /P=Contoso/O=B/S=U{n}/"@gateway.example>' for n in range(MOST)
        ]
        client.mail("jones@outside.example")
        client.send("\r\n".join([*commands, ""]))
        taken = [client.getreply()[0] for _ in commands].count(250)
        client.data("Subject: Hello\r\n\r\n" + "text\r\n" * 1_000_000)
        return taken


def commands(_: Running) -> int:
    """Send very many commands at once; how many were answered."""
    with smtplib.SMTP(str(LOCAL), SMTP.port, timeout=PATIENCE) as client:
        client.send("NOOP\r\n" * MOST)
        return [client.getreply()[0] for _ in range(MOST)].count(250)


async def submit(mta: Running) -> int:
    """Submit by the control socket."""
    request = {"command": "submit", "from": JONES, "to": HERE, "text": "text " * 1_000_000}
    return len((await ask(mta.directory, request))["mts_identifiers"])


REQUESTS: dict[str, tuple[Callable[[Running], int], int]] = {
    "mail": (get("/mail"), 1000),
    "mail further on": (get("/mail?after=15500"), 500),
    "reports": (get("/reports"), 1000),
    "reports of nobody": (get("/reports?originator=Nobody"), 0),
    "steps": (get("/track/BIG"), MOST),
    "events of nobody": (get("/events?connector=NONE"), 0),
    "an HTTP submission": (post, 1),
    "recipients of a mail": (mail, MOST_SUBMITTED),
    "commands of a mail client": (commands, MOST),
}


@pytest.mark.parametrize(("request_", "lines"), REQUESTS.values(), ids=REQUESTS.keys())
async def test_a_big_request_holds_nobody(
    mta: Running,
    request_: Callable[[Running], int],
    lines: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fill(mta.mta.store)

    async def measure() -> float:
        async with LoopWatch() as watch:
            assert await asyncio.to_thread(request_, mta) == lines
        return watch.cpu

    longest = await longest_hold_of(measure, LIMIT)
    with capsys.disabled():
        print(f"\nheld the loop for {longest * 1000:.0f} ms at most")
    assert longest < LIMIT


async def test_a_big_request_of_the_control_socket_holds_nobody(mta: Running) -> None:
    async def measure() -> float:
        async with LoopWatch() as watch:
            assert await asyncio.to_thread(asyncio.run, submit(mta)) == 1
        return watch.cpu

    assert await longest_hold_of(measure, LIMIT) < LIMIT
