"""The called side: takes TCP connections, lets the stack hear the bind, and decides about it."""

import asyncio
from contextlib import suppress
from ipaddress import IPv4Address

from labkit.reason import Reason
from mta_emu.endpoint import Endpoint, Ends
from mta_emu.mta.association.opening import PATIENCE
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.connector.connector import Connector
from mta_emu.mta.connector.refusing import hang_up, refuse
from mta_emu.mta.connector.shared import Surroundings
from mta_emu.mta.log.records import Association
from mta_emu.mta.log.records import ProtocolError as ProtocolViolation
from mta_emu.mta.policy.admission import (
    ASSOCIATION_LIMIT,
    Admitted,
    Caller,
    Dropped,
    Refused,
    admit,
    control_blocks_used_up,
    screen,
)
from mta_emu.mta.policy.names import reverse
from mta_emu.mts import bind
from mta_emu.mts.bind import BindError, Credentials
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse.apdus import RefuseReason
from mta_emu.osi.rtse.connection import RtseConnection
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


class Listener:
    """Serves the associations that remote MTAs open."""

    def __init__(self, around: Surroundings, connectors: dict[str, Connector]) -> None:
        """Pass accepted associations to `connectors`, by name."""
        self._around = around
        self._connectors = connectors
        self._binding = 0
        self._block: int | None = None  # the listener's own
        self._server: asyncio.Server | None = None

    @property
    def settled(self) -> bool:
        """Whether no caller is in the middle of a bind."""
        return not self._binding

    async def start(self) -> None:
        """Begin to listen. Raises OSError when the address cannot be had."""
        stack = self._around.config.server.transport_stack
        self._block = self._around.blocks.take()
        self._server = await asyncio.start_server(
            self._on_connection, [str(address) for address in stack.addresses], stack.port
        )

    def stop(self) -> None:
        """Take no more connections."""
        if self._server:
            self._server.close()

    async def _on_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        blocks, tap = self._around.blocks, self._around.tap
        block = blocks.take()
        try:
            if block is None:
                why = control_blocks_used_up(self._around.config.server.registry)
                self._around.log(9156, why, count=blocks.count)
                await refuse(reader, writer, tap)
                return
            config = self._around.config
            address = IPv4Address(Ends.of(writer).peer_address)
            host_name = reverse(config.server, address)
            if dropped := screen(config, address, host_name):
                self._tell_dropped(dropped, Ends.of(writer))
                await hang_up(reader, writer, tap)
            else:
                await self._serve(reader, writer, block, host_name)
        except ConnectionResetError:
            writer.close()  # the caller was gone before it could be heard
        except asyncio.CancelledError:
            pass  # the MTA ends, and asyncio would report a cancelled handler as an error
        finally:
            if block is not None:
                blocks.give_back(block)

    async def _serve(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        block: int,
        host_name: str | None,
    ) -> None:
        server = self._around.config.server
        connection = RtseConnection(
            initiator=False,
            local=server.transport_stack.selectors.for_stack(),
            transport=self._around.config.transport_options(),
        )
        endpoint = Endpoint(connection, reader, writer, self._around.tap, accepted=True)
        number = self._around.number()
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
        association = self._around.recovery.find(peer, request.old_identifier)
        if association:
            association.succeed(endpoint)
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
            await endpoint.request(RtOpenReject(reason=RefuseReason.CANNOT_RECOVER))
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
            await endpoint.request(RtUAbort())
            return None
        async with self._around.reloading:
            pass
        caller = Caller(
            IPv4Address(endpoint.ends.peer_address),
            host_name,
            request.calling,
            credentials,
            request.dialogue_mode is DialogueMode.TWO_WAY_ALTERNATE,
            request.mode,
        )
        associations = {name: each.associations for name, each in self._connectors.items()}
        match admit(self._around.config.connectors, caller, associations):
            case Admitted() as admitted:
                await self._accept(endpoint, admitted.connector)
                return admitted
            case Refused() as refusal:
                self._tell_refusal(refusal, caller, endpoint.ends, number, block)
                await self._refuse(endpoint, refusal.error)
        return None

    async def _accept(self, endpoint: Endpoint, connector: ConnectorConfig) -> None:
        name, password = self._around.config.local_credentials(connector)
        override = connector.override
        result = bind.encode_result(Credentials(name, password), connector.advanced.conformance)
        await endpoint.request(RtOpenAccept(result, override.checkpoint_size, override.window_size))

    async def _refuse(self, endpoint: Endpoint, error: BindError) -> None:
        await endpoint.request(RtOpenReject(bind.encode_error(error), reason=int(error)))

    def _tell_refusal(
        self, refusal: Refused, caller: Caller, ends: Ends, number: int, block: int
    ) -> None:
        connector = refusal.connector
        values = {
            "dn": self._around.config.distinguished_name(connector) if connector else "",
            "name": caller.credentials.name,
            "t_selector": caller.selectors.transport.hex().upper(),
            "address": caller.address.packed.hex().upper(),
            "association": number,
            "provider": 0,
            "reason": 0,
            "block": block,
            "limit": ASSOCIATION_LIMIT,
        }
        self._tell_association(number, connector, ends, refusal.reason)
        for event in refusal.events:
            self._around.log(event, refusal.reason, **values)

    def _tell_dropped(self, dropped: Dropped, ends: Ends) -> None:
        """9301 with the address in hex, and with the name in ASCII hex (Q193380), and 9202."""
        self._tell_association(self._around.number(), None, ends, dropped.reason)
        server = self._around.config.server
        values = {
            "organization": server.organization,
            "site": server.site,
            "server": server.name,
            "stack": server.transport_stack.name,
        }
        for gateway in (dropped.address.packed.hex().upper(), dropped.name.encode().hex()):
            self._around.log(9301, dropped.reason, address=gateway, **values)
        self._around.log(9202, dropped.reason, error=0, block=self._block)

    def _tell_association(
        self, number: int, connector: ConnectorConfig | None, ends: Ends, reason: Reason
    ) -> None:
        name = connector.name if connector else None
        refused = Association(number, name, "remotely", ends.local, ends.peer, "refused")
        self._around.journal.publish(refused.because(reason))

    def _protocol_error(self, endpoint: Endpoint, layer: str, reason: str) -> None:
        peer = endpoint.ends.peer
        self._around.journal.publish(ProtocolViolation(peer, layer, reason))
