"""Joins one OSI stack to one TCP socket: the only place where the stack meets asyncio.

Theory of operation. The socket calls `data_received`, the stack makes indications of the octets,
and the user takes them with `received` or `receive`. A `request` goes through the stack to the
socket at once. Nothing here waits for the peer to read: while the socket takes no more, what is
left stays in the stack, and goes on when it does. So every timer of the user holds while octets are
sent, too.

However a connection ends (FIN, reset, a write that fails, `drop`), the socket calls
`connection_lost`, the stack gets the end, and `at_end` is set: one event for all of them.
"""

import asyncio
import socket
from collections import deque
from contextlib import nullcontext, suppress
from typing import NamedTuple, cast

from labkit.addresses import End, IPAddress
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import RtPAbort, RtPrimitive
from mta_emu.tap import Tap

_UNREAD = 256 * 1024  # octets that are read before the user has taken what came before
_FLUSH = 2.0  # wall seconds that the peer has to read the last octets before the socket is closed

#: Wall seconds of silence after which TCP probes a peer, where nobody says another number.
KEEPALIVE = 60
_PROBES = 4  # without an answer, over as many seconds again, after which the connection is lost


class Ends(NamedTuple):
    """The ends of a connection, "address:port" each, with an IPv6 address in brackets."""

    local: str
    peer: str

    @property
    def peer_address(self) -> IPAddress:
        """The peer's address without the port."""
        return End.parse(self.peer).address


