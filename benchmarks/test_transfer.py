"""Messages a second of the stack alone, without an MTA, against the least that one could cost."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from benchmarks import end
from benchmarks.conftest import BARE_PORT
from benchmarks.table import Table, spaced
from benchmarks.yardstick import five, per_second
from mta_emu.mts import envelope as envelopes
from mta_emu.mts import ipm
from mta_emu.mts.apdu import message_prefix
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.text import IA5Text
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.subject import Recipient

MESSAGES = 500
BULK = 100 << 20  # octets


def message() -> bytes:
    """The APDU of a message with 1 KB of text."""
    jones = ORAddress.parse("C=US;A= ;P=Contoso;O=Outside;S=Jones")
    smith = ORAddress.parse("C=US;A= ;P=Contoso;O=Inside;S=Smith")
    domain = GlobalDomain("US", " ", "Contoso")
    envelope = Envelope(MtsIdentifier(domain, "EXTERNAL-1"), jones, (Recipient(smith),))
    octets = envelopes.encode(envelope.passed(domain, "EXTERNAL", datetime.now(UTC)))
    content = ipm.encode(
        InterpersonalMessage.of("1", jones, (smith,), "A kilobyte", (IA5Text("x" * 1024),))
    )
    return message_prefix(octets, len(content)) + content


async def _round_trips(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, octets: bytes
) -> None:
    for _ in range(MESSAGES):
        writer.write(octets)
        await reader.readexactly(len(octets))


@pytest.mark.usefixtures("called")
def test_transfers_over_one_association(
    loop: Callable[..., Any],
    firewall: tuple[str, int],
    capsys: pytest.CaptureFixture[str],
    table: Table,
) -> None:
    """Through the same firewall, in the same run: messages, and their octets there and back."""
    association = loop(end.associate(firewall))
    reader, writer = loop(asyncio.open_connection(firewall[0], BARE_PORT))
    apdu = message()
    messages, trips = five(
        lambda: per_second(lambda: loop(end.transfer(association, apdu, MESSAGES)), MESSAGES),
        lambda: per_second(lambda: loop(_round_trips(reader, writer, apdu)), MESSAGES),
    )
    with capsys.disabled():
        print("\nthrough the firewall, the stack alone")
        print(f"{'messages of 1 KB over one association, a second':50}{messages}")
        print(f"{'bare round trips of the same octets':50}{trips}")
        print(f"{'ratio':50}{messages.value / trips.value:10.2f}")
    table.add(
        "stack, messages",
        f"{spaced(messages.value)} a second",
        "bare round trips of the same octets through the same firewall: "
        f"{spaced(trips.value)}, ratio {messages.value / trips.value:.2f}",
    )
    writer.close()
    loop(end.release(association))


def test_a_long_content(
    loop: Callable[..., Any],
    called: tuple[str, int],
    capsys: pytest.CaptureFixture[str],
    table: Table,
) -> None:
    """100 MB with Exchange's checkpoints between two processes, nothing kept."""
    association = loop(end.associate(called))
    content = bytes(BULK)
    (rate,) = five(lambda: per_second(lambda: loop(end.transfer(association, content, 1)), BULK))
    with capsys.disabled():
        print(f"\n{'a content of 100 MB, the stack alone, octets a second':50}{rate}")
    table.add("stack, long", f"{spaced(rate.value / 1e6)} MB a second")
    loop(end.release(association))


@pytest.mark.benchmark(group="one message transfer envelope")
def test_envelope_encode(benchmark: Any, table: Table) -> None:
    benchmark(envelopes.encode, _envelope())
    table.add("encode", f"{spaced(benchmark.stats['median'] * 1e6)} us")


@pytest.mark.benchmark(group="one message transfer envelope")
def test_envelope_decode(benchmark: Any, table: Table) -> None:
    benchmark(envelopes.decode, envelopes.encode(_envelope()))
    table.add("decode", f"{spaced(benchmark.stats['median'] * 1e6)} us")


def _envelope() -> Envelope:
    """Three recipients and both traces."""
    domain = GlobalDomain("US", " ", "Contoso")
    addresses = [
        ORAddress.parse(f"C=US;A= ;P=Contoso;O=Inside;OU1=Lab;S=Smith{number};G=Jo")
        for number in range(3)
    ]
    recipients = tuple(Recipient(address, n) for n, address in enumerate(addresses, 1))
    envelope = Envelope(MtsIdentifier(domain, "EXTERNAL-1"), addresses[0], recipients)
    return envelope.passed(domain, "EXTERNAL", datetime.now(UTC))
