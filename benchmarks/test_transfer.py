"""Messages a second through the firewall, against the least that a message could cost."""

import asyncio
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from benchmarks.conftest import PORT, SERVER
from labkit.addresses import End
from mta_emu.acceptor import Acceptor
from mta_emu.endpoint import Endpoint
from mta_emu.mts import envelope as envelopes
from mta_emu.mts import ipm
from mta_emu.mts.apdu import message_prefix
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.text import IA5Text
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.subject import Recipient
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import (
    DialogueMode,
    Octets,
    RtClose,
    RtCloseAccept,
    RtOpen,
    RtOpenAccept,
    RtTransfer,
    RtTransferConfirm,
    RtTransferEnd,
    RtTransferSecured,
)
from mta_emu.osi.selectors import Selectors

MESSAGES = 200
NOBODY = Selectors()
BIND = bytes.fromhex("b0020500")  # an unauthenticated bind argument: [16] NULL
RESULT = bytes.fromhex("b1020500")


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


async def _listen() -> Acceptor:
    """Take calls, each in a task of its own."""
    tasks: set[asyncio.Task[None]] = set()
    acceptor = Acceptor(lambda sock: tasks.add(asyncio.create_task(_serve(sock))), pytest.fail)
    acceptor.listen([End.parse(f"{SERVER}:{PORT}")])
    return acceptor


async def _close(acceptor: Acceptor) -> None:
    """Take no more calls, on the loop that took them."""
    acceptor.close()


async def _serve(sock: socket.socket) -> None:
    """Accept a bind, secure whatever comes, agree to the release."""
    endpoint = await Endpoint.accept(RtseConnection(initiator=False), sock)
    while indication := await endpoint.receive():
        match indication:
            case RtOpen():
                endpoint.request(RtOpenAccept(RESULT, 30, 5))
            case RtTransferEnd():
                endpoint.request(RtTransferSecured())
            case RtClose():
                endpoint.request(RtCloseAccept())
    await endpoint.close()


async def _open(address: tuple[str, int]) -> Endpoint:
    endpoint = await Endpoint.connect(RtseConnection(initiator=True), *address)
    endpoint.request(RtOpen(NOBODY, NOBODY, BIND, DialogueMode.TWO_WAY_ALTERNATE, 30, 5))
    assert isinstance(await endpoint.receive(), RtOpenAccept)
    return endpoint


async def _release(endpoint: Endpoint) -> None:
    endpoint.request(RtClose())
    assert isinstance(await endpoint.receive(), RtCloseAccept)
    await endpoint.close()


async def _transfer(endpoint: Endpoint, apdu: bytes) -> None:
    for _ in range(MESSAGES):
        endpoint.request(RtTransfer(Octets(apdu)))
        confirm = await endpoint.receive()
        assert isinstance(confirm, RtTransferConfirm)
        assert confirm.accepted


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while octets := await reader.read(65536):
        writer.write(octets)
    writer.close()


async def _round_trips(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, octets: bytes
) -> None:
    for _ in range(MESSAGES):
        writer.write(octets)
        await reader.readexactly(len(octets))


@pytest.mark.benchmark(group=f"{MESSAGES} messages of 1 KB through the firewall")
def test_transfers_over_one_association(
    benchmark: Callable[..., Any], loop: Callable[..., Any], firewall: tuple[str, int]
) -> None:
    server = loop(_listen())
    endpoint = loop(_open(firewall))
    apdu = message()
    benchmark(lambda: loop(_transfer(endpoint, apdu)))
    loop(_release(endpoint))
    loop(_close(server))


@pytest.mark.benchmark(group=f"{MESSAGES} messages of 1 KB through the firewall")
def test_bare_round_trips(
    benchmark: Callable[..., Any], loop: Callable[..., Any], firewall: tuple[str, int]
) -> None:
    server = loop(asyncio.start_server(_echo, SERVER, PORT))
    reader, writer = loop(asyncio.open_connection(*firewall))
    octets = message()
    benchmark(lambda: loop(_round_trips(reader, writer, octets)))
    writer.close()
    server.close()


@pytest.mark.benchmark(group="one association through the firewall: open, bind, release")
def test_associations(
    benchmark: Callable[..., Any], loop: Callable[..., Any], firewall: tuple[str, int]
) -> None:
    server = loop(_listen())

    async def associate() -> None:
        await _release(await _open(firewall))

    benchmark(lambda: loop(associate()))
    loop(_close(server))


@pytest.mark.benchmark(group="one message transfer envelope")
def test_envelope_encode(benchmark: Callable[..., Any]) -> None:
    benchmark(envelopes.encode, _envelope())


@pytest.mark.benchmark(group="one message transfer envelope")
def test_envelope_decode(benchmark: Callable[..., Any]) -> None:
    benchmark(envelopes.decode, envelopes.encode(_envelope()))


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
