"""A large transfer whose peer or path is killed: it goes on, or begins again, and arrives once."""

import asyncio
import json
import os
import signal
import socket
import struct
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from mta_emu.mta.controlclient import send_files
from tests.mta_emu.mta.conftest import JONES, PORT, SMITH, A, B, document
from tests.patience import PATIENCE

Start = Callable[..., Awaitable[Any]]
RELAY = "127.0.77.88"
CHECKPOINT, WINDOW = 30 << 10, 5  # octets, by Exchange's defaults
SCALE = 50


def text(megabytes: float) -> str:
    return "All work and no play. " * int(megabytes * (1 << 20) / 22)


def reset(sock: socket.socket) -> None:
    """Close it with a RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


class Route:
    """What lies between A and B; resets both connections after so many octets of a sender."""

    def __init__(self) -> None:
        self.reset_at: dict[str, int] = {}  # by the sender's address, of the present connection
        self.connections = 0
        self.octets = {A: 0, B: 0}
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            near, (source, _) = await loop.sock_accept(listening)
            far = socket.socket()
            far.setblocking(False)
            far.bind((RELAY, 0))
            await loop.sock_connect(far, ({A: B, B: A}[source], PORT))
            self.connections += 1
            task = asyncio.create_task(self._pass_on(source, near, far))
            self._tasks.add(task)

    async def _pass_on(self, source: str, near: socket.socket, far: socket.socket) -> None:
        """Pass octets both ways, until it is to be reset."""
        there = asyncio.create_task(self._pump(source, near, far))
        back = asyncio.create_task(self._pump({A: B, B: A}[source], far, near))
        both = {there, back}
        try:
            while both:
                done, both = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                if any(each.result() for each in done):
                    break
        finally:
            for each in both:
                each.cancel()
            if both:
                await asyncio.wait(both)
            reset(near)
            reset(far)

    async def _pump(self, sender: str, come: socket.socket, go: socket.socket) -> bool:
        """Pass octets one way; whether the connection is to be reset now."""
        loop, count = asyncio.get_running_loop(), 0
        with suppress(OSError):
            while octets := await loop.sock_recv(come, 16384):
                limit = self.reset_at.get(sender)
                if limit is not None and count + len(octets) >= limit:
                    del self.reset_at[sender]
                    await loop.sock_sendall(go, octets[: limit - count])
                    return True
                count += len(octets)
                self.octets[sender] += len(octets)
                await loop.sock_sendall(go, octets)
            go.shutdown(socket.SHUT_WR)
        return False

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@pytest.fixture
async def path() -> AsyncIterator[Route]:
    path = Route()
    with socket.create_server((RELAY, PORT)) as listening:
        listening.setblocking(False)
        serving = asyncio.create_task(path.serve(listening))
        yield path
        serving.cancel()
        await path.close()
        await asyncio.wait([serving])


@pytest.fixture
def by_the_route(a_document: Any, b_document: Any) -> list[Any]:
    """The configurations of A and B, of which only A calls; what they say passes the route."""
    for each in (a_document, b_document):
        each["connectors"][0]["stack"]["address"] = RELAY
    b_document["connectors"][0]["schedule"] = {"activation": "remote-initiated"}
    return [a_document, b_document]


async def reset_at(
    start: Start, path: Route, configurations: list[Any], sender: str, place: float, body: str
) -> None:
    """Reset the connection at a place of a transfer: it goes on at the last checkpoint."""
    a, b = [await start(each) for each in configurations]
    source, target, address = (a, b, A) if sender == "caller" else (b, a, B)
    path.reset_at = {address: int(place * len(body))}
    (sent,) = await submit(source.directory, body, *_ADDRESSES[sender])
    if source is b:
        await a.send(SMITH)  # opens the association that B's mail is fetched by
    async with asyncio.timeout(2 * PATIENCE):
        await says(target, "delivered", mts_identifier=sent)
        await says(source, "transfer", mts_identifier=sent)
    for mta in (a, b):
        assert [each["state"] for each in mta.all("recovery")] == ["lost", "recovered"]
        assert mta.events == []
    assert path.connections == 2
    (resumed,) = target.all("resumed")
    beyond = place * len(body) - resumed["octets"]
    assert beyond < (WINDOW + 1) * CHECKPOINT
    assert path.octets[address] < len(body) * 1.02 + (WINDOW + 2) * CHECKPOINT
    assert len(target.all("delivered", mts_identifier=sent)) == 1


_ADDRESSES = {"caller": (JONES, SMITH), "called": (SMITH, JONES)}


@pytest.mark.parametrize("sender", ["caller", "called"])
@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
async def test_after_a_reset_the_transfer_goes_on_at_the_last_confirmed_checkpoint(
    start: Start, path: Route, by_the_route: list[Any], sender: str, place: float
) -> None:
    await reset_at(start, path, by_the_route, sender, place, text(2))


@pytest.mark.proof
@pytest.mark.parametrize("sender", ["caller", "called"])
@pytest.mark.parametrize("place", range(20))
async def test_a_20_mb_transfer_goes_on_after_a_reset_at_20_places(
    start: Start, path: Route, by_the_route: list[Any], sender: str, place: int
) -> None:
    await reset_at(start, path, by_the_route, sender, (2 * place + 1) / 40, text(20))


class Count:
    """A tap on the survivor's sockets that kills the other process at a place of the transfer."""

    def __init__(self, what: str, place: int, kill: Callable[[], None]) -> None:
        self._what, self._place, self._kill = what, place, kill
        self.octets = 0

    def record(self, local: str, remote: str, what: str, octets: bytes = b"") -> None:
        if what == self._what:
            before, self.octets = self.octets, self.octets + len(octets)
            if before < self._place <= self.octets:
                self._kill()


