"""Where the firewall listens: over a reload, and when the process has no file left."""

import asyncio
import socket
from typing import Any

import pytest

from firewall_proxy.listeners import CannotStart
from firewall_proxy.records import Outcome
from tests.firewall_proxy.bench import INSIDE, Bench, echo
from tests.mta_emu.test_acceptor import no_more_descriptors
from tests.patience import PATIENCE


async def test_without_file_descriptors_a_client_is_reset_and_the_next_one_served(
    bench: Bench,
) -> None:
    """The spare file makes room to say no, again and again."""
    await bench.start(echo)
    loop = asyncio.get_running_loop()
    clients = [socket.socket() for _ in range(3)]

    async def call(client: socket.socket) -> None:
        async with asyncio.timeout(PATIENCE):
            await loop.sock_connect(client, bench.address)
            await loop.sock_recv(client, 1)

    with no_more_descriptors():
        for client in clients:
            client.setblocking(False)
            with pytest.raises(ConnectionResetError):
                await call(client)
    ended = await bench.ended()
    assert ended.outcome is Outcome.LIMIT
    assert ended.reason == "this process may have no more open files"
    assert len(bench.connections) == 1  # the others are counted
    for client in clients:
        client.close()
    reader, writer = await bench.connect()
    writer.write(b"x")
    assert await reader.readexactly(1) == b"x"


async def test_a_reload_opens_and_closes_listening_sockets(bench: Bench) -> None:
    await bench.start(echo)
    before = bench.address
    bench.reload(service={"listen": {"interface": "inside", "port": 0}})
    assert bench.address[0] == INSIDE
    reader, writer = await bench.connect()
    writer.write(b"there")
    assert await reader.readexactly(5) == b"there"
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*before)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"interfaces": {"outside": {"address": "192.0.2.9"}}}, "services.0.listen"),
        ({"clock": {"scale": 7}}, "clock.scale: cannot change while the firewall runs"),
    ],
)
async def test_a_reload_that_cannot_be_served_changes_nothing(
    bench: Bench, changes: dict[str, Any], complaint: str
) -> None:
    await bench.start(echo)
    interfaces = bench.document["interfaces"] | changes.pop("interfaces", {})
    with pytest.raises(CannotStart, match=complaint):
        bench.reload(interfaces=interfaces, **changes)
    reader, writer = await bench.connect()
    writer.write(b"still")
    assert await reader.readexactly(5) == b"still"
    assert bench.peers == [INSIDE]
