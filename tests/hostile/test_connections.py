"""Connections that break, stand still or say nothing: mail goes on, and an MTA can be stopped."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from mta_emu.endpoint import Endpoint
from mta_emu.mta.policy import turn
from mta_emu.mts import bind
from mta_emu.mts.bind import Credentials
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import (
    Octets,
    RtOpen,
    RtOpenAccept,
    RtOpenReject,
    RtRecover,
    RtTransfer,
    RtTransferEnd,
    RtTransferSecured,
    RtTurnGive,
    RtTurnPlease,
)
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.primitives import ConnectionIdentifier
from tests.hostile.conftest import OPEN
from tests.hostile.wire import message
from tests.mta_emu.mta.conftest import PORT, SMITH, A, B, Listen
from tests.mta_emu.test_acceptor import no_more_descriptors
from tests.patience import PATIENCE

Start = Callable[..., Awaitable[Any]]
RESULT = bind.encode_result(Credentials("B", b"secret"))
STRANGER = "127.0.77.88"


def reset(endpoint: Endpoint) -> None:
    """Send a RST right behind what was written, as one event for the other side's loop."""
    assert endpoint._transport
    sock = endpoint._transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    endpoint._transport.abort()


async def test_a_reset_between_two_writes_leaves_no_mail_stuck(
    start: Start, listen: Listen, a_document: Any
) -> None:
    """The peer has the turn, transfers a message and resets while mail waits for it."""
    a_document["connectors"][0]["override"] = {"transfer_interval": 10, "recovery_timeout": 1}
    calls = 0
    taken = asyncio.Event()

    async def called(endpoint: Endpoint) -> None:
        nonlocal calls
        while (indication := await endpoint.receive()) is not None:
            match indication:
                case RtOpen():
                    calls += 1
                    endpoint.request(RtOpenAccept(RESULT, 0, 5))
                    if calls == 1:
                        endpoint.request(RtTurnPlease())
                case RtRecover():
                    endpoint.request(RtOpenReject())
                case RtTransferEnd():
                    endpoint.request(RtTransferSecured())
                    if calls > 1:
                        taken.set()
                case RtTurnGive():
                    await a.send(SMITH, text="waits for the turn")
                case RtTurnPlease() if calls == 1:
                    endpoint.request(RtTransfer(Octets(message(1))))
                    reset(endpoint)

    listen(B, called)
    a = await start(a_document, scale=20)
    await a.send(SMITH, text="opens the association")
    async with asyncio.timeout(PATIENCE):
        await taken.wait()
    await a.until(lambda: not a.mta.store.queues.lengths())
    assert a.all("event", id=1294)


async def silent(endpoint: Endpoint) -> None:
    """Take the bind, and read nothing more."""
    assert isinstance(await endpoint.receive(), RtOpen)
    endpoint.request(RtOpenAccept(RESULT, 0, 5))
    assert endpoint._transport
    endpoint._transport.pause_reading()
    await asyncio.Event().wait()


async def test_the_transfer_timeout_holds_while_nobody_reads(
    start: Start, listen: Listen, a_document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "PATIENCE", 1.0)  # wall seconds to confirm that it is abandoned
    override = {"transfer_timeout_normal": 1, "max_transfer_retries": 0}
    a_document["connectors"][0]["override"] = override
    listen(B, silent)
    a = await start(a_document, scale=10_000)
    await a.send(SMITH, text="x" * 8_000_000)  # 7800 s of lab time
    ended = await a.said("association", state="aborted")
    assert "the abandoned transfer was not confirmed" in ended["reason"]
    await a.until(lambda: not a.mta.store.queues.lengths())


async def test_an_mta_stops_in_time_while_nobody_reads(
    start: Start, listen: Listen, a_document: Any
) -> None:
    listen(B, silent)
    a = await start(a_document)
    await a.send(SMITH, text="x" * 8_000_000)
    await a.said("association", state="open")
    async with asyncio.timeout(PATIENCE):
        await a.stop()


async def bound(source: str = A) -> Endpoint:
    endpoint = await Endpoint.connect(RtseConnection(initiator=True), B, PORT, source=source)
    endpoint.request(OPEN)
    await endpoint.receive()
    return endpoint


