"""Nothing big that comes holds the event loop: the longest hold of each is reported, and bounded.

What is said of a hold is the processor time of the loop's own thread, so that a busy machine does
not matter.
"""

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice, product
from pathlib import Path

import pytest

from mta_emu.doors.maildir import serve_maildir
from mta_emu.endpoint import Endpoint
from mta_emu.mts import envelope, ipm
from mta_emu.mts.apdu import encode_head, message_prefix, prefix
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.extension import Extension
from mta_emu.mts.fields import Indicators, PerMessageIndicators, ReportRequest
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.text import IA5Text
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.probe import Probe
from mta_emu.mts.redirection import requesting_alternate
from mta_emu.mts.report import (
    Delivered,
    LastTrace,
    Report,
    ReportContent,
    ReportedRecipient,
    ReportEnvelope,
)
from mta_emu.mts.subject import Recipient
from mta_emu.osi import ber
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import (
    Octets,
    RtOpen,
    RtOpenAccept,
    RtTransfer,
    RtTransferConfirm,
    RtTurnPlease,
)
from tests.hostile.conftest import OPEN
from tests.hostile.holds import LoopWatch, longest_hold_of
from tests.mta_emu.mta.conftest import PORT, A, B, Running, document
from tests.patience import PATIENCE

MOST = 16_000  # recipients, in an envelope of not quite 1 MB
LIMIT = 0.05  # seconds
DOMAIN = GlobalDomain("US", " ", "Contoso")
JONES = ORAddress.parse("C=US;A= ;P=Contoso;O=A;S=Jones")
SMITH = ORAddress.parse("C=US;A= ;P=Contoso;O=B;S=Smith")
ASSIGNED = ORAddress.parse("C=US;A= ;P=Contoso;O=B;S=Assigned")
ALL = Indicators.asking(ReportRequest.DELIVERY, ReportRequest.DELIVERY)
MEMBERS = 1000  # of the list
ENVELOPE = envelope.encode(
    Envelope(MtsIdentifier(DOMAIN, "BIG"), JONES, (Recipient(SMITH),)).passed(
        DOMAIN, "A", datetime.now(UTC)
    )
)


def somebody(organization: str, surname: str) -> ORAddress:
    return replace(SMITH, organization=organization, surname=surname)


def recipients(*organizations: str, count: int = MOST) -> tuple[Recipient, ...]:
    """Recipients who take turns to be of these organizations."""
    turns = zip(range(1, count + 1), cycle(organizations), strict=False)
    return tuple(Recipient(somebody(name, f"U{number}"), number, ALL) for number, name in turns)


def message(to: Sequence[Recipient], content: bytes = b"Hello", **fields: object) -> bytes:
    made = Envelope(MtsIdentifier(DOMAIN, "BIG"), JONES, tuple(to))
    made = replace(made, **fields).passed(DOMAIN, "A", datetime.now(UTC))
    return message_prefix(envelope.encode(made), len(content)) + content


def probe() -> bytes:
    made = Probe(MtsIdentifier(DOMAIN, "BIG"), JONES, recipients("NOWHERE"), content_length=100)
    return encode_head(made.passed(DOMAIN, "A", datetime.now(UTC)))


def report(destination: ORAddress, count: int = MOST, **fields: object) -> bytes:
    """A report on a message of somebody's, about very many recipients."""
    now = datetime.now(UTC)
    about = tuple(
        replace(
            ReportedRecipient(each.address, each.number, ALL, LastTrace(now, Delivered(now))),
            **fields,
        )
        for each in recipients("A", count=count)
    )
    made = Report(
        ReportEnvelope(MtsIdentifier(DOMAIN, "REPORT"), destination),
        ReportContent(MtsIdentifier(DOMAIN, "SUBJECT"), about),
    )
    return encode_head(made.passed(DOMAIN, "A", now))


def deferred() -> bytes:
    soon = datetime.now(UTC) + timedelta(seconds=4)
    return message(recipients("NOWHERE"), deferred_delivery_time=soon)


def extensions() -> bytes:
    private = tuple(Extension(f"1.2.{number}", b"\x05\x00") for number in range(30_000))
    return message(recipients("B", count=1), extensions=private)


