"""One stack on one socket: however the connection ends, the user hears of it once."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from labkit.addresses import parse_address
from mta_emu.endpoint import Endpoint
from mta_emu.mts import bind
from mta_emu.mts.bind import Credentials
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import (
    Octets,
    RtOpen,
    RtOpenAccept,
    RtPAbort,
    RtTransfer,
    RtTransferEnd,
    RtTransferSecured,
)
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.tpkt import frame
from tests.patience import PATIENCE

HERE, THERE, PORT = "127.0.113.61", "127.0.100.61", 10661
BIND = RtOpen(Selectors(), Selectors(), bind.encode_argument(Credentials("A", b"x")))
RESULT = RtOpenAccept(bind.encode_result(Credentials("B", b"x")))


class Sockets:
    """A tap that remembers what happened."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.why = b""

    def record(self, local: str, remote: str, what: str, octets: bytes = b"") -> None:
        self.heard.append(what)
        if what == "given up":
            self.why = octets


@pytest.fixture
async def pair() -> AsyncIterator[tuple[Endpoint, Endpoint, Sockets]]:
    """An open association: who called, who was called, and what the caller's socket did."""
    tap, loop = Sockets(), asyncio.get_running_loop()
    with socket.create_server((THERE, PORT)) as listening:
        listening.setblocking(False)
        accepting = asyncio.create_task(loop.sock_accept(listening))
        stack = RtseConnection(initiator=True)
        caller = await Endpoint.connect(stack, THERE, PORT, source=HERE, tap=tap)
        sock, _ = await accepting
    called = await Endpoint.accept(RtseConnection(initiator=False), sock)
    caller.request(BIND)
    assert isinstance(await called.receive(), RtOpen)
    called.request(RESULT)
    assert isinstance(await caller.receive(), RtOpenAccept)
    yield caller, called, tap
    for each in (caller, called):
        each.drop()


def reset(endpoint: Endpoint) -> None:
    """Let the kernel send a RST now, and not when the loop comes round."""
    assert endpoint._transport
    sock = endpoint._transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    endpoint.drop()


async def test_the_ends_are_those_of_the_socket(pair: tuple[Endpoint, Endpoint, Sockets]) -> None:
    caller, called, tap = pair
    assert caller.ends.peer == called.ends.local == f"{THERE}:{PORT}"
    assert called.ends.peer_address == parse_address(HERE)
    assert tap.heard == ["open", "sent", "received", "sent", "received"]


@pytest.mark.parametrize(("how", "said"), [("fin", "eof"), ("rst", "reset"), ("dropped", "eof")])
async def test_every_end_is_heard_once(
    pair: tuple[Endpoint, Endpoint, Sockets], how: str, said: str
) -> None:
    caller, called, tap = pair
    match how:
        case "fin":
            await called.hang_up(linger=0)
        case "rst":
            reset(called)
        case "dropped":
            caller.drop()
    lost = await caller.receive()
    assert isinstance(lost, RtPAbort)
    assert lost.recoverable
    assert caller.at_end
    assert await caller.receive() is None
    assert tap.heard.count(said) == 1
    assert (caller.error is None) == (how != "rst")


async def test_why_this_side_gives_up_is_heard_before_what_it_answers(
    pair: tuple[Endpoint, Endpoint, Sockets],
) -> None:
    caller, called, tap = pair
    assert called._transport
    called._transport.write(frame(bytes.fromhex("02f0800900")))  # FINISH: the caller's to send
    lost = await caller.receive()
    assert isinstance(lost, RtPAbort)
    assert not lost.by_peer
    assert tap.heard[-3:] == ["received", "given up", "sent"]
    assert tap.why.decode() == f"{lost.layer}: {lost.reason}"


async def test_what_is_requested_after_the_end_is_no_error(
    pair: tuple[Endpoint, Endpoint, Sockets],
) -> None:
    """The peer resets between two writes: nobody has heard of it, and the socket knows."""
    caller, called, _ = pair
    caller.request(RtTransfer(Octets(bytes(3_000_000))))
    reset(called)
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while not caller.at_end:
                caller._flush()  # what a checkpoint's confirm would bring about
                await asyncio.sleep(0)
    assert caller.at_end
    caller._flush()
    assert isinstance(await caller.receive(), RtPAbort)


async def test_a_peer_that_does_not_read_holds_nobody(
    pair: tuple[Endpoint, Endpoint, Sockets],
) -> None:
    caller, called, _ = pair
    assert called._transport
    called._transport.pause_reading()
    async with asyncio.timeout(PATIENCE):
        caller.request(RtTransfer(Octets(bytes(50_000_000))))  # returns at once
        assert not caller._writable
        assert caller._transport
        assert caller._transport.get_write_buffer_size() < 2_000_000  # the rest is not read yet
        await caller.close(linger=0.1)


async def test_writing_goes_on_when_the_peer_reads_again(
    pair: tuple[Endpoint, Endpoint, Sockets],
) -> None:
    caller, called, _ = pair
    assert called._transport
    called._transport.pause_reading()
    caller.request(RtTransfer(Octets(bytes(20_000_000))))
    called._transport.resume_reading()
    async with asyncio.timeout(PATIENCE):
        while not isinstance(await called.receive(), RtTransferEnd):
            pass
    called.request(RtTransferSecured())
    confirm = await caller.receive()
    assert confirm.accepted  # type: ignore[union-attr]


async def test_a_user_that_does_not_take_what_came_lets_the_peer_wait(
    pair: tuple[Endpoint, Endpoint, Sockets],
) -> None:
    caller, called, _ = pair
    caller.request(RtTransfer(Octets(bytes(50_000_000))))
    async with asyncio.timeout(PATIENCE):
        while called._reading:  # noqa: ASYNC110, nothing is said when it pauses
            await asyncio.sleep(0.01)
    assert called._unread < 2_000_000
    async with asyncio.timeout(PATIENCE):
        while not isinstance(await called.receive(), RtTransferEnd):
            pass


async def test_wait_ends_at_an_indication_a_wake_or_in_time(
    pair: tuple[Endpoint, Endpoint, Sockets],
) -> None:
    caller, called, _ = pair
    async with asyncio.timeout(PATIENCE):
        await caller.wait(0.01)
        caller.wake()
        await caller.wait()  # a wake that nobody waited for counts for the next
        called.request(RESULT) if called.connection.closed else reset(called)
        await caller.wait()
    assert caller.received()


async def test_vanished_peers_are_probed(pair: tuple[Endpoint, Endpoint, Sockets]) -> None:
    for each in pair[:2]:
        assert each._transport
        sock = each._transport.get_extra_info("socket")
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 60
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL) == 15
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT) == 4


@pytest.mark.parametrize(("seconds", "interval"), [(1, 1), (20, 5), (32767, 8191)])
async def test_a_peer_is_probed_after_other_seconds_of_silence(seconds: int, interval: int) -> None:
    with socket.create_server((THERE, PORT)):
        stack = RtseConnection(initiator=True)
        caller = await Endpoint.connect(stack, THERE, PORT, source=HERE, keepalive=seconds)
        assert caller._transport
        sock = caller._transport.get_extra_info("socket")
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == seconds
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL) == interval
        caller.drop()


async def test_nobody_listens() -> None:
    with pytest.raises(OSError, match=str(PORT)):
        await Endpoint.connect(RtseConnection(initiator=True), THERE, PORT, source=HERE)
