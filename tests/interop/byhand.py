"""A foreign MTA that is a test's hand: it transfers APDUs to a live MTA, and takes what that has.

Its association is two-way alternate and stays open, whatever it transfers.
"""

import asyncio
from dataclasses import dataclass, field

from mta_emu.endpoint import Endpoint
from mta_emu.mts import bind
from mta_emu.mts.apdu import Head
from mta_emu.mts.bind import Credentials
from mta_emu.mts.report import Report
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import (
    DialogueMode,
    Octets,
    RtCheckpoint,
    RtCheckpointSecured,
    RtClose,
    RtCloseAccept,
    RtOpen,
    RtOpenAccept,
    RtPrimitive,
    RtTransfer,
    RtTransferConfirm,
    RtTransferData,
    RtTransferEnd,
    RtTransferSecured,
    RtTransferStart,
    RtTurnGive,
    RtTurnPlease,
)
from mta_emu.osi.selectors import Selectors
from tests.interop.live import head
from tests.mta_emu.mta.conftest import PORT, A, B
from tests.patience import PATIENCE


@dataclass
class ByHand:
    """The foreign MTA, called A; the live one listens at B."""

    endpoint: Endpoint
    _ours: bool = field(default=True, init=False)  # the turn
    _asked: bool = field(default=False, init=False)  # by the live MTA, for the turn

    @classmethod
    async def calls(cls, name: str = "A", password: bytes = b"secret") -> "ByHand":
        """Open an association, and have the turn."""
        endpoint = await Endpoint.connect(RtseConnection(initiator=True), B, PORT, source=A)
        found = cls(endpoint)
        argument = bind.encode_argument(Credentials(name, password))
        mode = DialogueMode.TWO_WAY_ALTERNATE
        endpoint.request(RtOpen(Selectors(), Selectors(), argument, mode, checkpoint_size=1))
        assert isinstance(await found._next(), RtOpenAccept)
        return found

    async def transfers(self, apdu: bytes) -> RtTransferConfirm:
        """Transfer an APDU; whether the live MTA has taken it."""
        await self._have_turn()
        self.endpoint.request(RtTransfer(Octets(apdu)))
        confirm = await self._next()
        assert isinstance(confirm, RtTransferConfirm), confirm
        return confirm

    async def takes(self) -> bytes:
        """Take the APDU that the live MTA has, which gets the turn for it when it has asked."""
        if self._ours:
            if not self._asked:
                assert isinstance(await self._heard(), RtTurnPlease)
            self._ours = self._asked = False
            self.endpoint.request(RtTurnGive())
        assert await self._next() == RtTransferStart()
        apdu = b""
        while (heard := await self._next()) != RtTransferEnd():
            match heard:
                case RtTransferData(octets):
                    apdu += octets
                case RtCheckpoint(serial):
                    self.endpoint.request(RtCheckpointSecured(serial))
        self.endpoint.request(RtTransferSecured())
        return apdu

    async def takes_report(self) -> tuple[bytes, Report]:
        """The same of a report: its octets, and what they say."""
        octets = await self.takes()
        found: Head = head(octets)
        assert isinstance(found, Report)
        return octets, found

    async def leaves(self) -> None:
        """Release the association."""
        await self._have_turn()
        self.endpoint.request(RtClose())
        assert await self._next() == RtCloseAccept()
        await self.endpoint.close()

    async def _have_turn(self) -> None:
        """Ask for the turn, and wait until it comes; what the live MTA has must be taken before."""
        if not self._ours:
            self.endpoint.request(RtTurnPlease(0))
            assert await self._next() == RtTurnGive()
            self._ours = True

    async def _next(self) -> RtPrimitive | None:
        """What comes next, but for a request for the turn, which is noted."""
        while isinstance(heard := await self._heard(), RtTurnPlease):
            self._asked = True
        return heard

    async def _heard(self) -> RtPrimitive | None:
        async with asyncio.timeout(PATIENCE):
            return await self.endpoint.receive()
