"""A reset is noticed at once, also while nothing is read."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator

import pytest

from firewall_proxy.reset_watch import ResetWatch
from tests.patience import PATIENCE

LINGER = struct.pack("ii", 1, 0)


@pytest.fixture
async def watch() -> AsyncIterator[ResetWatch]:
    watch = ResetWatch(asyncio.get_running_loop())
    yield watch
    watch.close()


def pair() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.100.73", 0)) as listener:
        near = socket.create_connection(listener.getsockname())
        far, _ = listener.accept()
    return near, far


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
    connection.close()


async def test_a_reset_is_noticed_though_data_wait(watch: ResetWatch) -> None:
    near, far = pair()
    noticed = asyncio.Event()
    with near, watch.watching(near, noticed.set):
        far.sendall(b"unread")
        reset(far)
        async with asyncio.timeout(PATIENCE):
            await noticed.wait()


async def test_one_that_came_before_is_noticed_soon(watch: ResetWatch) -> None:
    near, far = pair()
    noticed = asyncio.Event()
    reset(far)
    with near, watch.watching(near, noticed.set):
        async with asyncio.timeout(PATIENCE):
            await noticed.wait()


async def test_an_end_is_no_reset(watch: ResetWatch) -> None:
    near, far = pair()
    called: list[str] = []
    other, its_far = pair()
    noticed = asyncio.Event()
    with (
        near,
        other,
        watch.watching(near, lambda: called.append("near")),
        watch.watching(other, noticed.set),
    ):
        far.close()
        near.shutdown(socket.SHUT_WR)  # closed both ways: what a level would report without end
        reset(its_far)
        async with asyncio.timeout(PATIENCE):
            await noticed.wait()
    assert called == []


async def test_after_the_watch_nobody_is_called(watch: ResetWatch) -> None:
    near, far = pair()
    called: list[str] = []
    with watch.watching(near, lambda: called.append("near")):
        pass
    other, its_far = pair()
    noticed = asyncio.Event()
    with near, other, watch.watching(other, noticed.set):
        reset(far)
        reset(its_far)
        async with asyncio.timeout(PATIENCE):
            await noticed.wait()
    assert called == []
