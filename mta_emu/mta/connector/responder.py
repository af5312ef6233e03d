"""The called side of a bind: where a caller comes from, what it asks for, how it is answered.

Whether it may come in is decided by policy/admission.py. What that says is carried out here, logged
with its reason, and answered as the standard orders: a caller learns no more than that.
"""

import asyncio
from contextlib import suppress

from labkit.addresses import IPAddress
from labkit.reason import Reason
from mta_emu.endpoint import Endpoint, Ends
from mta_emu.mta.association.opening import PATIENCE
from mta_emu.mta.association.recovery import GUESSES_REMEMBERED, MAX_WRONG_GUESSES
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.connector.connector import Connector
from mta_emu.mta.connector.shared import Shared
from mta_emu.mta.log.records import Association
from mta_emu.mta.log.records import ProtocolError as ProtocolViolation
from mta_emu.mta.policy.admission import Admitted, Caller, Dropped, Refused, admit, screen
from mta_emu.mta.policy.calling import ASSOCIATION_LIMIT
from mta_emu.mta.policy.names import reverse
from mta_emu.mts import bind
from mta_emu.mts.bind import Credentials
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse.apdus import RefuseReason
from mta_emu.osi.rtse.primitives import (
    DialogueMode,
    RtOpen,
    RtOpenAccept,
    RtOpenReject,
    RtPAbort,
    RtPrimitive,
    RtRecover,
    RtUAbort,
)


