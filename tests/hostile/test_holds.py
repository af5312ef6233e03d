"""Nothing big that comes holds the event loop: the longest hold of each is reported, and bounded.

What is said of a hold is the processor time of the loop's own thread, so that a busy machine does
not matter.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mta_emu.endpoint import Endpoint
from mta_emu.mts import envelope
from mta_emu.mts.apdu import encode_head, message_prefix
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.extension import Extension
from mta_emu.mts.fields import Indicators, ReportRequest
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.probe import Probe
from mta_emu.mts.report import (
    Delivered,
    LastTrace,
    Report,
    ReportContent,
    ReportedRecipient,
    ReportEnvelope,
)
from mta_emu.mts.subject import Recipient
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import (
    Octets,
    RtOpenAccept,
    RtTransfer,
    RtTransferConfirm,
    RtTurnPlease,
)
from tests.hostile.conftest import OPEN
from tests.hostile.holds import LoopWatch
from tests.mta_emu.mta.conftest import PORT, A, B, Running, document

MOST = 16_000  # recipients, in an envelope of not quite 1 MB
MANY = 4_000
LIMIT = 0.05  # seconds
DOMAIN = GlobalDomain("US", " ", "Contoso")
JONES = ORAddress.parse("C=US;A= ;P=Contoso;O=A;S=Jones")
SMITH = ORAddress.parse("C=US;A= ;P=Contoso;O=B;S=Smith")
ALL = Indicators.asking(ReportRequest.DELIVERY, ReportRequest.DELIVERY)


def recipients(organization: str, count: int = MANY) -> tuple[Recipient, ...]:
    return tuple(
        Recipient(ORAddress.parse(f"C=US;A= ;P=Contoso;O={organization};S=U{n}"), n, ALL)
        for n in range(1, count + 1)
    )


def message(to: Sequence[Recipient], content: bytes = b"Hello", **fields: object) -> bytes:
    made = Envelope(MtsIdentifier(DOMAIN, "BIG"), JONES, tuple(to))
    made = replace(made, **fields).passed(DOMAIN, "A", datetime.now(UTC))
    return message_prefix(envelope.encode(made), len(content)) + content


def probe() -> bytes:
    made = Probe(MtsIdentifier(DOMAIN, "BIG"), JONES, recipients("NOWHERE"), content_length=100)
    return encode_head(made.passed(DOMAIN, "A", datetime.now(UTC)))


def report() -> bytes:
    """A report on a message of Smith's, about very many recipients."""
    now = datetime.now(UTC)
    about = tuple(
        ReportedRecipient(each.address, each.number, ALL, LastTrace(now, Delivered(now)))
        for each in recipients("A", MOST)
    )
    made = Report(
        ReportEnvelope(MtsIdentifier(DOMAIN, "REPORT"), SMITH),
        ReportContent(MtsIdentifier(DOMAIN, "SUBJECT"), about),
    )
    return encode_head(made.passed(DOMAIN, "A", now))


def deferred() -> bytes:
    soon = datetime.now(UTC) + timedelta(seconds=4)
    return message(recipients("NOWHERE"), deferred_delivery_time=soon)


def extensions() -> bytes:
    private = tuple(Extension(f"1.2.{number}", b"\x05\x00") for number in range(30_000))
    return message(recipients("B", 1), extensions=private)


ARRIVALS: dict[str, tuple[Callable[[], bytes], str]] = {
    "recipients whom nobody knows": (lambda: message(recipients("NOWHERE", MOST)), "reported"),
    "recipients who have mailboxes": (lambda: message(recipients("B")), "delivered"),
    "recipients who are elsewhere": (lambda: message(recipients("C")), "connector"),
    "a probe for very many": (probe, "reported"),
    "a report about very many": (report, "report"),
    "deferred, for very many": (deferred, "reported"),
    "private extensions": (extensions, "reported"),
    "nesting": (lambda: message(recipients("B", 1), b"\xa9\x80" * 30_000), "delivered"),
    "body parts": (lambda: message(recipients("B", 1), b"\x8e\x00" * 500_000), "delivered"),
}


@asynccontextmanager
async def served(directory: Path) -> AsyncIterator[tuple[Running, Endpoint]]:
    """An MTA that a big arrival comes to, over an association from A; C calls for its mail."""
    configuration = document("B", "A", B, A)
    other = document("B", "C", B, "127.0.113.99")["connectors"][0]
    other["schedule"] = {"activation": "remote-initiated"}
    configuration["connectors"].append(other)
    mta = Running(configuration, directory, scale=1.0)
    await mta.said("listening")
    endpoint = await Endpoint.connect(RtseConnection(initiator=True), B, PORT, source=A)
    endpoint.request(OPEN)
    assert isinstance(await endpoint.receive(), RtOpenAccept)
    try:
        yield mta, endpoint
    finally:
        await endpoint.close(0.1)
        await mta.stop()


async def confirmed(endpoint: Endpoint) -> object:
    """What becomes of the transfer; the MTA may ask for the turn meanwhile."""
    while isinstance(answer := await endpoint.receive(), RtTurnPlease):
        pass
    return answer


@pytest.mark.parametrize(("make", "kind"), ARRIVALS.values(), ids=ARRIVALS.keys())
async def test_a_big_arrival_holds_nobody(
    make: Callable[[], bytes], kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    octets = make()
    async with served(tmp_path) as (mta, endpoint), LoopWatch() as watch, asyncio.timeout(60):
        endpoint.request(RtTransfer(Octets(octets)))
        assert await confirmed(endpoint) == RtTransferConfirm(accepted=True)
        while not (mta.all(kind) and mta.mta._dispatcher.settled):
            await mta.happened(1.0)
    with capsys.disabled():
        print(f"\n{len(octets):,} octets held the loop for {watch.cpu * 1000:.0f} ms at most")
    assert watch.cpu < LIMIT
