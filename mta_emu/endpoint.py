"""Joins one OSI stack to one TCP socket: the only place where the stack meets asyncio."""

import asyncio
import errno
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import RtPrimitive
from mta_emu.tap import Tap

_READ_SIZE = 65536


class Ends(NamedTuple):
    """The ends of a connection, "address:port" each, with an IPv6 address in brackets."""

    local: str
    peer: str

    @classmethod
    def of(cls, writer: asyncio.StreamWriter) -> "Ends":
        """The ends of a connected socket.

        Raises ConnectionResetError when the peer has reset it meanwhile.
        """
        peer = writer.get_extra_info("peername")
        if peer is None:
            raise ConnectionResetError(errno.ECONNRESET, "reset as soon as it was made")
        return cls(_end(writer.get_extra_info("sockname")), _end(peer))

    @property
    def peer_address(self) -> str:
        """The peer's address without the port."""
        return self.peer.rpartition(":")[0].strip("[]")


class Endpoint:
    """A live RT-association endpoint: request primitives, receive indications.

    The stack decides what is sent and what arrives; this class moves octets and tells the stack
    when the socket has ended.
    """

    def __init__(
        self,
        connection: RtseConnection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        tap: Tap | None = None,
        *,
        accepted: bool,
    ) -> None:
        """Join `connection` to a connected socket; `accepted` says which side opened it.

        Raises ConnectionResetError when the peer has reset it meanwhile.
        """
        self.connection = connection
        self.ends = Ends.of(writer)
        self.at_end = False  # the peer has closed or reset the connection
        self.error: OSError | None = None  # that the socket broke with
        self._reader = reader
        self._writer = writer
        self._indications: deque[RtPrimitive] = deque()
        self._record = recorder(tap, self.ends)
        self._record("accept" if accepted else "open")

    @classmethod
    async def connect(
        cls,
        connection: RtseConnection,
        address: str,
        port: int,
        source: str | None = None,
        tap: Tap | None = None,
    ) -> "Endpoint":
        """Open a TCP connection from the address `source` (None: the kernel's choice).

        Raises OSError when the connection cannot be made.
        """
        reader, writer = await asyncio.open_connection(
            address, port, local_addr=(source, 0) if source else None
        )
        return cls(connection, reader, writer, tap, accepted=False)

    async def request(self, *primitives: RtPrimitive) -> None:
        """Hand requests or responses to the stack and send what it makes of them."""
        for primitive in primitives:
            self.connection.request(primitive)
        await self._flush()

    def received(self) -> RtPrimitive | None:
        """The next indication or confirm, if it has come already."""
        return self._indications.popleft() if self._indications else None

    async def receive(self) -> RtPrimitive | None:
        """The next indication or confirm; None when the connection has ended.

        A cancelled call loses nothing.
        """
        while not self._indications:
            if self.at_end:
                return None
            await self._read()
        return self._indications.popleft()

    def drop(self) -> None:
        """Reset the connection; what it had brought can still be received."""
        self._writer.transport.abort()

    async def close(self, linger: float = 5.0) -> None:
        """Close the socket once the stack has nothing more to say or to hear.

        Waits up to `linger` wall seconds for the peer, who may owe the last word (X.224 6.7 leaves
        the release of class 0 to the network connection).
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(linger):
                while not (self.at_end or self.connection.closed):
                    await self._read()
                await self._flush()
        self._record("close")
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()

    async def _read(self) -> None:
        try:
            octets = await self._reader.read(_READ_SIZE)
            what = "received" if octets else "eof"
        except OSError as error:
            octets, what = b"", "reset"
            self.error = error
        self._record(what, octets)
        if octets:
            self._indications.extend(self.connection.receive_data(octets))
        else:
            self.at_end = True
            self._indications.extend(self.connection.receive_eof())
        await self._flush()

    async def _flush(self) -> None:
        while octets := self.connection.data_to_send():
            self._record("sent", octets)
            self._writer.write(octets)
            with suppress(OSError):  # a broken connection shows on the next read
                await self._writer.drain()


def _end(socket_address: tuple[str, int]) -> str:
    host, port, *_ = socket_address  # of IPv6 there is more
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def recorder(tap: Tap | None, ends: Ends) -> Callable[..., None]:
    """What to call with each thing that happens on a socket; see Tap."""
    if tap is None:
        return lambda *_: None
    return lambda what, octets=b"": tap.record(ends.local, ends.peer, what, octets)
