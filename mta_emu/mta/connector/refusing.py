"""Callers that come to no bind: no control block is free, or nobody knows their address."""

import asyncio
from contextlib import suppress

from mta_emu.endpoint import Ends, recorder
from mta_emu.osi.transport.connection import TransportConnection
from mta_emu.osi.transport.tpdu import DisconnectReason
from mta_emu.tap import Tap

_PATIENCE = 5.0  # wall seconds that the caller has to say something, or to go
_READ_SIZE = 65536


async def refuse(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tap: Tap | None
) -> None:
    """Refuse the T-CONNECT with DR, reason congestion (X.224 13.5.3), and end."""
    transport = TransportConnection(initiator=False, refusal=DisconnectReason.CONGESTION)
    record = recorder(tap, Ends.of(writer))
    record("accept")
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            while not transport.closed and (octets := await reader.read(_READ_SIZE)):
                record("received", octets)
                transport.receive_data(octets)
        answer = transport.data_to_send()
        record("sent", answer)
        writer.write(answer)
    record("close")
    writer.close()


async def hang_up(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tap: Tap | None
) -> None:
    """Drop the connection without an answer, whatever the caller says.

    It is ended with FIN and read to its end, so that the caller sees an end and no reset.
    """
    record = recorder(tap, Ends.of(writer))
    record("accept")
    record("close")
    with suppress(OSError, TimeoutError):
        writer.write_eof()
        async with asyncio.timeout(_PATIENCE):
            while await reader.read(_READ_SIZE):
                pass
    writer.close()
