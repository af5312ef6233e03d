"""The whole way of a caller's octets: from TPKTs to what people see.

The MTA has no sockets; a connection is given to its listener's responder as if it had come from
one. When the caller has said all, its association is over, and its control block free again.
"""

import asyncio
from dataclasses import replace
from functools import cache
from ipaddress import IPv4Address
from typing import Any

from fuzz import conversations, shown
from fuzz.chunks import RAW, chunk, chunks, framed
from fuzz.conversations import Conversation
from mta_emu.decode.transport import Tsdus
from mta_emu.endpoint import Endpoint
from mta_emu.mta.mta import Mta
from mta_emu.mts import bind
from mta_emu.mts.bind import Credentials
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import Mode, Octets, RtClose, RtTransfer
from mta_emu.osi.tpkt import TpktReader
from mta_emu.osi.transport.tpdu import DT, decode

_CALLER = IPv4Address("127.0.0.2")
_PATIENCE = 20.0  # seconds until an association is stuck
_TURNS = 3  # of the loop in which nothing moves, after which nothing does


class _Wire(asyncio.Transport):
    """A connection to the caller, who takes whatever is said to it."""

    def __init__(self, endpoint: Endpoint) -> None:
        ends = {"peername": (str(_CALLER), 1024), "sockname": ("127.0.0.1", 102)}
        super().__init__(extra=ends | {"socket": self})
        self._endpoint = endpoint
        self._closing = False

    def setsockopt(self, *_: int) -> None:
        """Take an option of the socket that this is not."""

    def write(self, data: Any) -> None:
        """Take what is said."""
        assert data, "it says nothing"
        assert not self._closing, "it talks to a closed connection"

    def is_closing(self) -> bool:
        """Whether this side has closed it."""
        return self._closing

    def abort(self) -> None:
        """Close it."""
        if not self._closing:
            self._closing = True
            asyncio.get_running_loop().call_soon(self._endpoint.connection_lost, None)

    def close(self) -> None:
        """Close it."""
        self.abort()

    def write_eof(self) -> None:
        """Say that this side sends no more."""

    def pause_reading(self) -> None:
        """Ask for no more, which all the same comes."""

    def resume_reading(self) -> None:
        """Ask for more, which comes anyway."""


class _Endpoint(Endpoint):
    """An endpoint that knows whether its user waits for the caller."""

    idle = False

    async def wait(self, seconds: float | None = None) -> None:
        """Wait as endpoints do."""
        self.idle = True
        await super().wait(seconds)
        self.idle = False


def call(octets: bytes) -> None:
    """Let a caller say chunks, and read all that becomes of it."""
    asyncio.run(_call(octets))


async def _call(octets: bytes) -> None:
    async with shown.mta() as mta:
        shared = mta._shared
        block = shared.blocks.take(_CALLER)
        assert block is not None
        options = shared.config.transport_options()
        endpoint = _Endpoint(RtseConnection(initiator=False, transport=options), accepted=True)
        wire = _Wire(endpoint)
        endpoint.connection_made(wire)
        answering = mta._listener._responder.respond(endpoint, _CALLER, block)
        answered = asyncio.create_task(answering)
        for bits, said in chunks(octets):
            if wire.is_closing():
                break
            endpoint.data_received(said if bits & RAW else framed(said))
            await _settled(mta, endpoint, answered)
        endpoint.eof_received()
        async with asyncio.timeout(_PATIENCE):
            await answered
        await _settled(mta, endpoint, answered)
        assert mta._connectors["OUT"].associations == 0
        await shown.read_all(mta, _identifiers(mta))


def _identifiers(mta: Mta) -> list[str]:
    return [each.mts_identifier for each in mta.store.mailbox.read()]


async def _settled(mta: Mta, endpoint: _Endpoint, answered: asyncio.Task[None]) -> None:
    """Wait until nothing moves because of what was said."""
    still = 0
    async with asyncio.timeout(_PATIENCE):
        while still < _TURNS:
            waits = answered.done() or (endpoint.idle and not endpoint.waiting)
            quiet = waits and mta._dispatcher.settled and mta.store.group.idle
            still = still + 1 if quiet else 0
            await asyncio.sleep(0)


@cache
def _transfers(mode: Mode, checkpoint_size: int) -> Conversation[RtseConnection]:
    """An association that carries a message, a probe and a report, and is released."""
    heard: Conversation[RtseConnection] = Conversation(
        RtseConnection(initiator=True), RtseConnection(initiator=False), conversations.answer
    )
    argument = bind.encode_argument(Credentials("A", b"secret"), mode)
    opening = replace(conversations.OPEN, mode=mode, user_data=argument)
    apdus = (conversations.short_apdu(), conversations.probe(), conversations.report())
    for request in (
        replace(opening, checkpoint_size=checkpoint_size),
        *(RtTransfer(Octets(apdu)) for apdu in apdus),
        RtClose(),
    ):
        heard.calling.request(request)
        heard.run()
    return heard


def seeds() -> list[bytes]:
    """What the caller says in recorded conversations: each TSDU is a chunk, the CR is raw."""
    heard = [_transfers(mode, size) for mode in Mode for size in (0, 1)]
    return [b"".join(map(_as_chunks, _said(each))) for each in [*heard, *_others()]]


def _others() -> list[Conversation[RtseConnection]]:
    return [conversations.refused(Mode.NORMAL_1988)]


def _said(heard: Conversation[RtseConnection]) -> list[bytes]:
    return [octets for by_calling, octets in heard.bursts if by_calling]


def _as_chunks(burst: bytes) -> bytes:
    joining, found = Tsdus(), b""
    for tpdu in map(decode, TpktReader().feed(burst)):
        whole = joining.feed(tpdu) if tpdu.code == DT else None
        if whole:
            found += chunk(whole[0])
    return found or chunk(burst, RAW)
