"""Octets between two sockets, urgent ones too, and how a relay ends."""

import asyncio
import socket
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firewall_proxy.records import Outcome
from firewall_proxy.relay import Direction, Patience, Relay, Silence
from firewall_proxy.reset_watch import ResetWatch
from tests.patience import PATIENCE

PATIENT = Patience(first_octet=60, half_close=60, idle=60)


def pair(stack: ExitStack) -> tuple[socket.socket, socket.socket]:
    """A connection: the end that the relay has, and the other."""
    with socket.create_server(("127.0.100.74", 0)) as listener:
        far = stack.enter_context(socket.create_connection(listener.getsockname()))
        near, _ = listener.accept()
    stack.enter_context(near)
    for each in (near, far):
        each.setblocking(False)
        each.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
    return near, far


async def receive_all(connection: socket.socket) -> bytes:
    octets = b""
    while part := await asyncio.get_running_loop().sock_recv(connection, 65536):
        octets += part
    return octets


async def send(connection: socket.socket, pieces: list[tuple[bytes, bool]]) -> None:
    """Send pieces, of which some are urgent, and end."""
    for octets, urgent in pieces:
        if urgent:
            connection.send(octets, socket.MSG_OOB)
        else:
            await asyncio.get_running_loop().sock_sendall(connection, octets)
    connection.shutdown(socket.SHUT_WR)


PIECES = st.lists(
    st.tuples(st.binary(min_size=1, max_size=9000), st.just(False))
    | st.tuples(st.binary(min_size=1, max_size=1), st.just(True)),
    max_size=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PIECES, PIECES, st.sampled_from([4096, 65536]))
def test_octets_go_both_ways_in_their_order(
    out: list[tuple[bytes, bool]], back: list[tuple[bytes, bool]], capacity: int
) -> None:
    async def play() -> None:
        loop = asyncio.get_running_loop()
        with ExitStack() as stack:
            client, user = pair(stack)
            destination, server = pair(stack)
            watch = ResetWatch(loop)
            stack.callback(watch.close)
            relay = Relay(client, destination, watch, capacity, PATIENT)
            async with asyncio.timeout(PATIENCE):
                outcome, _, _, at_server, at_user = await asyncio.gather(
                    relay_and_close(relay, client, destination),
                    send(user, out),
                    send(server, back),
                    receive_all(server),
                    receive_all(user),
                )
            assert outcome is Outcome.CLOSED
            assert at_server == b"".join(octets for octets, _ in out)
            assert at_user == b"".join(octets for octets, _ in back)
            assert (relay.out.passed_on, relay.back.passed_on) == (len(at_server), len(at_user))

    asyncio.run(play())


async def relay_and_close(relay: Relay, *ends: socket.socket) -> Outcome:
    outcome = await relay.run()
    for each in ends:
        each.close()
    return outcome


@pytest.mark.parametrize(
    ("patience", "client_sends", "server_ends", "silence"),
    [
        (Patience(0.1, 60, 60), b"", False, Silence.FIRST_OCTET),
        (Patience(0.1, 60, 0.3), b"x", False, Silence.IDLE),
        (Patience(60, 0.1, 60), b"x", True, Silence.HALF_CLOSE),
        (Patience(60, 60, 0.1), b"x", True, Silence.IDLE),
        (Patience(60, 60, 0.1), b"", False, Silence.IDLE),
    ],
)
async def test_a_silence_ends_it_and_is_named(
    patience: Patience, client_sends: bytes, server_ends: bool, silence: Silence
) -> None:
    with ExitStack() as stack:
        client, user = pair(stack)
        destination, server = pair(stack)
        watch = ResetWatch(asyncio.get_running_loop())
        stack.callback(watch.close)
        user.send(client_sends)
        if server_ends:
            server.shutdown(socket.SHUT_WR)
        relay = Relay(client, destination, watch, 65536, patience)
        async with asyncio.timeout(PATIENCE):
            assert await relay.run() is Outcome.IDLE
        assert relay.silence is silence


def test_a_direction_ends_only_at_an_end() -> None:
    with ExitStack() as stack:
        source, far = pair(stack)
        sink, _ = pair(stack)
        direction = stack.enter_context(Direction(source, sink, 65536))
        with pytest.raises(BlockingIOError):
            direction.take()
        assert not direction.ended
        far.send(b"!", socket.MSG_OOB)
        direction.take()  # an urgent octet alone
        direction.give()
        assert (direction.ended, direction.passed_on, direction.begun) == (False, 1, True)
        far.shutdown(socket.SHUT_WR)
        direction.take()
        assert direction.ended