async def test_a_silent_caller_is_given_up_after_the_idle_limit(
    start: Start, b_document: Any
) -> None:
    b_document["server"]["transport_stack"]["idle_limit"] = 600
    b = await start(b_document, scale=1000)
    endpoint = await bound()
    ended = await b.said("association", state="aborted")
    assert ended["reason"] == "nothing came from the peer for the idle limit"
    await b.until(lambda: b.mta._connectors["TO-A"].associations == 0)
    await endpoint.close()


async def test_one_address_cannot_take_all_control_blocks(start: Start, b_document: Any) -> None:
    b = await start(b_document)
    connected = [
        await asyncio.open_connection(B, PORT, local_addr=(STRANGER, 0)) for _ in range(16)
    ]
    refused = await b.said("event", id=9156)
    assert refused["reason"].startswith(
        f"caller's address {STRANGER} has 15 of the 20 TCP/IP control blocks, its share"
    )
    endpoint = await bound()  # the right one still gets in
    await b.said("association", state="open")
    await endpoint.close(linger=0)
    for _, writer in connected:
        writer.transport.abort()


async def test_without_file_descriptors_callers_wait_and_it_is_said(
    start: Start, b_document: Any
) -> None:
    b = await start(b_document)
    with socket.socket() as client, no_more_descriptors():
        client.setblocking(False)
        with suppress(BlockingIOError):
            client.connect((B, PORT))
        stopped = await b.said("accepting", state="stopped")
        assert "Too many open files" in stopped["reason"]
        assert b.events == [9156, 9202]
        assert "A sockets error 10024 on an accept() call" in b.all("event", id=9202)[0]["text"]
    await b.said("accepting", state="resumed")
    endpoint = await bound()
    await b.said("association", state="open")
    await endpoint.close(linger=0)


GUESS = ConnectionIdentifier(b"\x04\x01A", b"\x17\x0d990101000000Z", b"\x14\x0200")
PROPOSED = ConnectionIdentifier(b"\x04\x01A", b"\x17\x0d990101000000Z", b"\x14\x0201")


async def recover(guess: ConnectionIdentifier, source: str = A, **fields: Any) -> Any:
    """Ask to recover an association: the answer."""
    connection = RtseConnection(initiator=True)
    connection.adopt(replace(connection.association, checkpoint_size=1, window_size=3))
    endpoint = await Endpoint.connect(connection, B, PORT, source=source)
    asked = RtRecover(Selectors(), Selectors(), guess, GUESS)
    endpoint.request(replace(asked, **fields))
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            return await endpoint.receive()
    return None


@pytest.mark.parametrize(
    ("guess", "source", "fields"),
    [
        (GUESS, A, {}),  # another identifier
        (PROPOSED, STRANGER, {}),  # the right one, from elsewhere
        (PROPOSED, A, {"calling": Selectors(transport=b"X")}),  # with another selector
    ],
)
async def test_recovery_takes_over_nothing_unless_all_fits(
    start: Start, b_document: Any, guess: ConnectionIdentifier, source: str, fields: Any
) -> None:
    b = await start(b_document)
    endpoint = await Endpoint.connect(RtseConnection(initiator=True), B, PORT, source=A)
    endpoint.request(replace(OPEN, identifier=PROPOSED))
    assert isinstance(await endpoint.receive(), RtOpenAccept)
    assert isinstance(await recover(guess, source, **fields), RtOpenReject)
    assert not endpoint.at_end
    assert b.events == []
    await endpoint.close(linger=0)


async def test_after_five_wrong_guesses_even_the_right_one_is_refused(
    start: Start, b_document: Any
) -> None:
    b = await start(b_document)
    endpoint = await Endpoint.connect(RtseConnection(initiator=True), B, PORT, source=A)
    endpoint.request(replace(OPEN, identifier=PROPOSED))
    assert isinstance(await endpoint.receive(), RtOpenAccept)
    for _ in range(5):
        assert isinstance(await recover(GUESS), RtOpenReject)
    assert "asked 5 times within 600 s to recover" in (await b.said("event", id=51))["reason"]
    assert isinstance(await recover(PROPOSED), RtOpenReject)
    assert b.events == [51]
    assert not endpoint.at_end
    await endpoint.close(linger=0)