class Responder:
    """Answers callers, and serves the associations that come of it."""

    def __init__(
        self, shared: Shared, connectors: dict[str, Connector], listening: int | None
    ) -> None:
        """Pass associations to `connectors`, by name; `listening` is the listener's block."""
        self._shared = shared
        self._connectors = connectors
        self._listening = listening
        self._binding = 0

    @property
    def settled(self) -> bool:
        """Whether no caller is in the middle of a bind."""
        return not self._binding

    async def respond(self, endpoint: Endpoint, address: IPAddress, block: int) -> None:
        """Answer a caller with that control block, and serve its association to the end.

        One whose address no Stack page has is cut off before it can bind (Q193380).
        """
        config = self._shared.config
        host_name = reverse(config.server, address)
        if dropped := screen(config, address, host_name):
            self._log_dropped(dropped, endpoint.ends)
            await endpoint.hang_up()
            return
        number = next(self._shared.numbers)
        self._binding += 1
        try:
            request = await self._first_request(endpoint)
            if isinstance(request, RtRecover) and self._recover(endpoint, request):
                return  # the association has the connection now
            accepted = await self._answer(endpoint, request, number, block, host_name)
        finally:
            self._binding -= 1
        if accepted:
            connector = self._connectors[accepted.connector.name]
            two_way = endpoint.connection.association.is_two_way
            await connector.serve(
                endpoint, number, block, accepted.reason, locally=False, two_way=two_way
            )
        else:
            await endpoint.close()

    async def _first_request(self, endpoint: Endpoint) -> RtPrimitive | None:
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                return await endpoint.receive()
        return None

    def _recover(self, endpoint: Endpoint, request: RtRecover) -> bool:
        """Pass a connection to the association that is to live on on it, if that is known."""
        peer = endpoint.ends.peer_address
        now = asyncio.get_running_loop().time()
        association = self._shared.recovery.find(
            peer, request, now, lambda: self._log_guesses(endpoint, request)
        )
        if association:
            association.move_to(endpoint)
        return association is not None

    async def _answer(
        self,
        endpoint: Endpoint,
        request: RtPrimitive | None,
        number: int,
        block: int,
        host_name: str | None,
    ) -> Admitted | None:
        """Answer a bind; how it was accepted, if it was."""
        if isinstance(request, RtRecover):
            endpoint.request(RtOpenReject(reason=RefuseReason.CANNOT_RECOVER))
            return None
        if not isinstance(request, RtOpen):
            layer, why = "rtse", "no bind came"
            if isinstance(request, RtPAbort):
                layer, why = request.layer, request.reason
            self._protocol_error(endpoint, layer, why)
            return None
        try:
            credentials = bind.decode_argument(request.user_data)
        except ProtocolError as error:
            self._protocol_error(endpoint, "mts", str(error))
            endpoint.request(RtUAbort())
            return None
        async with self._shared.reloading:
            pass
        caller = Caller(
            endpoint.ends.peer_address,
            host_name,
            request.calling,
            credentials,
            request.dialogue_mode is DialogueMode.TWO_WAY_ALTERNATE,
            request.mode,
        )
        associations = {name: each.associations for name, each in self._connectors.items()}
        match admit(self._shared.config.connectors, caller, associations):
            case Admitted() as admitted:
                self._accept(endpoint, admitted.connector)
                return admitted
            case Refused() as refusal:
                self._log_refusal(refusal, caller, endpoint.ends, number, block)
                endpoint.request(
                    RtOpenReject(bind.encode_error(refusal.error), reason=int(refusal.error))
                )
        return None

    def _accept(self, endpoint: Endpoint, connector: ConnectorConfig) -> None:
        name, password = self._shared.config.local_credentials(connector)
        override = connector.override
        result = bind.encode_result(Credentials(name, password), connector.advanced.conformance)
        endpoint.request(RtOpenAccept(result, override.checkpoint_size, override.window_size))

    def _log_refusal(
        self, refusal: Refused, caller: Caller, ends: Ends, number: int, block: int
    ) -> None:
        connector = refusal.connector
        values = {
            "dn": self._shared.config.distinguished_name(connector) if connector else "",
            "name": caller.credentials.name,
            "t_selector": caller.selectors.transport.hex().upper(),
            "address": caller.address,
            "association": number,
            "provider": 0,
            "reason": 0,
            "block": block,
            "limit": ASSOCIATION_LIMIT,
        }
        self._log_association(number, connector, ends, refusal.reason)
        for event in refusal.events:
            self._shared.log(event, refusal.reason, **values)

    def _log_dropped(self, dropped: Dropped, ends: Ends) -> None:
        """9301 with the address in hex, and with the name in ASCII hex (Q193380), and 9202."""
        number = next(self._shared.numbers)
        self._log_association(number, None, ends, dropped.reason)
        server = self._shared.config.server
        values = {
            "organization": server.organization,
            "site": server.site,
            "server": server.name,
            "stack": server.transport_stack.name,
            "error": 0,
            "block": self._listening,
            "association": number,
        }
        gateways = (dropped.address, dropped.name.encode().hex(), "")
        for event, gateway in zip(dropped.events, gateways, strict=True):
            self._shared.log(event, dropped.reason, address=gateway, **values)

    def _log_guesses(self, endpoint: Endpoint, request: RtRecover) -> None:
        """51: somebody asks again and again for associations that it does not have."""
        address = endpoint.ends.peer_address
        why = Reason(
            "recovery",
            f"{address} asked {MAX_WRONG_GUESSES} times within {GUESSES_REMEMBERED:.0f} s to "
            "recover associations that it does not have; for so long none is recovered for it",
            f"fewer than {MAX_WRONG_GUESSES}",
            str(MAX_WRONG_GUESSES),
        )
        self._shared.log(
            51,
            why,
            name="",
            t_selector=request.calling.transport.hex().upper(),
            address=address,
            association=None,
        )

    def _log_association(
        self, number: int, connector: ConnectorConfig | None, ends: Ends, reason: Reason
    ) -> None:
        name = connector.name if connector else None
        refused = Association(number, name, "remotely", ends.local, ends.peer, "refused")
        self._shared.journal.publish(refused.because(reason))

    def _protocol_error(self, endpoint: Endpoint, layer: str, reason: str) -> None:
        peer = endpoint.ends.peer
        self._shared.journal.publish(ProtocolViolation(peer, layer, reason))
