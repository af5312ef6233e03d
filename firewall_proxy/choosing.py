"""Waits for a client's connection request where that says which service is meant.

The octets are looked at and left where they are (MSG_PEEK), so that whoever is passed on to gets
them unread. The socket wakes us when as many are there as the next look needs (SO_RCVLOWAT): a
client that sends its request octet by octet costs no more than another one. How long all of it may
take is bounded, and so is how much is looked at.
"""

import asyncio
import os
import select
import socket
from collections.abc import Sequence
from contextlib import suppress

from firewall_proxy import policy
from firewall_proxy.config import Limits, Service
from firewall_proxy.passage import RESET_ON, Ending, silence
from firewall_proxy.records import Outcome
from firewall_proxy.request import LONGEST, NoRequest, Request, Unfinished, read, refusal
from firewall_proxy.reset_watch import ResetWatch
from firewall_proxy.sockets import reset
from labkit.clock import LabClock
from labkit.reason import Reason

_DRAINED = 1 << 16  # octets of a refused client that are thrown away, so that it gets its answer


async def choose(
    client: socket.socket,
    services: Sequence[Service],
    *,
    limits: Limits,
    clock: LabClock,
    watch: ResetWatch,
) -> policy.Chosen | Ending:
    """The service that a client means; or how it ended, refused and closed.

    To cancel it is to stop it: STOPPED.
    """
    try:
        async with asyncio.timeout(silence(clock, limits.first_octet_timeout)):
            first = await _first(client, watch)
    except TimeoutError:
        reset(client)
        return _too_late(limits)
    except OSError:
        reset(client)
        return Ending(Outcome.RESET_BY_CLIENT, RESET_ON)
    except asyncio.CancelledError:
        reset(client)
        return Ending(Outcome.STOPPED, Reason("end", "the firewall stops"))
    chosen = policy.choose(services, first)
    if isinstance(chosen, Reason):
        _refuse(client)
        outcome = Outcome.NO_REQUEST if isinstance(first, NoRequest) else Outcome.DENIED
        return Ending(outcome, chosen)
    return chosen


async def _first(client: socket.socket, watch: ResetWatch) -> Request | NoRequest:
    """What the client sends first. Raises OSError when it resets."""
    loop = asyncio.get_running_loop()
    wanted = 1
    while True:
        news: asyncio.Future[None] = loop.create_future()

        def settle(error: OSError | None, news: asyncio.Future[None] = news) -> None:
            if not news.done():
                news.set_exception(error) if error else news.set_result(None)

        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, wanted)
        loop.add_reader(client, settle, None)
        try:
            with watch.watching(client, lambda: settle(ConnectionResetError())):
                await news
        finally:
            loop.remove_reader(client)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
        octets = _peek(client)
        found = read(octets)
        if not isinstance(found, Unfinished):
            return found
        if _has_ended(client):
            return NoRequest(f"the client ended after {len(octets)} octets")
        wanted = found.octets


def _peek(client: socket.socket) -> bytes:
    try:
        return client.recv(LONGEST, socket.MSG_PEEK)
    except BlockingIOError:
        return b""


def _has_ended(client: socket.socket) -> bool:
    """Whether the client sends no more. Raises OSError when it has reset."""
    if code := client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        raise OSError(code, os.strerror(code))
    poll = select.poll()
    poll.register(client, select.POLLRDHUP)
    return bool(poll.poll(0))


def _refuse(client: socket.socket) -> None:
    """Answer as X.224 says, and close; a client whose octets are left unread would be reset."""
    with suppress(OSError):
        answer = refusal(_peek(client))
        client.recv(_DRAINED)
        if answer:
            client.send(answer)
            client.shutdown(socket.SHUT_WR)
            client.close()
            return
    reset(client)


def _too_late(limits: Limits) -> Ending:
    field = "first_octet_timeout"
    seconds = f"{limits.first_octet_timeout:g} s"
    text = f"the client sent no whole connection request in {seconds}"
    return Ending(
        Outcome.IDLE, Reason(field, text, f"within {seconds}", "less", limits.place(field))
    )
