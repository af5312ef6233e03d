"""Transfers over connections that are cut, refused or too slow: each message arrives once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest

from mta_emu.endpoint import Endpoint
from mta_emu.mta.association.incoming import IncomingMessage
from mta_emu.mta.store.database import DiskFullError
from mta_emu.mta.store.tracking import Action
from mta_emu.mts import bind
from mta_emu.mts.bind import Credentials
from mta_emu.osi.rtse.apdus import RefuseReason
from mta_emu.osi.rtse.primitives import (
    RtCheckpoint,
    RtCheckpointSecured,
    RtOpen,
    RtOpenAccept,
    RtOpenReject,
    RtRecover,
    RtTransferDiscard,
    RtTransferStart,
)
from tests.mta_emu.mta.conftest import Listen
from tests.patience import PATIENCE

Start = Callable[..., Awaitable[Any]]
JONES, SMITH = "C=US;A= ;P=Contoso;O=A;S=Jones", "C=US;A= ;P=Contoso;O=B;S=Smith"
A, B, RELAY, PORT = "127.0.113.88", "127.0.100.88", "127.0.77.88", 10888
LONG = "All work and no play. " * 25_000  # 550 KB: 18 checkpoints


class Relay:
    """Passes A's connections to B and B's to A, from its own address; cuts where it is told."""

    def __init__(self) -> None:
        self.cut_at: list[tuple[str, int]] = []  # (who sends, octets of its connection)
        self.silent = False  # a cut is not told to the side that receives
        self.accepting = True
        self.connections = 0
        self.octets = {A: 0, B: 0}  # sent by each, on all connections
        self._writers: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.accepting:
            writer.transport.abort()
            return
        self.connections += 1
        source = writer.get_extra_info("peername")[0]
        target = {A: B, B: A}[source]
        onward_reader, onward = await asyncio.open_connection(target, PORT, local_addr=(RELAY, 0))
        self._writers |= {writer, onward}
        await asyncio.gather(
            self._pump(source, reader, onward, writer),
            self._pump(target, onward_reader, writer, onward),
        )

    async def _pump(
        self,
        sender: str,
        reader: asyncio.StreamReader,
        onward: asyncio.StreamWriter,
        back: asyncio.StreamWriter,
    ) -> None:
        count = 0
        with suppress(OSError):
            while octets := await reader.read(4096):
                if self.cut_at and self.cut_at[0][0] == sender:
                    left = self.cut_at[0][1] - count
                    if len(octets) >= left:
                        self.cut_at.pop(0)
                        onward.write(octets[:left])
                        await onward.drain()
                        back.transport.abort()
                        if not self.silent:
                            onward.close()
                        return
                count += len(octets)
                self.octets[sender] += len(octets)
                onward.write(octets)
                await onward.drain()
            onward.close()

    def close(self) -> None:
        for writer in self._writers:
            writer.transport.abort()


@pytest.fixture
async def relay() -> AsyncIterator[Relay]:
    relay = Relay()
    server = await asyncio.start_server(relay.serve, RELAY, PORT)
    yield relay
    server.close()
    relay.close()


@pytest.fixture
def by_relay(a_document: Any, b_document: Any) -> tuple[Any, Any]:
    for document in (a_document, b_document):
        document["connectors"][0]["stack"]["address"] = RELAY
    return a_document, b_document


@pytest.mark.parametrize("mode", ["1984", "1988-x410", "1988-normal"])
@pytest.mark.parametrize("at", [2_000, 200_000, 549_000])
async def test_a_cut_transfer_goes_on_after_the_last_checkpoint(
    relay: Relay, start: Start, by_relay: tuple[Any, Any], mode: str, at: int
) -> None:
    for document in by_relay:
        document["connectors"][0]["advanced"] = {"conformance": mode}
    a, b = [await start(document) for document in by_relay]
    relay.cut_at = [(A, at)]
    (identifier,) = await a.send(SMITH, text=LONG)
    await b.said("delivered", mts_identifier=identifier)
    await a.said("transfer", direction="out")
    assert relay.connections == 2
    assert [each["state"] for each in a.all("recovery")] == ["lost", "recovered"]
    assert [each["state"] for each in b.all("recovery")] == ["lost", "recovered"]
    assert len(b.all("association")) == 1
    if at > 30_000:
        assert b.all("resumed")[0]["octets"] > 60_000
        assert relay.octets[A] < len(LONG) + 6 * 31_000
    assert a.events == b.events == []
    assert len(b.all("delivered")) == 1


async def test_the_called_side_sends_and_the_caller_recovers(
    relay: Relay, start: Start, by_relay: tuple[Any, Any]
) -> None:
    by_relay[1]["connectors"][0]["schedule"] = {"activation": "remote-initiated"}
    a, b = [await start(document) for document in by_relay]
    relay.cut_at = [(B, 300_000)]
    (back,) = await b.send(JONES, text=LONG)
    await a.send(SMITH)  # opens the association that B's mail is fetched by
    await a.said("delivered", mts_identifier=back)
    await b.said("transfer", direction="out")
    assert relay.connections == 2
    assert a.all("resumed")[0]["octets"] > 100_000
    assert a.events == b.events == []


async def test_the_called_side_need_not_have_noticed(
    relay: Relay, start: Start, by_relay: tuple[Any, Any]
) -> None:
    a, b = [await start(document) for document in by_relay]
    relay.silent = True
    relay.cut_at = [(A, 200_000)]
    await a.send(SMITH, text=LONG)
    await b.said("delivered")
    assert relay.connections == 2
    assert b.all("resumed")
    assert a.events == b.events == []


async def test_cut_again_and_again(relay: Relay, start: Start, by_relay: tuple[Any, Any]) -> None:
    by_relay[0]["connectors"][0]["override"] = {"checkpoint_size": 10, "window_size": 2}
    a, b = [await start(document) for document in by_relay]
    relay.cut_at = [(A, 100_000)] * 5
    await a.send(SMITH, text=LONG)
    await b.said("delivered")
    await a.said("transfer", direction="out")
    assert relay.connections == 6
    assert len(b.all("delivered")) == 1
    assert a.events == b.events == []


async def test_without_progress_the_transfer_fails_and_is_tried_after_the_interval(
    relay: Relay, start: Start, by_relay: tuple[Any, Any]
) -> None:
    a, b = [await start(document, scale=100) for document in by_relay]
    relay.cut_at = [(A, 10_000)] * 4  # before the first checkpoint
    await a.send(SMITH, text=LONG)
    await b.said("delivered")
    assert len(b.all("delivered")) == 1
    assert [each["state"] for each in a.all("recovery")] == ["lost", "recovered"] * 3
    assert a.all("event", id=1294)
    assert len(a.all("association", state="open")) == 2


async def test_after_the_recovery_timeout_it_is_sent_from_the_start(
    relay: Relay, start: Start, by_relay: tuple[Any, Any]
) -> None:
    a, b = [await start(document, scale=200) for document in by_relay]
    relay.cut_at = [(A, 300_000)]
    (identifier,) = await a.send(SMITH, text=LONG)
    await a.said("recovery", state="lost")
    relay.accepting = False
    await a.said("recovery", state="given up")
    await b.said("recovery", state="given up")
    relay.accepting = True
    await b.said("delivered", mts_identifier=identifier)
    assert b.all("resumed") == []
    assert [each["state"] for each in a.all("association", initiated="locally")][:2] == [
        "open",
        "aborted",
    ]
    assert len(b.all("delivered")) == 1


async def test_what_the_receiver_has_no_room_for_is_tried_again_after_the_interval(
    start: Start, a_document: Any, b_document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = IncomingMessage.feed
    full = [True, True]

    def out_of_space(self: IncomingMessage, octets: bytes) -> None:
        if full:
            full.pop()
            raise DiskFullError("no space left")
        feed(self, octets)

    monkeypatch.setattr(IncomingMessage, "feed", out_of_space)
    a_document["connectors"][0]["override"] = {"lifetime": 100_000}  # longer than anybody waits
    a, b = await start(a_document, scale=500), await start(b_document, scale=500)
    (identifier,) = await a.send(SMITH, text=LONG)
    (short,) = await a.send(SMITH, text="short")
    await b.said("delivered", mts_identifier=identifier)
    await b.said("delivered", mts_identifier=short)
    await a.until(lambda: len(a.all("transfer", direction="out")) == 2)
    assert len(a.all("association", state="open")) == 1  # the association lives on
    assert len(b.all("delivered")) == 2


async def test_what_the_receiver_never_takes_is_reported_after_max_transfer_retries(
    start: Start, a_document: Any, b_document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def out_of_space(self: IncomingMessage, octets: bytes) -> None:
        raise DiskFullError("no space left")

    a, b = await start(a_document, scale=1000), await start(b_document, scale=1000)
    monkeypatch.setattr(IncomingMessage, "feed", out_of_space)
    (identifier,) = await a.send(SMITH, text="never")
    await a.until(lambda: a.mta._connectors["TO-B"].queued == 0)
    monkeypatch.undo()
    steps = [each.what for each in a.mta.store.tracking.follow(identifier)]
    assert steps.count(Action.TRIED) == 3  # the first, and two retries
    assert steps.count(Action.NOT_TRANSFERRED) == 3
    assert steps[-1] is Action.REPORTED
    assert b.all("delivered") == []


async def test_a_transfer_whose_time_is_over_is_discarded(
    start: Start, listen: Listen, a_document: Any
) -> None:
    """A receiver that confirms nothing: the transfer is given up, the message stays."""
    a_document["connectors"][0]["override"] = {"transfer_timeout_normal": 1, "checkpoint_size": 1}
    heard: list[Any] = []
    came = asyncio.Event()

    async def called(endpoint: Endpoint) -> None:
        while (indication := await endpoint.receive()) is not None:
            heard.append(indication)
            came.set()
            match indication:
                case RtOpen():
                    result = bind.encode_result(Credentials("B", b"secret"))
                    endpoint.request(RtOpenAccept(result, 1, 3))
                case RtCheckpoint(serial) if serial < 4:
                    endpoint.request(RtCheckpointSecured(serial))

    listen(B, called)
    a = await start(a_document, scale=1000)
    await a.send(SMITH, text="x" * 20_000)  # 20 seconds of lab time
    async with asyncio.timeout(PATIENCE):
        while sum(isinstance(each, RtTransferStart) for each in heard) < 2:
            came.clear()
            await came.wait()
    assert RtTransferDiscard() in heard
    assert a.all("transfer") == []


@pytest.mark.parametrize(
    "refusals",
    [
        [RefuseReason.BUSY, RefuseReason.CANNOT_RECOVER],
        [RefuseReason.CANNOT_RECOVER],
        [RefuseReason.VALIDATION_FAILURE],
    ],
)
async def test_a_recovery_refused_for_good_is_not_tried_again(
    start: Start, listen: Listen, a_document: Any, refusals: list[RefuseReason]
) -> None:
    """The called side breaks the connection after a checkpoint, and refuses the recovery."""
    opened = 0

    async def called(endpoint: Endpoint) -> None:
        nonlocal opened
        while (indication := await endpoint.receive()) is not None:
            match indication:
                case RtOpen():
                    opened += 1
                    result = bind.encode_result(Credentials("B", b"secret"))
                    endpoint.request(RtOpenAccept(result, 1, 3))
                case RtRecover():
                    endpoint.request(RtOpenReject(reason=refusals.pop(0)))
                case RtCheckpoint():
                    endpoint.drop()

    listen(B, called)
    a = await start(a_document, scale=1000)
    await a.send(SMITH, text="x" * 20_000)
    await a.said("recovery", state="given up")
    assert refusals == []
    assert opened == 1


async def test_a_turn_that_is_lost_with_its_holder_leaves_nobody_waiting(
    relay: Relay, start: Start, by_relay: tuple[Any, Any]
) -> None:
    """Q166594: B, which only the turn lets send, has it when the connection breaks."""
    by_relay[1]["connectors"][0]["schedule"] = {"activation": "remote-initiated"}
    a, b = [await start(document) for document in by_relay]
    await a.send(SMITH)
    await b.said("delivered")
    await b.send(JONES)
    await a.said("delivered")
    await b.said("transfer", direction="out")
    assert [each["what"] for each in b.all("turn")] == ["asked", "received"]
    relay.close()
    (there,), (back,) = await a.send(SMITH), await b.send(JONES)
    await b.said("delivered", mts_identifier=there)
    await a.said("delivered", mts_identifier=back)


@pytest.mark.parametrize(
    ("sender", "octets", "silent"),
    [(B, 1, False), (A, 1, False), (A, 1, True), (A, 7, False), (A, 7, True)],
)
async def test_a_turn_that_is_lost_on_its_way_leaves_nobody_waiting(
    relay: Relay,
    start: Start,
    by_relay: tuple[Any, Any],
    sender: str,
    octets: int,
    silent: bool,
) -> None:
    """Q166594: the connection breaks in B's request for the turn, or while A gives it.

    A goes on with an association whose turn it gave away. One that it holds the turn of is over,
    and so B's mail waits for A's next call, as its schedule has it.
    """
    by_relay[1]["connectors"][0]["schedule"] = {"activation": "remote-initiated"}
    a, b = [await start(document, scale=200) for document in by_relay]
    await a.send(SMITH)
    await b.said("delivered")
    await a.said("transfer", direction="out")
    relay.silent = silent
    relay.cut_at = [(sender, relay.octets[sender] + octets)]
    (back,) = await b.send(JONES)
    if sender == A:
        await a.said("delivered", mts_identifier=back)
        assert [each["state"] for each in a.all("recovery")] == ["lost", "recovered"]
    else:
        await a.said("association", state="aborted")
    (there,) = await a.send(SMITH)
    await b.said("delivered", mts_identifier=there)
    await a.said("delivered", mts_identifier=back)
    assert relay.cut_at == []
    assert relay.connections == 2