class Process:
    """An MTA in a process of its own."""

    def __init__(self, configuration: dict[str, Any], directory: Path) -> None:
        configuration["server"]["clock"] = {"scale": SCALE}
        self._file, self.data = directory / "config.yaml", directory / "data"
        self._file.write_text(json.dumps(configuration))
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        arguments = ("-m", "mta_emu", "serve", str(self._file), "--data", str(self.data), "--json")
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stdout=asyncio.subprocess.PIPE
        )
        assert self._process.stdout
        while json.loads(await self._process.stdout.readline())["kind"] != "listening":
            pass
        self._reading = asyncio.create_task(self._process.stdout.read())

    def kill(self) -> None:
        assert self._process
        os.kill(self._process.pid, signal.SIGKILL)

    async def ended(self) -> None:
        assert self._process
        await self._process.wait()

    async def stop(self) -> None:
        if self._process and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()


def patient(*names: str) -> dict[str, Any]:
    """The configuration of an MTA that waits long for the other's next start."""
    found = document(*names)
    found["connectors"][0]["override"] = {"recovery_timeout": int(2 * PATIENCE * SCALE)}
    return found


async def killed_at(start: Start, tmp_path: Path, who: str, place: int, octets: int) -> None:
    """Kill one MTA in a transfer, and start it again: it goes on there, and is delivered once."""
    called, sends = who != "caller", who != "called receiver"
    theirs = patient(*(("B", "A", B, A) if called else ("A", "B", A, B)))
    mine = patient(*(("A", "B", A, B) if called else ("B", "A", B, A)))
    if called and sends:
        theirs["connectors"][0]["schedule"] = {"activation": "remote-initiated"}
    killed = Process(theirs, tmp_path)
    tap = Count("received" if sends else "sent", place, killed.kill)
    await killed.start()
    survivor = await start(mine, scale=SCALE, tap=tap)
    body, data = "x" * octets, killed.data if sends else survivor.directory
    try:
        (sent,) = await submit(data, body, *_ADDRESSES["called" if called and sends else "caller"])
        if called and sends:
            await survivor.send(SMITH)  # opens the association that the mail is fetched by
        async with asyncio.timeout(2 * PATIENCE):
            await killed.ended()
            await killed.start()
            await says(survivor, "delivered" if sends else "transfer", mts_identifier=sent)
        states = [each["state"] for each in survivor.all("recovery")]
        assert states == ["lost", "recovered"]
        assert tap.octets < octets * 1.02 + (2 * WINDOW + 2) * CHECKPOINT
        store = survivor.mta.store
        assert store.queues.lengths() == {}
        if sends:
            assert len(list(store.mailbox.read())) == 1
        else:
            assert await mailbox(killed.data) == [sent]
    finally:
        await killed.stop()


async def run(*arguments: object) -> list[Any]:
    """Run `mta-emu`; what it printed as JSON."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "mta_emu", *map(str, arguments), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return [json.loads(line) for line in output.splitlines()]


async def says(mta: Any, kind: str, **fields: Any) -> None:
    """Wait for a record longer than a test of short messages does."""
    while not mta.all(kind, **fields):
        with suppress(TimeoutError):
            await mta.said(kind, **fields)


async def submit(data: Path, body: str, sender: str = JONES, recipient: str = SMITH) -> list[str]:
    """Submit a message with a file to an MTA."""
    request = {"command": "submit_files", "from": sender, "to": [recipient], "text": ""}
    with (data / "body").open("w+b") as file:
        file.write(body.encode())
        answer = await send_files(data, request, [file], lambda _: None)
    identifiers: list[str] = answer["mts_identifiers"]
    return identifiers


async def mailbox(data: Path) -> list[str]:
    return [each["mts_identifier"] for each in await run("mail", "list", "--data", data, "--json")]


@pytest.mark.parametrize("who", ["caller", "called receiver", "called sender"])
async def test_a_killed_mta_has_the_message_once_after_its_next_start(
    start: Start, tmp_path: Path, who: str
) -> None:
    await killed_at(start, tmp_path, who, place=1_000_000, octets=2_000_000)


@pytest.mark.proof
@pytest.mark.parametrize("who", ["caller", "called receiver", "called sender"])
@pytest.mark.parametrize("place", range(20))
async def test_a_20_mb_transfer_with_a_kill_at_20_places(
    start: Start, tmp_path: Path, who: str, place: int
) -> None:
    octets = 20 << 20
    await killed_at(start, tmp_path, who, place=octets * (2 * place + 1) // 40, octets=octets)
