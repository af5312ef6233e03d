"""Sockets of both versions of IP."""

import socket
import sys

import pytest

from labkit.addresses import End, parse_address
from labkit.sockets import (
    LISTENING,
    family,
    in_table,
    is_bound,
    listeners,
    listening_socket,
    tcp_sockets,
)


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


HERE = parse_address("127.0.113.7")
TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0A7100CB:0066 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0
   1: 0B7100CB:0066 0A7100CB:C000 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   2: B80D0120000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 0 0 0
"""


@pytest.mark.skipif(sys.byteorder != "little", reason="the table has the machine's byte order")
def test_only_listening_sockets_are_listeners_of_both_families() -> None:
    ends = {End.parse("203.0.113.10:102"), End.parse("[2001:db8::1]:8080")}
    assert listeners(in_table(TABLE)) == ends
    assert listeners(in_table("")) == frozenset()


def test_a_socket_is_seen_when_it_listens_and_not_when_it_is_only_bound() -> None:
    with socket.socket() as listener:
        listener.bind((str(HERE), 0))
        end = End.of_socket(listener.getsockname())
        assert end not in listeners(tcp_sockets())
        listener.listen()
        assert end in listeners(tcp_sockets())
    assert end not in listeners(tcp_sockets())


@pytest.mark.parametrize(
    ("found", "bound"),
    [("127.0.113.7", True), ("0.0.0.0", True), ("::", True), ("127.0.113.8", False)],
)
def test_who_listens_everywhere_listens_at_every_address(found: str, bound: bool) -> None:
    listening = {End(parse_address(found), 102)}
    assert is_bound(End(HERE, 102), listening) is bound
    assert not is_bound(End(HERE, 103), listening)