class Endpoint(asyncio.Protocol):
    """A live RT-association endpoint: request primitives, receive indications.

    The stack decides what is sent and what arrives; this class moves octets and reports to the
    stack when the socket has ended.
    """

    def __init__(
        self,
        connection: RtseConnection,
        tap: Tap | None = None,
        *,
        accepted: bool,
        keepalive: int = KEEPALIVE,
    ) -> None:
        """Join `connection` to a socket that is about to be made, or was `accepted`.

        TCP probes the peer after `keepalive` wall seconds of silence.
        """
        self.connection = connection
        self.ends = Ends("", "")
        self.at_end = False  # the peer has closed or reset the connection, or cannot be reached
        self.error: OSError | None = None  # that the socket broke with
        self._tap = tap
        self._keepalive = keepalive
        self._accepted = accepted
        self._transport: asyncio.Transport | None = None  # while it can be written to
        self._writable = True
        self._reading = True
        self._closed = False  # by this side: what still comes is passed over
        self._unread = 0  # octets since the user has taken all indications
        self._indications: deque[RtPrimitive] = deque()
        self._happened = asyncio.Event()
        self._lost = asyncio.Event()

    @classmethod
    async def connect(
        cls,
        connection: RtseConnection,
        address: str,
        port: int,
        source: str | None = None,
        tap: Tap | None = None,
        *,
        keepalive: int = KEEPALIVE,
    ) -> "Endpoint":
        """Open a TCP connection from the address `source` (None: the kernel's choice).

        Raises OSError when the connection cannot be made.
        """
        _, endpoint = await asyncio.get_running_loop().create_connection(
            lambda: cls(connection, tap, accepted=False, keepalive=keepalive),
            address,
            port,
            local_addr=(source, 0) if source else None,
        )
        return endpoint._made()

    @classmethod
    async def accept(
        cls,
        connection: RtseConnection,
        sock: socket.socket,
        tap: Tap | None = None,
        *,
        keepalive: int = KEEPALIVE,
    ) -> "Endpoint":
        """Take a connection that a listening socket has accepted.

        Raises ConnectionResetError when the peer has reset it meanwhile.
        """
        _, endpoint = await asyncio.get_running_loop().connect_accepted_socket(
            lambda: cls(connection, tap, accepted=True, keepalive=keepalive), sock
        )
        return endpoint._made()

    @classmethod
    def lost(cls, connection: RtseConnection, ends: Ends, reason: str) -> "Endpoint":
        """An endpoint whose connection was lost before: of an association of another process."""
        endpoint = cls(connection, accepted=not connection.initiator)
        endpoint.ends, endpoint.at_end = ends, True
        endpoint._indications.append(RtPAbort(reason, by_peer=True, recoverable=True))
        return endpoint

    def _made(self) -> "Endpoint":
        if not self.ends.peer:
            raise ConnectionResetError("reset as soon as it was made")
        return self

    # For the user

    def request(self, *primitives: RtPrimitive) -> None:
        """Hand requests or responses to the stack, and send what it makes of them."""
        for primitive in primitives:
            self.connection.request(primitive)
        self._flush()

    def received(self) -> RtPrimitive | None:
        """The next indication or confirm, if it has come already."""
        indication = self._indications.popleft() if self._indications else None
        if not (self._indications or self._reading):
            self._read_on()
        return indication

    @property
    def waiting(self) -> int:
        """How many indications and confirms have come and were not taken yet."""
        return len(self._indications)

    def has_waiting(self, *kinds: type[RtPrimitive]) -> bool:
        """Whether an indication or confirm of these kinds has come and was not taken yet."""
        return any(isinstance(each, kinds) for each in self._indications)

    async def receive(self) -> RtPrimitive | None:
        """The next indication or confirm; None when the connection has ended.

        A cancelled call loses nothing.
        """
        while not (self._indications or self.at_end):
            await self.wait()
        return self.received()

    async def wait(self, seconds: float | None = None) -> None:
        """Wait for an indication or the end, for `wake`, or until so many wall seconds are over."""
        if self._indications or self.at_end:
            return
        with suppress(TimeoutError):
            async with nullcontext() if seconds is None else asyncio.timeout(seconds):
                await self._happened.wait()
        self._happened.clear()

    def wake(self) -> None:
        """End the present `wait`, or else the next one."""
        self._happened.set()

    def drop(self) -> None:
        """Reset the connection; what it had brought can still be received."""
        if self._transport:
            self._transport.abort()

    async def close(self, linger: float = 5.0) -> None:
        """Close the socket once the stack has nothing more to send or to receive.

        Waits up to `linger` wall seconds for the peer, who may owe the last word (X.224 6.7 leaves
        the release of class 0 to the network connection), and a moment for it to read ours.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(linger):
                while not (self.at_end or self.connection.closed):
                    self._indications.clear()
                    self._read_on()
                    await self.wait()
        self._close()
        await self._gone()

    async def hang_up(self, linger: float = 5.0) -> None:
        """End the connection without a word of the stack, whatever the peer says.

        It is ended with FIN and read to its end, so that the peer sees an end and no reset.
        """
        self._close()
        if self._transport and not self._transport.is_closing():
            self._transport.write_eof()
        with suppress(TimeoutError):
            async with asyncio.timeout(linger):
                while not self.at_end:
                    await self.wait()
        await self._gone()

    def _close(self) -> None:
        if not self._closed:
            self._record("close")
            self._closed = True

    async def _gone(self) -> None:
        """Close the socket, and wait a moment until what was written has left."""
        if self._transport:
            self._transport.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(_FLUSH):
                    await self._lost.wait()
        self.drop()

    def _read_on(self) -> None:
        self._unread, self._reading = 0, True
        if self._transport and not (self.at_end or self._transport.is_closing()):
            self._transport.resume_reading()

    # For the socket

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is made."""
        self._transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        if peer is None:  # it has been reset since
            self._transport.abort()
            return
        own = transport.get_extra_info("sockname")
        self.ends = Ends(str(End.of_socket(own)), str(End.of_socket(peer)))
        _keep_alive(transport.get_extra_info("socket"), self._keepalive)
        self._record("accept" if self._accepted else "open")

    def data_received(self, octets: bytes) -> None:
        """Octets have come."""
        if self._closed:
            return
        self._record("received", octets)
        self._unread = self._unread + len(octets) if self._indications else len(octets)
        for indication in self.connection.receive_data(octets):
            if isinstance(indication, RtPAbort) and not indication.by_peer:
                why = f"{indication.layer}: {indication.reason}"
                self._record("given up", why.encode("utf-8", "backslashreplace"))
            self._indications.append(indication)
        if self._indications and self._unread > _UNREAD and self._transport:
            self._reading = False
            self._transport.pause_reading()
        self._flush()
        self._happened.set()

    def eof_received(self) -> bool:
        """The peer sends no more; there may still be something to answer."""
        self._end("eof")
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over, for whatever reason."""
        if isinstance(exc, OSError):
            self.error = self.error or exc
        self._end("reset" if exc else "eof")
        self._transport = None
        self._lost.set()

    def pause_writing(self) -> None:
        """The socket takes no more for now."""
        self._writable = False

    def resume_writing(self) -> None:
        """The socket takes more."""
        self._writable = True
        self._flush()

    def _end(self, what: str) -> None:
        if self.at_end:
            return
        self.at_end = True
        if not self._closed:
            self._record(what)
            self._indications.extend(self.connection.receive_eof())
            self._flush()
        self._happened.set()

    def _flush(self) -> None:
        """Write what the stack has to say, as long as the socket takes it."""
        while (
            self._writable
            and self._transport
            and not self._transport.is_closing()
            and (octets := self.connection.data_to_send())
        ):
            self._record("sent", octets)
            self._transport.write(octets)

    def _record(self, what: str, octets: bytes = b"") -> None:
        if self._tap and self.ends.peer:
            self._tap.record(self.ends.local, self.ends.peer, what, octets)


def _keep_alive(sock: socket.socket, seconds: int) -> None:
    """Let TCP probe a silent peer after so many wall seconds, and give it up after twice that."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    values = {
        "TCP_KEEPIDLE": seconds,
        "TCP_KEEPINTVL": max(1, seconds // _PROBES),
        "TCP_KEEPCNT": _PROBES,
    }
    for name, value in values.items():
        if option := getattr(socket, name, None):  # not every system has them all
            sock.setsockopt(socket.IPPROTO_TCP, option, value)
