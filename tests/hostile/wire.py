"""Octets in an attacker's hands: a legal beginning, then whatever one likes."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from mta_emu.decode.transport import Tsdus
from mta_emu.mts import envelope, ipm
from mta_emu.mts.apdu import message_prefix
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.text import IA5Text
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.subject import Recipient
from mta_emu.osi import ber
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import RtOpen
from mta_emu.osi.session.spdu import Pi, Spdu, Unit, decode_tsdu, encode_tsdu
from mta_emu.osi.tpkt import TpktReader, frame
from mta_emu.osi.transport.tpdu import DT, Tpdu, decode
from tests.patience import PATIENCE

_LAST_WORDS = {"AB", "RF", "ER", "DR", "ED"}  # after an ED the next word is ours
_NAMES = {0xE0: "CR", 0xD0: "CC", 0x80: "DR", 0x70: "ER"}
JONES = ORAddress.parse("C=US;A= ;P=Contoso;O=A;S=Jones")
SMITH = ORAddress.parse("C=US;A= ;P=Contoso;O=B;S=Smith")


def message(number: int, size: int = 2400) -> bytes:
    """An MTS-APDU for a mailbox of the MTA."""
    body = (IA5Text("Hello." * (size // 6)),)
    text = InterpersonalMessage.of(str(number), JONES, (SMITH,), f"Number {number}", body)
    content = ipm.encode(text)
    fields = Envelope(
        MtsIdentifier(GlobalDomain("US", " ", "Contoso"), f"A-{number}"), JONES, (Recipient(SMITH),)
    ).passed(GlobalDomain("US", " ", "Contoso"), "A", datetime.now(UTC))
    return message_prefix(envelope.encode(fields), len(content)) + content


def tsdu(*units: Unit | bytes) -> bytes:
    """TSDUs, each in a TPKT of its own."""
    octets = [each if isinstance(each, bytes) else encode_tsdu(each) for each in units]
    return b"".join(frame(b"\x02\xf0\x80" + each) for each in octets)


def value(context: int, octets: bytes) -> bytes:
    """P-DATA with one value of a presentation context."""
    inside = b"\x02\x01" + bytes((context,)) + ber.tlv(b"\xa0", octets)
    return ber.tlv(b"\x61", ber.tlv(b"\x30", inside))


def data(context: int, octets: bytes) -> Unit:
    return Unit(Spdu.DT, user_data=value(context, octets))


ACTIVITY = Unit(Spdu.AS, {Pi.ACTIVITY_IDENTIFIER: b"\x02\x01\x01"})


@dataclass
class Said:
    """What the MTA answered: its TPDUs, those of the session as SPDUs."""

    name: str
    tpdu: Tpdu
    unit: Unit | None = None


@dataclass
class Attacker:
    """A TCP connection to the MTA."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    opening: RtOpen
    connect: bytes = b""  # the S-CONNECT that a legal caller would send, after "transport"

    async def send(self, octets: bytes) -> None:
        self.writer.write(octets)
        with suppress(OSError):  # who has closed on us is met again when we read
            await self.writer.drain()

    async def reach(self, stage: str) -> None:
        """Keep the protocol up to "tcp", "transport", "association" or "activity"."""
        stack = RtseConnection(initiator=True)
        stack.request(self.opening)
        if stage != "tcp":
            await self.send(stack.data_to_send())
            stack.receive_data(await self._read())
            self.connect = stack.data_to_send()
        if stage in ("association", "activity"):
            await self.send(self.connect)
            stack.receive_data(await self._read())
        if stage == "activity":
            await self.send(tsdu(ACTIVITY))

    def bind_with(self, user_data: bytes) -> None:
        """Let the bind be something else."""
        self.opening = replace(self.opening, user_data=user_data)

    async def one_tpdu(self) -> Tpdu:
        """The next TPDU."""
        async with asyncio.timeout(PATIENCE):
            header = await self.reader.readexactly(4)
            length = int.from_bytes(header[2:], "big")
            return decode(await self.reader.readexactly(length - len(header)))

    async def one_spdu(self) -> Unit:
        """The next SPDU; none of those that are expected takes more than one TPDU."""
        (unit,) = decode_tsdu((await self.one_tpdu()).user_data)
        return unit

    async def _read(self) -> bytes:
        async with asyncio.timeout(PATIENCE):
            return await self.reader.read(65536)

    async def rest(self) -> list[Said]:
        """Everything that the MTA says until it closes; what it says is legal.

        After its last word it leaves it to us to close (X.225 7.9.2), so we do.
        """
        tpkts, joining = TpktReader(), Tsdus()
        found: list[Said] = []
        while octets := await self._octets():
            for each in tpkts.feed(octets):
                tpdu = decode(each)
                if tpdu.code != DT:
                    found.append(Said(_NAMES[tpdu.code], tpdu))
                elif whole := joining.feed(tpdu):
                    found += [Said(unit.spdu.name, tpdu, unit) for unit in decode_tsdu(whole[0])]
            if found and found[-1].name in _LAST_WORDS:
                self.writer.close()
        return found

    async def _octets(self) -> bytes:
        try:
            return await self._read()
        except ConnectionResetError:
            return b""
