"""Who is let in by the firewall, and how connections end, on real sockets in 127/8."""

import asyncio
import socket
import struct
import time
from contextlib import AsyncExitStack
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firewall_proxy.records import Outcome
from tests.firewall_proxy.bench import CLIENT, INSIDE, SERVER, Bench, echo
from tests.patience import PATIENCE


def reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@pytest.mark.parametrize(
    ("service", "source"),
    [({}, INSIDE), ({"client_side_transparency": True}, CLIENT)],
    ids=["rewritten", "transparent"],
)
async def test_the_destination_sees_the_source_that_was_decided(
    bench: Bench, service: dict[str, Any], source: str
) -> None:
    await bench.start(echo, service=service)
    reader, writer = await bench.connect()
    writer.write(b"hello")
    assert await reader.readexactly(5) == b"hello"
    writer.write_eof()
    assert await reader.read() == b""
    connection = await bench.ended()
    assert bench.peers == [source]
    assert connection.onward_source is not None
    assert connection.onward_source.split(":")[0] == source
    assert connection.source.split(":")[0] == CLIENT
    assert (connection.bytes_out, connection.bytes_in) == (5, 5)
    assert connection.outcome is Outcome.CLOSED


async def test_half_close_by_the_client_is_passed_on(bench: Bench) -> None:
    async def answer_at_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"%d" % len(await reader.read()))
        await writer.drain()

    await bench.start(answer_at_the_end)
    reader, writer = await bench.connect()
    writer.write(bytes(100_000))
    writer.write_eof()
    assert await reader.read() == b"100000"


async def test_half_close_by_the_destination_is_passed_on(bench: Bench) -> None:
    received = asyncio.Event()

    async def end_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write_eof()
        assert await reader.read() == b"after the end"
        received.set()

    await bench.start(end_first)
    reader, writer = await bench.connect()
    assert await reader.read() == b""
    writer.write(b"after the end")
    writer.write_eof()
    async with asyncio.timeout(PATIENCE):
        await received.wait()


async def test_a_reset_by_the_client_is_passed_on(bench: Bench) -> None:
    seen: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def watch(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"ready")
        try:
            await reader.read()
            seen.set_result("end")
        except ConnectionResetError:
            seen.set_result("reset")

    await bench.start(watch)
    reader, writer = await bench.connect()
    assert await reader.readexactly(5) == b"ready"
    reset(writer)
    assert await asyncio.wait_for(seen, PATIENCE) == "reset"
    assert (await bench.ended()).outcome is Outcome.RESET_BY_CLIENT


async def test_a_reset_by_the_destination_is_passed_on(bench: Bench) -> None:
    async def reset_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        reset(writer)

    await bench.start(reset_at_once)
    reader, writer = await bench.connect()
    writer.write(b"x")
    with pytest.raises(ConnectionResetError):
        await reader.read()
    assert (await bench.ended()).outcome is Outcome.RESET_BY_DESTINATION


async def test_a_refused_onward_connection_resets_the_client(bench: Bench) -> None:
    await bench.start(None)
    await bench.is_reset()
    connection = await bench.ended()
    assert connection.outcome is Outcome.REFUSED
    assert "refused" in connection.reason.lower()


async def test_a_destination_is_named_in_hosts(bench: Bench) -> None:
    """Without an entry nothing is opened onward; the next client is passed on when there is one."""
    named = {"destination": {"address": "Core.example", "port": 10555}}
    await bench.start(None, service=named)
    await bench.is_reset()
    connection = await bench.ended()
    assert connection.outcome is Outcome.UNREACHABLE
    assert connection.onward_destination is None
    assert connection.reason == (
        "no address is known for Core.example, the destination of service x400"
    )
    server = await asyncio.start_server(echo, SERVER, 0)
    named["destination"]["port"] = server.sockets[0].getsockname()[1]
    async with server:
        bench.reload(service=named, hosts={"core.example": SERVER})
        reader, writer = await bench.connect()
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"


async def test_who_is_denied_never_reaches_the_destination(bench: Bench) -> None:
    await bench.start(echo, rules=[{"name": "nobody", "action": "deny"}])
    await bench.is_reset()
    connection = await bench.ended()
    assert (connection.outcome, connection.rule) == (Outcome.DENIED, "nobody")
    assert connection.onward_source is None
    assert bench.peers == []


