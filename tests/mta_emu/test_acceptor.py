"""Listening sockets, and a process that has no file descriptor left."""

import asyncio
import errno
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from labkit.addresses import End, parse_address
from mta_emu import acceptor as module
from mta_emu.acceptor import Acceptor, make_room
from tests.patience import PATIENCE

HERE, ELSEWHERE, PORT = "127.0.113.62", "127.0.113.63", 10662
ENDS = [End(parse_address(each), PORT) for each in (HERE, ELSEWHERE)]


@contextmanager
def no_more_descriptors() -> Iterator[None]:
    """Nothing can be opened in this block that needs another file descriptor."""
    with socket.socket() as last:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (last.fileno() + 1, hard))
        try:
            with pytest.raises(OSError, match="Too many open files"):
                socket.socket()
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_each_connection_is_handed_over() -> None:
    queue: asyncio.Queue[socket.socket] = asyncio.Queue()
    acceptor = Acceptor(queue.put_nowait, pytest.fail)
    acceptor.listen(ENDS)
    clients = [socket.create_connection((each, PORT)) for each in (HERE, ELSEWHERE, HERE)]
    async with asyncio.timeout(PATIENCE):
        accepted = [await queue.get() for _ in clients]
    assert {each.getpeername() for each in accepted} == {each.getsockname() for each in clients}
    acceptor.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HERE, PORT))
    for each in (*accepted, *clients):
        each.close()


async def test_without_descriptors_callers_wait_and_it_is_said_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_RETRY", 0.05)
    accepted: list[socket.socket] = []
    said: asyncio.Queue[OSError] = asyncio.Queue()
    recovered = asyncio.Event()
    acceptor = Acceptor(accepted.append, said.put_nowait, recovered.set)
    acceptor.listen(ENDS[:1])
    client = socket.socket()
    with no_more_descriptors():
        client.connect((HERE, PORT))
        async with asyncio.timeout(PATIENCE):
            error = await said.get()
        assert error.errno == errno.EMFILE
        await asyncio.sleep(0.2)  # several retries
    assert said.empty()
    async with asyncio.timeout(PATIENCE):
        await recovered.wait()
    assert [each.getpeername() for each in accepted] == [client.getsockname()]
    acceptor.close()
    for each in (*accepted, client):
        each.close()


def test_room_is_made_for_as_many_connections_as_there_may_be() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (400, hard))
    try:
        make_room(20)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (400, hard)
        make_room(1250)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == min(1506, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_an_address_that_is_taken_is_named_and_none_is_kept() -> None:
    with socket.create_server((ELSEWHERE, PORT)):
        acceptor = Acceptor(pytest.fail, pytest.fail)
        with pytest.raises(OSError, match=f"{ELSEWHERE}:{PORT}"):
            acceptor.listen(ENDS)
    with socket.create_server((HERE, PORT)):
        pass
