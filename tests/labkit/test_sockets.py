"""Sockets of both versions of IP."""

import socket

import pytest

from labkit.addresses import End, parse_address
from labkit.sockets import LISTENING, family, listening_socket, tcp_sockets


@pytest.mark.parametrize("text", ["127.0.0.1", "::1"])
def test_a_caller_is_shown_by_the_address_it_called_from(text: str) -> None:
    own = parse_address(text)
    with listening_socket(End(own, 0)) as listener:
        listener.setblocking(True)
        at = End.of_socket(listener.getsockname())
        with socket.create_connection((text, at.port)), listener.accept()[0] as accepted:
            assert End.of_socket(accepted.getpeername()).address == own
            assert accepted.family == listener.family == family(own)


def test_a_socket_of_both_versions_shows_an_ipv4_caller_as_such() -> None:
    with listening_socket(End(parse_address("::"), 0)) as listener:
        listener.setblocking(True)
        at = End.of_socket(listener.getsockname())
        with socket.create_connection(("127.0.0.1", at.port)), listener.accept()[0] as accepted:
            assert accepted.getpeername()[0] == "::ffff:127.0.0.1"
            assert End.of_socket(accepted.getpeername()).address == parse_address("127.0.0.1")


def test_an_ipv6_socket_leaves_the_port_to_others_over_ipv4() -> None:
    with listening_socket(End(parse_address("::1"), 0)) as listener:
        port = End.of_socket(listener.getsockname()).port
        with listening_socket(End(parse_address("127.0.0.1"), port)) as other:
            assert other.family == socket.AF_INET


@pytest.mark.parametrize("text", ["127.0.0.1", "::1", "::"])
def test_the_kernel_tells_its_sockets(text: str) -> None:
    with listening_socket(End(parse_address(text), 0)) as listener:
        own = End.of_socket(listener.getsockname())
        with socket.create_connection(("127.0.0.1" if text != "::1" else text, own.port)) as caller:
            here, there = (
                End.of_socket(each) for each in (caller.getsockname(), caller.getpeername())
            )
            known = [*tcp_sockets()]
    assert (own, LISTENING) in [(each.local, each.state) for each in known]
    ends = [(each.local, each.remote) for each in known]
    assert (here, there) in ends
    assert (there, here) in ends
