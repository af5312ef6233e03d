"""A live MTA that is attacked over a socket, and an honest MTA that talks to it meanwhile.

One MTA and one honest association serve all attacks of a module: whatever an attack leaves behind
shows in those that follow.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from mta_emu.endpoint import Endpoint
from mta_emu.mts import bind
from mta_emu.mts.bind import Credentials
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import (
    DialogueMode,
    Octets,
    RtClose,
    RtCloseAccept,
    RtOpen,
    RtOpenAccept,
    RtTransfer,
    RtTransferConfirm,
)
from mta_emu.osi.selectors import Selectors
from tests.hostile.wire import Attacker, message
from tests.mta_emu.mta import conftest as mta
from tests.mta_emu.mta.conftest import PORT, A, B, Running, document
from tests.patience import PATIENCE

#: MTAs and peers of one test's own.
a_document, b_document, start, listen = mta.a_document, mta.b_document, mta.start, mta.listen

OPEN = RtOpen(
    Selectors(),
    Selectors(),
    bind.encode_argument(Credentials("A", b"secret")),
    dialogue_mode=DialogueMode.TWO_WAY_ALTERNATE,
    checkpoint_size=1,
    window_size=3,
)


@dataclass
class Honest:
    """An association that keeps the protocol; `lives` proves that nothing disturbed it."""

    endpoint: Endpoint
    sent: int = 0

    def message(self, size: int = 2400) -> bytes:
        """Another message, that is going to be delivered whoever sends it."""
        self.sent += 1
        return message(self.sent, size)

    async def lives(self) -> None:
        """Transfer a message; the MTA takes the responsibility for it."""
        self.endpoint.request(RtTransfer(Octets(self.message())))
        async with asyncio.timeout(PATIENCE):
            assert await self.endpoint.receive() == RtTransferConfirm(accepted=True)

    async def close(self) -> None:
        self.endpoint.request(RtClose())
        async with asyncio.timeout(PATIENCE):
            assert await self.endpoint.receive() == RtCloseAccept()
        await self.endpoint.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def victim(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    mta = Running(document("B", "A", B, A), tmp_path_factory.mktemp("victim"), scale=1.0)
    await mta.said("listening")
    yield mta
    await mta.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def honest(victim: Running) -> AsyncIterator[Honest]:
    endpoint = await Endpoint.connect(RtseConnection(initiator=True), B, PORT, source=A)
    endpoint.request(OPEN)
    async with asyncio.timeout(PATIENCE):
        assert isinstance(await endpoint.receive(), RtOpenAccept)
    association = Honest(endpoint)
    await association.lives()
    yield association
    await association.close()
    await victim.until(lambda: len(victim.all("delivered")) == association.sent)


@pytest_asyncio.fixture(loop_scope="module")
async def attacker(victim: Running) -> AsyncIterator[Attacker]:
    reader, writer = await asyncio.open_connection(B, PORT, local_addr=(A, 0))
    yield Attacker(reader, writer, OPEN)
    writer.close()
