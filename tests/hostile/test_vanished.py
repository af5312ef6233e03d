"""Peers whose machine vanishes: no FIN and no reset ever comes, and nothing is answered any more.

../shared/faults/attacks/dead_peer.py: they held associations and control blocks for ever.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from firewall_proxy.records import Outcome
from labkit.addresses import parse_address
from mta_emu.mta.association import opening
from mta_emu.mta.connector import responder
from mta_emu.mta.policy import turn
from mta_emu.osi.rtse.primitives import (
    Octets,
    RtCheckpoint,
    RtCheckpointSecured,
    RtOpen,
    RtOpenAccept,
    RtOpenReject,
    RtRecover,
    RtTransfer,
    RtTransferConfirm,
    RtTransferEnd,
    RtTransferSecured,
)
from tests.firewall_proxy.test_firewall import CLIENT, SERVER, Bench, echo
from tests.hostile.conftest import OPEN
from tests.hostile.test_connections import RESULT, bound
from tests.hostile.vanishing import Network, network
from tests.hostile.wire import Attacker, message
from tests.mta_emu.mta.conftest import JONES, PORT, SMITH, A, B, Listen, Running, document
from tests.patience import PATIENCE

C = "127.0.113.99"
Start = Callable[..., Awaitable[Running]]


@pytest.fixture
def machines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Network]:
    """Machines that can vanish; an MTA waits for one to answer for 5 s of the wall."""
    for module in (opening, responder, turn):
        monkeypatch.setattr(module, "PATIENCE", 5.0)  # not PATIENCE: the MTA's, which is 30
    with network() as made:
        yield made


def with_c(configuration: dict[str, Any]) -> dict[str, Any]:
    """A configuration with a connector to the MTA C besides."""
    server = configuration["server"]
    other = document(server["name"], "C", server["transport_stack"]["address"], C)
    configuration["connectors"] += other["connectors"]
    return configuration


async def got_through(mta: Running, count: int) -> None:
    """Wait until so many messages are in the mailboxes of an MTA."""
    await mta.until(lambda: len(mta.all("delivered")) == count)


@pytest.mark.parametrize(
    "limits",
    [{"keepalive": 1, "idle_limit": 0}, {"keepalive": 32767, "idle_limit": 600}],
    ids=["probes of TCP", "the idle limit"],
)
async def test_callers_that_vanish_hold_nothing(
    machines: Network, start: Start, b_document: Any, limits: dict[str, int]
) -> None:
    """Wherever they were: connected, bound, or in the middle of a transfer."""
    b_document["server"]["transport_stack"] |= limits
    b = await start(with_c(b_document), scale=200)
    c = await start(document("C", "B", C, B))
    blocks = b.mta._shared.blocks
    callers = []
    for stage in ("tcp", "transport", "association", "activity") * 3:
        reader, writer = await asyncio.open_connection(B, PORT, local_addr=(A, 0))
        callers.append(Attacker(reader, writer, OPEN))
        await callers[-1].reach(stage)
    await b.until(lambda: len(b.all("association", state="open")) == 6)
    machines.vanish(A)
    await c.send(SMITH)
    await got_through(b, 1)
    await b.until(lambda: b.mta._connectors["TO-A"].associations == 0)
    assert len(b.all("association", state="aborted")) == 6
    await b.until(lambda: not blocks.held_by(parse_address(A)))
    for caller in callers:
        caller.writer.transport.abort()
    machines.come_back(A)
    endpoint = await bound()
    endpoint.request(RtTransfer(Octets(message(1))))
    assert await endpoint.receive() == RtTransferConfirm(accepted=True)
    await got_through(b, 2)
    await endpoint.close(linger=0)


async def test_a_called_mta_that_vanishes_keeps_no_mail(
    machines: Network, start: Start, listen: Listen, a_document: Any
) -> None:
    """In the middle of a transfer; mail for others goes on, and this mail when it is back."""
    a_document["connectors"][0]["override"] = {
        "open_interval": 60,
        "transfer_interval": 60,
        "transfer_timeout_normal": 10,
        "max_open_retries": 10_000,
        "recovery_timeout": 60,
        "checkpoint_size": 1,
    }
    calls = 0
    transferred = asyncio.Event()

    async def called(endpoint: Any) -> None:
        nonlocal calls
        while (indication := await endpoint.receive()) is not None:
            match indication:
                case RtOpen():
                    calls += 1
                    endpoint.request(RtOpenAccept(RESULT, 1, 3))
                case RtRecover():
                    endpoint.request(RtOpenReject())
                case RtCheckpoint() if calls == 1:
                    machines.vanish(B)
                case RtCheckpoint(serial):
                    endpoint.request(RtCheckpointSecured(serial))
                case RtTransferEnd():
                    endpoint.request(RtTransferSecured())
                    transferred.set()

    listen(B, called)
    a = await start(with_c(a_document), scale=60)
    c = await start(document("C", "A", C, A))
    await a.send(SMITH, text="x" * 20_000)
    await a.said("association", state="aborted", connector="TO-B")
    await a.send(JONES.replace("O=A", "O=C"))
    await got_through(c, 1)
    assert a.mta.store.queues.lengths()
    machines.come_back(B)
    async with asyncio.timeout(PATIENCE):
        await transferred.wait()
    await a.until(lambda: not a.mta.store.queues.lengths())


@pytest.fixture
async def bench(machines: Network) -> AsyncIterator[Bench]:
    async with AsyncExitStack() as stack:
        yield Bench(stack)


@pytest.mark.parametrize("machine", [CLIENT, SERVER])
@pytest.mark.parametrize(
    ("said", "limit", "why"),
    [
        (b"", "first_octet_timeout", "the client sent nothing for"),
        (b"hello", "idle_timeout", "nothing was sent for"),
        (b"hello", "half_close_timeout", "one side had sent all, and the other nothing for"),
    ],
)
async def test_the_firewall_lets_go_of_who_vanishes(
    bench: Bench, machines: Network, machine: str, said: bytes, limit: str, why: str
) -> None:
    """Each by its own time limit; its share is free again, and the next client is served."""

    async def keep_open(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await echo(reader, writer)
        writer.write(b"!")
        await asyncio.Event().wait()

    await bench.start(keep_open, limits={limit: 3, "connections_per_client": 1})
    reader, writer = await bench.connect()
    writer.write(said)
    assert await reader.readexactly(len(said)) == said
    if limit == "half_close_timeout":
        writer.write_eof()
        assert await reader.readexactly(1) == b"!"
    machines.vanish(machine)
    connection = await bench.ended()
    assert connection.outcome is Outcome.IDLE
    assert connection.reason.startswith(why)
    machines.come_back(machine)
    reader, writer = await bench.connect()
    writer.write(b"again")
    assert await reader.readexactly(5) == b"again"


async def test_the_firewall_gives_up_a_destination_that_vanished_before(
    bench: Bench, machines: Network
) -> None:
    await bench.start(echo, limits={"connect_timeout": 1})
    machines.vanish(SERVER)
    await bench.is_reset()
    assert (await bench.ended()).outcome is Outcome.TIMED_OUT
