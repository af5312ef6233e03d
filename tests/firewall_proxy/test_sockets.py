"""What the firewall asks of single sockets."""

import errno
import os
import socket
import subprocess
import sys

import pytest

from firewall_proxy.failures import SourceUnusableError
from firewall_proxy.policy import OnwardSource
from firewall_proxy.sockets import accept, onward_socket, own_end, reset, service_socket
from labkit.addresses import End, IPAddress, parse_address
from labkit.reason import Reason

HERE, SIX = parse_address("127.0.100.71"), parse_address("::1")
WHY = Reason("source address", "of the test")


def pair(source: IPAddress | None, here: IPAddress = HERE) -> tuple[socket.socket, socket.socket]:
    """A client that the firewall accepted, and the connection that it opened."""
    with service_socket(End(here, 0), 5) as listener:
        onward = onward_socket(OnwardSource(source, False, WHY), here)
        assert onward.connect_ex(listener.getsockname()) in (0, errno.EINPROGRESS)
        listener.setblocking(True)
        client, peer = accept(listener)
        assert peer == End.of_socket(client.getpeername())
    return client, onward


@pytest.mark.parametrize(
    ("source", "here"),
    [("127.0.113.71", HERE), ("127.0.113.72", HERE), ("::1", SIX)],
)
def test_the_source_is_the_one_that_was_decided(source: str, here: IPAddress) -> None:
    client, onward = pair(parse_address(source), here)
    with client, onward:
        assert client.getpeername()[0] == source == str(own_end(onward).address)


@pytest.mark.parametrize(("here", "begins"), [(HERE, "127."), (SIX, "::1")])
def test_without_a_source_the_route_chooses(here: IPAddress, begins: str) -> None:
    client, onward = pair(None, here)
    with client, onward:
        assert client.getpeername()[0].startswith(begins)


def test_sockets_do_not_block_do_not_wait_and_keep_urgent_data_in_place() -> None:
    client, onward = pair(HERE)
    with client, onward:
        for each in (client, onward):
            assert not each.getblocking()
            assert each.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert each.getsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE)


@pytest.mark.parametrize(
    ("source", "here", "error"),
    [
        ("192.0.2.71", HERE, errno.EADDRNOTAVAIL),
        ("2001:db8::71", SIX, errno.EADDRNOTAVAIL),
        ("192.0.2.71", SIX, errno.EAFNOSUPPORT),
        ("2001:db8::71", HERE, errno.EAFNOSUPPORT),
    ],
)
def test_a_source_of_somebody_else_is_refused_before_anything_is_sent(
    source: str, here: IPAddress, error: int
) -> None:
    with pytest.raises(SourceUnusableError) as unusable:
        onward_socket(OnwardSource(parse_address(source), False, WHY), here)
    assert unusable.value.errno == error


_FOREIGN = """
import sys
from firewall_proxy.policy import OnwardSource
from firewall_proxy.sockets import onward_socket
from labkit.addresses import parse_address
from labkit.reason import Reason

source, destination = map(parse_address, sys.argv[1:])
with onward_socket(OnwardSource(source, True, Reason("", "")), destination) as onward:
    onward.connect_ex((str(destination), 102))
    print(onward.getsockname()[0])
"""


@pytest.mark.parametrize(
    ("source", "destination"), [("192.0.2.71", "127.0.0.1"), ("2001:db8::71", "::1")]
)
def test_a_privileged_firewall_takes_on_the_address_of_a_client(
    source: str, destination: str
) -> None:
    if os.geteuid() != 0:
        pytest.skip("to use the addresses of others needs root")
    script = 'ip link set lo up && exec "$0" -c "$@"'
    command = ["unshare", "--net", "sh", "-c", script, sys.executable]
    done = subprocess.run(
        [*command, _FOREIGN, source, destination], capture_output=True, text=True, check=False
    )
    if "Operation not permitted" in done.stderr:
        pytest.skip(f"cannot be prepared here: {done.stderr.strip()}")
    assert done.stdout.strip() == source, done.stderr


def test_a_reset_is_a_reset_and_no_end() -> None:
    client, onward = pair(HERE)
    with client:
        reset(onward)
        client.setblocking(True)
        with pytest.raises(ConnectionResetError):
            client.recv(1)
