"""How a connector calls: with a control block, and from an address of the host."""

import asyncio
import itertools
from contextlib import suppress
from typing import NamedTuple

from labkit.reason import Reason
from mta_emu.endpoint import Endpoint
from mta_emu.mta.association.opening import NotOpened, open_association, recover_association
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.connector.shared import Shared
from mta_emu.mta.log.records import AssociationState
from mta_emu.mta.policy import failedcalls
from mta_emu.mta.policy.admission import control_blocks_used_up
from mta_emu.mta.policy.names import source_address
from mta_emu.osi.rtse.association import RtAssociation

_RECOVERY_INTERVAL = 5.0  # lab seconds between tries to recover an association


class CallResult(NamedTuple):
    """The result of a call: the association's number, its state, and why."""

    association: int
    state: AssociationState
    reason: Reason

    def tell(self, asked: asyncio.Future["CallResult"] | None) -> None:
        """Answer who asked for the call, if anybody did and has no answer yet."""
        if asked and not asked.done():
            asked.set_result(self)


class Opener:
    """Makes the calls of one connector."""

    def __init__(self, config: ConnectorConfig, shared: Shared) -> None:
        self._config = config
        self._shared = shared
        self._calls = itertools.count()

    async def open(self, block: int | None) -> tuple[Endpoint, Reason]:
        """Open an association with a control block, None when there is none.

        Gives the endpoint, and why it calls from its address. Raises NotOpened.
        """
        config = self._shared.config
        if block is None:
            reason = control_blocks_used_up(config.server.registry)
            values = {9156: {"count": self._shared.blocks.count}}
            raise NotOpened("refused", reason, failedcalls.NO_CONTROL_BLOCK, values)
        address, why = source_address(config, self._config, next(self._calls))
        return await open_association(config, self._config, address, self._shared.tap), why

    async def recover(self, association: RtAssociation) -> Endpoint | None:
        """Recover an association of ours on another connection; None: the peer cannot."""
        shared = self._shared
        while True:
            address, _ = source_address(shared.config, self._config, next(self._calls))
            with suppress(NotOpened):
                return await recover_association(
                    shared.config, self._config, address, shared.tap, association
                )
            await shared.clock.sleep(_RECOVERY_INTERVAL)
