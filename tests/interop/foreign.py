"""A foreign MTA as it was recorded, on a socket: its octets, each when it was its turn.

Adapted are the reference in a CC, which is that of the CR that it answers, and the time stamps: a
message of a year ago would be of a year ago. A recorded MTA says its next TPDU when the live one
has said as much as there was said before it.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mta_emu.decode.transport import Tsdus
from mta_emu.osi.session.spdu import Pi, Spdu, decode_tsdu
from mta_emu.osi.tpkt import TpktReader, frame
from mta_emu.osi.transport.tpdu import CC, CR, DT, decode
from tests.interop.replay import Step, spdus
from tests.patience import PATIENCE

#: How data are cut, and when the turn is asked for, is the live side's to choose.
_FREE = {Spdu.DT, Spdu.MIA, Spdu.PT}
#: A UTCTime with seconds, not of 1970: PP 6 writes that year where it knows none.
_UTC_TIME = re.compile(rb"(?<=\x17\x0d)(?!70)\d{12}Z")


class Side:
    """What one side said, as TPDUs; and how much that was, but for what is its own choice."""

    def __init__(self) -> None:
        self.tpdus: list[bytes] = []
        self.count = 0
        self._confirmed = 0
        self._tsdus = Tsdus()

    def say(self, octets: bytes) -> None:
        """Take another TPDU."""
        self.tpdus.append(octets)
        tpdu = decode(octets)
        if tpdu.code in {CR, CC}:
            self.count += 1
        elif tpdu.code == DT and (whole := self._tsdus.feed(tpdu)):
            for unit in decode_tsdu(whole[0]):
                self.count += unit.spdu not in _FREE
                if unit.spdu is Spdu.MIA:  # it confirms those before it, too
                    serial = int(unit.get(Pi.SERIAL_NUMBER))
                    self.count += serial - self._confirmed
                    self._confirmed = serial


@dataclass
class Foreign:
    """One recorded side of a connection; `live` is what the live MTA says to it."""

    steps: Sequence[Step]
    is_caller: bool
    live: Side = field(default_factory=Side)

    @property
    def heard(self) -> list[Spdu]:
        """The SPDUs of the live MTA."""
        return spdus(self.live.tpdus)

    async def speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Play it to its end, or until the live MTA hangs up; then close."""
        tpkts, recorded = TpktReader(), Side()
        try:
            async with asyncio.timeout(PATIENCE):
                for step in self.steps:
                    if step.by_caller is not self.is_caller:
                        recorded.say(step.tpdu)
                    elif await self._hear(reader, tpkts, recorded.count):
                        writer.write(frame(self._adapted(step.tpdu)))
                    else:
                        return
                await self._hear(reader, tpkts, recorded.count)
        finally:
            writer.close()

    async def _hear(self, reader: asyncio.StreamReader, tpkts: TpktReader, enough: int) -> bool:
        """Read until the live MTA has said enough; False: it has hung up before."""
        while self.live.count < enough:
            octets = await reader.read(65536)
            if not octets:
                return False
            for tpdu in tpkts.feed(octets):
                self.live.say(tpdu)
        return True

    def _adapted(self, tpdu: bytes) -> bytes:
        if tpdu[1] & 0xF0 == CC:
            return tpdu[:2] + self.live.tpdus[0][4:6] + tpdu[4:]
        return _UTC_TIME.sub(f"{datetime.now(UTC):%y%m%d%H%M%SZ}".encode(), tpdu)
