"""A call, and what comes of it, on this machine's own addresses."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firewall_proxy.request import Request, read
from labkit.addresses import End, parse_address
from mta_emu.osi.tpkt import frame
from mta_lab.engines.answer import Answer
from mta_lab.play.syn import call

HERE = Path("/proc/self/ns/net")
CALLER = End(parse_address("127.0.113.8"), 40000)


def never() -> bool:
    return False


def first(act: Callable[[], object]) -> Callable[[], bool]:
    """Act when it is first asked whether the call has arrived, which it never has."""
    acts = [act]

    def ask() -> bool:
        if acts:
            acts.pop()()
        return False

    return ask


@pytest.fixture
def listener(needs_netns: Callable[[], None]) -> Iterator[socket.socket]:
    needs_netns()
    with socket.create_server(("127.0.113.9", 0)) as found:
        yield found


def test_a_call_that_arrives_is_connected(listener: socket.socket) -> None:
    to = End.of_socket(listener.getsockname())
    found = call(HERE, CALLER, to, lambda: True, 60)
    assert found.answer is Answer.CONNECTED


def test_a_peer_that_speaks_first_has_the_call(listener: socket.socket) -> None:
    to = End.of_socket(listener.getsockname())

    clients: list[socket.socket] = []

    def greet() -> None:
        client, _ = listener.accept()
        client.sendall(b"220 hello")
        clients.append(client)

    found = call(HERE, CALLER, to, first(greet), 60)
    assert found.answer is Answer.CONNECTED
    clients[0].close()


def test_one_that_is_accepted_and_closed_again_is_closed(listener: socket.socket) -> None:
    to = End.of_socket(listener.getsockname())

    def close() -> None:
        listener.accept()[0].close()

    found = call(HERE, CALLER, to, first(close), 60)
    assert found.answer is Answer.CLOSED


def test_one_that_is_accepted_and_never_arrives_hangs(listener: socket.socket) -> None:
    to = End.of_socket(listener.getsockname())
    assert call(HERE, CALLER, to, never, 0.2).answer is Answer.HUNG


def test_a_closed_port_resets(listener: socket.socket) -> None:
    to = End.of_socket(listener.getsockname())
    listener.close()
    assert call(HERE, CALLER, to, never, 60).answer is Answer.RESET


def test_an_address_that_is_not_the_host_s_cannot_call(listener: socket.socket) -> None:
    to = End.of_socket(listener.getsockname())
    with pytest.raises(OSError, match="Cannot assign"):
        call(HERE, End(parse_address("203.0.113.50"), 40000), to, never, 60)


@pytest.mark.parametrize(
    ("tpdu", "answer"),
    [
        (b"\x06\x80\x00\x01\x00\x00\x03", Answer.REFUSED),  # DR: the address is unknown
        (b"\x04\x70\x00\x01\x02", Answer.REFUSED),  # ER
        (b"\x06\xd0\x00\x01\x00\x02\x00", Answer.CONNECTED),  # CC
    ],
)
@pytest.mark.parametrize("called", [None, b"", b"MTA"])
def test_a_request_is_said_first_and_its_answer_is_read(
    listener: socket.socket, tpdu: bytes, answer: Answer, called: bytes | None
) -> None:
    to = End.of_socket(listener.getsockname())
    said: list[bytes] = []

    def serve() -> None:
        with listener.accept()[0] as client:
            said.append(client.recv(100))
            client.sendall(frame(tpdu))

    found = call(HERE, CALLER, to, first(serve), 60, Request(called))
    assert found.answer is answer
    assert read(said[0]) == Request(called)
