"""The whole way of an MTS-APDU: taken by the dispatcher, kept, and shown.

An MTA that has no sockets takes an MTS-APDU as it does from an association.
"""

import asyncio
from contextlib import suppress
from dataclasses import replace

from fuzz import conversations, shown
from mta_emu.mta.association.incoming import Arrived, IncomingMessage
from mta_emu.mta.mta import Mta
from mta_emu.osi.errors import ProtocolError


def deliver(octets: bytes) -> None:
    """Let an APDU come, and read all that becomes of it."""
    asyncio.run(_deliver(octets))


def seeds() -> list[bytes]:
    """A message for two mailboxes here, a probe and a report, as they are transferred."""
    return [conversations.apdu(), conversations.probe(), conversations.report()]


async def _deliver(octets: bytes) -> None:
    async with shown.mta() as mta:
        if (identifier := await _come(mta, octets)) is not None:
            await shown.read_all(mta, [identifier])


async def _come(mta: Mta, octets: bytes) -> str | None:
    """Take an APDU from connector OUT: its MTS identifier, None when it is refused."""
    identifiers: list[str] = []

    async def accept(arrived: Arrived) -> None:
        identifiers.append(arrived.identifier)
        await mta._dispatcher.take(replace(arrived, connector="OUT", association=1))

    message = IncomingMessage(mta.store, accept)
    with suppress(ProtocolError):
        message.feed(octets)
        await message.accept()
        return identifiers[0]
    message.discard()
    return None
