"""What the firewall asks of single sockets."""

import errno
import socket
from ipaddress import IPv4Address

import pytest

from firewall_proxy.failures import SourceUnusableError
from firewall_proxy.policy import OnwardSource
from firewall_proxy.sockets import accept, endpoint, listening_socket, onward_socket, reset
from labkit.reason import Reason

HERE = IPv4Address("127.0.100.71")
WHY = Reason("source address", "of the test")


def pair(source: IPv4Address | None) -> tuple[socket.socket, socket.socket]:
    """A client that the firewall accepted, and the connection that it opened."""
    with listening_socket(HERE, 0, 5) as listener:
        onward = onward_socket(OnwardSource(source, False, WHY))
        assert onward.connect_ex(listener.getsockname()) in (0, errno.EINPROGRESS)
        listener.setblocking(True)
        client, _ = accept(listener)
    return client, onward


@pytest.mark.parametrize("source", ["127.0.113.71", "127.0.113.72"])
def test_the_source_is_the_one_that_was_decided(source: str) -> None:
    client, onward = pair(IPv4Address(source))
    with client, onward:
        assert client.getpeername()[0] == source == onward.getsockname()[0]


def test_without_a_source_the_route_chooses() -> None:
    client, onward = pair(None)
    with client, onward:
        assert client.getpeername()[0].startswith("127.")


def test_sockets_do_not_block_do_not_wait_and_keep_urgent_data_in_place() -> None:
    client, onward = pair(HERE)
    with client, onward:
        for each in (client, onward):
            assert not each.getblocking()
            assert each.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert each.getsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE)


def test_a_source_of_somebody_else_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(SourceUnusableError) as error:
        onward_socket(OnwardSource(IPv4Address("192.0.2.71"), False, WHY))
    assert error.value.errno == errno.EADDRNOTAVAIL


def test_a_reset_is_a_reset_and_no_end() -> None:
    client, onward = pair(HERE)
    with client:
        reset(onward)
        client.setblocking(True)
        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_an_address_as_log_lines_have_it() -> None:
    assert endpoint(("192.0.2.1", 102)) == "192.0.2.1:102"