async def test_the_limit_of_a_client(bench: Bench) -> None:
    await bench.start(echo, limits={"connections_per_client": 1})
    reader, writer = await bench.connect()
    writer.write(b"x")
    assert await reader.readexactly(1) == b"x"
    await bench.is_reset()
    assert (await bench.ended()).outcome is Outcome.LIMIT


async def test_silence_ends_at_the_idle_timeout_of_the_lab_clock(bench: Bench) -> None:
    await bench.start(echo, limits={"idle_timeout": 3600}, clock={"scale": 3600})
    await bench.is_reset()
    connection = await bench.ended()
    assert connection.outcome is Outcome.IDLE
    assert connection.seconds >= 3600


async def test_a_client_that_sends_nothing_is_cut_off(bench: Bench) -> None:
    """A service whose destination speaks first, to a client that only holds the connection."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        await reader.read()

    await bench.start(greet, limits={"first_octet_timeout": 1})
    reader, _ = await bench.connect()
    with pytest.raises(ConnectionResetError):
        await reader.read()  # fails at the reset, whatever came before
    connection = await bench.ended()
    assert (connection.outcome, connection.check) == (Outcome.IDLE, "first_octet_timeout")
    assert connection.reason == "the client sent nothing for 1 s"
    assert connection.place.endswith("limits.first_octet_timeout")


async def test_a_side_that_never_ends_after_the_other_is_cut_off(bench: Bench) -> None:
    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        await asyncio.Event().wait()

    await bench.start(hold, limits={"half_close_timeout": 1})
    reader, writer = await bench.connect()
    writer.write(b"all that I have")
    writer.write_eof()
    with pytest.raises(ConnectionResetError):
        await reader.read()
    connection = await bench.ended()
    assert (connection.outcome, connection.check) == (Outcome.IDLE, "half_close_timeout")
    assert connection.reason == "one side had sent all, and the other nothing for 1 s"


async def test_who_goes_on_sending_after_the_other_has_ended_is_not_cut_off(bench: Bench) -> None:
    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        for _ in range(6):
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.5)

    await bench.start(trickle, limits={"half_close_timeout": 2.5})
    reader, writer = await bench.connect()
    writer.write(b"x")
    writer.write_eof()
    assert await reader.read() == b"......"
    assert (await bench.ended()).outcome is Outcome.CLOSED


async def test_refusals_at_a_limit_are_said_once_and_counted() -> None:
    async with AsyncExitStack() as stack:
        bench = Bench(stack)
        await bench.start(echo, limits={"connections_per_client": 1})
        reader, writer = await bench.connect()
        writer.write(b"x")
        assert await reader.readexactly(1) == b"x"
        for _ in range(20):
            await bench.is_reset()
        assert [each.outcome for each in bench.connections] == [Outcome.LIMIT]
    (repeated,) = bench.repeated  # said at the end of the minute, or of the firewall
    assert (repeated.count, repeated.source, repeated.outcome) == (19, CLIENT, Outcome.LIMIT)
    assert repeated.reason == f"1 connections from {CLIENT} are open, and 1 may be"


@pytest.mark.parametrize("from_client", [True, False], ids=["from the client", "to the client"])
async def test_urgent_octets_go_through_in_their_place(bench: Bench, from_client: bool) -> None:
    """RFC 6093: urgent data are a part of the stream; splice(2) stops at them without a word."""
    received = bytearray()
    all_is_there = asyncio.Event()

    async def say(sock: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(sock, b"first ")
        sock.send(b"!", socket.MSG_OOB)
        await loop.sock_sendall(sock, b"second ")
        sock.send(b"?", socket.MSG_OOB)

    async def hear(reader: asyncio.StreamReader) -> None:
        while octets := await reader.read(100):
            received.extend(octets)
        all_is_there.set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if from_client:
            await hear(reader)
            return
        await reader.readexactly(1)
        await say(writer.get_extra_info("socket").dup())

    await bench.start(serve)
    with socket.create_connection(bench.address, source_address=(CLIENT, 0)) as client:
        client.setblocking(False)
        before = time.process_time()
        if from_client:
            await say(client)
            client.shutdown(socket.SHUT_WR)
        else:
            reader, writer = await asyncio.open_connection(sock=client.dup())
            writer.write(b"x")
            await hear(reader)
            writer.close()
        async with asyncio.timeout(PATIENCE):
            await all_is_there.wait()
        assert received == b"first !second ?"
    connection = await bench.ended()
    assert connection.outcome is Outcome.CLOSED
    sent = connection.bytes_out if from_client else connection.bytes_in
    assert sent == len(b"first !second ?")
    assert time.process_time() - before < 2


async def test_an_urgent_octet_alone_does_not_keep_the_processor_busy(bench: Bench) -> None:
    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.set_result(await reader.readexactly(7))
        await reader.read()

    await bench.start(serve)
    with socket.create_connection(bench.address, source_address=(CLIENT, 0)) as client:
        client.sendall(b"first ")
        client.send(b"!", socket.MSG_OOB)
        async with asyncio.timeout(PATIENCE):
            assert await heard == b"first !"
        before = time.process_time()
        await asyncio.sleep(0.5)  # nothing is to happen: how much work is that?
        assert time.process_time() - before < 0.2


async def test_nothing_is_buffered_without_bound(bench: Bench) -> None:
    """A destination that does not read stops the client: TCP's window goes back through us."""
    reading = asyncio.Event()
    total = 64 << 20

    async def read_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()
        await reading.wait()
        writer.transport.resume_reading()
        count = 0
        while octets := await reader.read(1 << 20):
            count += len(octets)
        writer.write(b"%d" % count)
        await writer.drain()

    await bench.start(read_late, limits={"buffer": 65536})
    loop = asyncio.get_running_loop()
    with socket.create_connection(bench.address) as client:
        client.setblocking(False)
        sent = 0
        block = bytes(1 << 20)
        stopped = False
        while not stopped and sent < total:
            try:
                async with asyncio.timeout(0.5):
                    await loop.sock_sendall(client, block)
                sent += len(block)
            except TimeoutError:
                stopped = True
        assert stopped, "64 MB went in and nobody read them"
        reading.set()