def alternates() -> bytes:
    """Recipients whom nobody knows, each with another alternate recipient who has a mailbox."""
    unknown = recipients("NOWHERE", count=MOST // 2)
    wanted = (somebody("B", f"V{each.number}") for each in unknown)
    return message([*map(requesting_alternate, unknown, wanted)])


def a_list() -> bytes:
    """One list in very many ways to write it."""
    letters = "DISTRIBUTION-LIST"
    ways = islice(product(*((each.lower(), each) for each in letters)), MOST)
    names = ("".join(way) for way in ways)
    return message(
        [Recipient(somebody("LIST", name), number, ALL) for number, name in enumerate(names, 1)]
    )


DISCLOSED = PerMessageIndicators.DISCLOSURE_OF_OTHER_RECIPIENTS
REDIRECTED = PerMessageIndicators.ALTERNATE_RECIPIENT_ALLOWED

ARRIVALS: dict[str, tuple[Callable[[], bytes], str]] = {
    "recipients whom nobody knows": (lambda: message(recipients("NOWHERE")), "reported"),
    "recipients who have mailboxes": (lambda: message(recipients("B")), "delivered"),
    "recipients who are elsewhere": (lambda: message(recipients("C")), "connector"),
    "recipients of all kinds": (lambda: message(recipients("B", "C", "NOWHERE")), "reported"),
    "recipients who are disclosed": (
        lambda: message(recipients("B"), indicators=DISCLOSED),
        "delivered",
    ),
    "an assigned alternate recipient for very many": (
        lambda: message(recipients("NOWHERE"), indicators=REDIRECTED),
        "delivered",
    ),
    "an alternate recipient for each": (alternates, "delivered"),
    "a list very often": (a_list, "delivered"),
    "as many recipients as 64 KB hold": (
        lambda: message(recipients("NOWHERE", count=1190)),
        "reported",
    ),
    "a report of 64 KB": (lambda: report(SMITH, count=770), "report"),
    "a probe for very many": (probe, "reported"),
    "a report about very many": (lambda: report(SMITH), "report"),
    "a report with a word on each": (
        lambda: report(SMITH, supplementary_information="x" * 100),
        "report",
    ),
    "a report for elsewhere": (
        lambda: report(somebody("C", "Smith")),
        "connector",
    ),
    "deferred, for very many": (deferred, "reported"),
    "private extensions": (extensions, "reported"),
    "nesting": (lambda: message(recipients("B", count=1), b"\xa9\x80" * 30_000), "delivered"),
    "body parts": (
        lambda: message(recipients("B", count=1), b"\x8e\x00" * 500_000),
        "delivered",
    ),
}


@asynccontextmanager
async def served(
    directory: Path, opening: RtOpen = OPEN, **logging: str
) -> AsyncIterator[tuple[Running, Endpoint]]:
    """An MTA that a big arrival comes to, over an association from A; C calls for its mail."""
    configuration = document("B", "A", B, A)
    other = document("B", "C", B, "127.0.113.99")["connectors"][0]
    other["schedule"] = {"activation": "remote-initiated"}
    configuration["connectors"].append(other)
    configuration["server"]["diagnostics_logging"] |= logging
    members = [f"C=US;A= ;P=Contoso;O=B;S=M{number}" for number in range(MEMBERS)]
    configuration["server"] |= {
        "alternate_recipient": str(ASSIGNED),
        "mailboxes": [{"organization": "B"}, {"organization": "LIST"}],
        "distribution_lists": [
            {"address": "C=US;A= ;P=Contoso;O=LIST;S=Distribution-List", "members": members}
        ],
    }
    mta = Running(configuration, directory, scale=1.0)
    await mta.said("listening")
    endpoint = await Endpoint.connect(RtseConnection(initiator=True), B, PORT, source=A)
    endpoint.request(opening)
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


async def longest_hold(
    make: Callable[[], bytes], kind: str, directory: Path, opening: RtOpen = OPEN, **logging: str
) -> float:
    """Seconds for which an arrival held the loop at most, until all that came of it was told."""

    attempts = itertools.count()

    async def measure() -> float:
        return await hold(make(), kind, directory / f"{next(attempts)}", opening, **logging)

    return await longest_hold_of(measure, LIMIT)


async def hold(octets: bytes, kind: str, directory: Path, opening: RtOpen, **logging: str) -> float:
    async with (
        served(directory, opening, **logging) as (mta, endpoint),
        LoopWatch() as watch,
        asyncio.timeout(PATIENCE),
    ):
        endpoint.request(RtTransfer(Octets(octets)))
        assert await confirmed(endpoint) == RtTransferConfirm(accepted=True)
        while not (mta.all(kind) and mta.mta._dispatcher.settled):
            await mta.happened(1.0)
    return watch.cpu


@pytest.mark.parametrize(("make", "kind"), ARRIVALS.values(), ids=ARRIVALS.keys())
async def test_a_big_arrival_holds_nobody(
    make: Callable[[], bytes], kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    longest = await longest_hold(make, kind, tmp_path)
    with capsys.disabled():
        print(f"\n{len(make()):,} octets held the loop for {longest * 1000:.0f} ms at most")
    assert longest < LIMIT


def plain(size: int) -> bytes:
    """An interpersonal message with a text of so many octets."""
    body = (IA5Text("Hello." * (size // 6)),)
    return ipm.encode(InterpersonalMessage.of("1", JONES, (SMITH,), "Hello", body))


#: Members that an envelope does not have, of not quite 1 MB: one after the other, and nested.
UNKNOWN = {"members": b"\x9e\x00" * 499_000, "values that nest": b""}
UNKNOWN["values that nest"] = b"\x80\x00" * 490_000
for _ in range(58):
    UNKNOWN["values that nest"] = ber.tlv(b"\xbe", UNKNOWN["values that nest"])


@pytest.mark.parametrize(("what", "taken"), [("members", False), ("values that nest", True)])
async def test_nor_do_members_that_nobody_knows(what: str, taken: bool, tmp_path: Path) -> None:
    """../shared/faults/attacks/quad.py: 1 MB of 9e00 held the loop for 45 s, nesting for 2 s."""
    attempts = itertools.count()
    octets = prefix(ber.tlv(b"\x31", ber.contents(ENVELOPE) + UNKNOWN[what]), 5) + b"Hello"

    async def measure() -> float:
        async with (
            served(tmp_path / f"{next(attempts)}") as (mta, endpoint),
            LoopWatch() as watch,
            asyncio.timeout(PATIENCE),
        ):
            endpoint.request(RtTransfer(Octets(octets)))
            answer = await confirmed(endpoint)
            assert isinstance(answer, RtTransferConfirm)
            assert answer.accepted is taken  # more members than a SET may have, or one
            while not mta.mta._dispatcher.settled:
                await mta.happened(0.1)
        return watch.cpu

    assert await longest_hold_of(measure, LIMIT) < LIMIT


def logged(directory: Path) -> str:
    """What Ap0.log and those before it have."""
    return "".join(path.read_text() for path in directory.rglob("Ap*.log"))


@pytest.mark.parametrize("kind", ["message", "report"])
async def test_nor_does_one_without_checkpoints(kind: str, tmp_path: Path) -> None:
    """All of it may come at once."""
    without = replace(OPEN, checkpoint_size=0)
    octets = message(recipients("B")) if kind == "message" else report(SMITH)
    said = "delivered" if kind == "message" else "report"
    assert await longest_hold(lambda: octets, said, tmp_path, without) < LIMIT


@pytest.mark.parametrize(
    ("count", "text"), [(400, 36), (1, 120 << 20)], ids=["400 recipients", "120 MB"]
)
async def test_nor_does_a_maildir(count: int, text: int, tmp_path: Path) -> None:
    """../shared/faults/attacks/door_hold.py: they held the loop for 25 s and 22 s."""
    attempts = itertools.count()

    async def measure() -> float:
        directory = tmp_path / f"{next(attempts)}"
        new = directory / "Maildir" / "new"
        octets = message(recipients("B", count=count), plain(text))
        async with (
            served(directory, replace(OPEN, checkpoint_size=255)) as (mta, endpoint),
            serve_maildir(mta.mta, directory / "Maildir", "gateway.example"),
            LoopWatch() as watch,
            asyncio.timeout(PATIENCE),
        ):
            endpoint.request(RtTransfer(Octets(octets)))
            assert await confirmed(endpoint) == RtTransferConfirm(accepted=True)
            while len([*new.iterdir()]) < count:
                await mta.happened(0.1)
        shutil.rmtree(directory)
        return watch.cpu

    assert await longest_hold_of(measure, LIMIT) < LIMIT


async def test_nor_do_the_text_logs(tmp_path: Path) -> None:
    """They show each recipient of an envelope."""
    octets = message(recipients("B", count=4000))
    up = {"interoperability": "maximum", "apdu": "maximum"}
    assert await longest_hold(lambda: octets, "delivered", tmp_path, **up) < LIMIT
    assert "S=U4000" in logged(tmp_path)
