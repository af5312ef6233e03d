"""Calls as packets at the called host show them."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from labkit.addresses import End, parse_address
from mta_lab.play.arrivals import Arrivals

HERE = Path("/proc/self/ns/net")
OWN = parse_address("127.0.0.1"), parse_address("::1")


@pytest.fixture(params=OWN, ids=str)
def server(request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if request.param.version == 6 else socket.AF_INET
    with socket.create_server((str(request.param), 0), family=family) as listening:
        yield listening


def test_a_call_that_was_closed_at_once_has_arrived(
    server: socket.socket, needs_netns: Callable[[], None]
) -> None:
    """And one to another port has not."""
    needs_netns()
    address, port = server.getsockname()[:2]
    with (
        Arrivals({"CORE": frozenset({port})}, {"CORE": HERE}) as arrivals,
        socket.create_server((address, 0), family=server.family) as other,
    ):
        assert arrivals.calls() == []
        callers = []
        for called in (server, other):
            with socket.create_connection(called.getsockname()[:2]) as client:
                callers.append(client.getsockname()[:2])
                client.sendall(b"unread")
                called.accept()[0].close()
        assert arrivals.calls() == [("CORE", End(parse_address(address), callers[0][1]))]


def test_who_is_reset_has_not_arrived(
    server: socket.socket, needs_netns: Callable[[], None]
) -> None:
    needs_netns()
    address, port = server.getsockname()[:2]
    server.close()
    with Arrivals({"CORE": frozenset({port})}, {"CORE": HERE}) as arrivals:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((address, port))
        assert arrivals.calls() == []