async def test_stopping_cuts_off_and_tells(bench: Bench) -> None:
    async with AsyncExitStack() as stack:
        inner = Bench(stack)
        await inner.start(echo)
        bench.address = inner.address
        reader, writer = await bench.connect()
        writer.write(b"x")
        assert await reader.readexactly(1) == b"x"
    assert inner.connections[-1].outcome is Outcome.STOPPED
    with pytest.raises(ConnectionResetError):
        await reader.read()


async def test_many_at_once(bench: Bench) -> None:
    await bench.start(echo)

    async def one(number: int) -> None:
        reader, writer = await bench.connect()
        octets = b"%d" % number * 5000
        writer.write(octets)
        writer.write_eof()
        assert await reader.read() == octets

    await asyncio.gather(*(one(number) for number in range(60)))


@settings(max_examples=15)
@given(st.lists(st.binary(min_size=1, max_size=20_000), max_size=6))
def test_octets_arrive_unchanged(pieces: list[bytes]) -> None:
    async def play() -> bytes:
        async with AsyncExitStack() as stack:
            bench = Bench(stack)
            await bench.start(echo)
            reader, writer = await bench.connect()
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            writer.write_eof()
            return await reader.read()

    assert asyncio.run(play()) == b"".join(pieces)


# Reload


async def test_a_reload_changes_the_service_and_keeps_what_is_under_way(bench: Bench) -> None:
    await bench.start(echo)
    address = bench.address
    reader, writer = await bench.connect()
    writer.write(b"before")
    assert await reader.readexactly(6) == b"before"
    bench.reload(service={"client_side_transparency": True})
    assert bench.address == address
    writer.write(b"after")
    assert await reader.readexactly(5) == b"after"
    newer, other = await bench.connect()
    other.write(b"new")
    assert await newer.readexactly(3) == b"new"
    assert bench.peers == [INSIDE, CLIENT]
    assert bench.connections == []
