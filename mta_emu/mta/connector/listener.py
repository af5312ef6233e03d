"""The called side: takes TCP connections, lets the stack hear the bind, and decides about it."""

import asyncio
import socket
from contextlib import suppress
from dataclasses import replace
from ipaddress import IPv4Address

from labkit.reason import Reason
from mta_emu.acceptor import Acceptor
from mta_emu.endpoint import Endpoint, Ends
from mta_emu.mta.association.opening import PATIENCE
from mta_emu.mta.association.recovery import GUESSES_REMEMBERED, MAX_WRONG_GUESSES
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.connector.connector import Connector
from mta_emu.mta.connector.shared import Shared
from mta_emu.mta.log import records, winsock
from mta_emu.mta.log.records import Association
from mta_emu.mta.log.records import ProtocolError as ProtocolViolation
from mta_emu.mta.policy.admission import (
    Admitted,
    Caller,
    Dropped,
    Refused,
    admit,
    control_blocks_used_up,
    screen,
    share_used_up,
)
from mta_emu.mta.policy.calling import ASSOCIATION_LIMIT
from mta_emu.mta.policy.names import reverse
from mta_emu.mts import bind
from mta_emu.mts.bind import Credentials
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
from mta_emu.osi.transport.tpdu import DisconnectReason


class Listener:
    """Serves the associations that remote MTAs open."""

    def __init__(self, shared: Shared, connectors: dict[str, Connector]) -> None:
        """Pass accepted associations to `connectors`, by name."""
        self._shared = shared
        self._connectors = connectors
        self._binding = 0
        self._block: int | None = None  # the listener's own
        self._acceptor = Acceptor(self._accepted, self._exhausted, self._recovered)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def settled(self) -> bool:
        """Whether no caller is in the middle of a bind."""
        return not self._binding

    def start(self) -> None:
        """Begin to listen. Raises OSError when the address cannot be had."""
        stack = self._shared.config.server.transport_stack
        self._block = self._shared.blocks.take()
        self._acceptor.listen(map(str, stack.addresses), stack.port)

    def stop(self) -> None:
        """Take no more connections."""
        self._acceptor.close()

    def _exhausted(self, error: OSError) -> None:
        """Say that callers have to wait, because the process can open nothing more."""
        text = f"this machine can open no other connection: {error.strerror}"
        reason = Reason("file descriptors", text)
        self._shared.log(9156, reason, count=self._shared.blocks.count)
        self._shared.log(9202, reason, error=winsock.number(error), block=self._block)
        self._shared.journal.publish(records.Accepting("stopped", reason.text))

    def _recovered(self) -> None:
        self._shared.journal.publish(records.Accepting("resumed"))

    def _accepted(self, sock: socket.socket) -> None:
        task = asyncio.create_task(self._take(sock))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take(self, sock: socket.socket) -> None:
        """Find a control block for a connection, and see where it comes from."""
        shared = self._shared
        try:
            address = IPv4Address(sock.getpeername()[0])
        except OSError:
            sock.close()  # the caller was gone before it could be heard
            return
        block = shared.blocks.take(str(address))
        options = shared.config.transport_options()
        if block is None:
            options = replace(options, refusal=DisconnectReason.CONGESTION)  # X.224 13.5.3
        selectors = shared.config.server.transport_stack.selectors.for_stack()
        stack = RtseConnection(initiator=False, local=selectors, transport=options)
        try:
            endpoint = await Endpoint.accept(stack, sock, shared.tap)
            if block is None:
                self._tell_turned_away(address)
                await endpoint.close()
            else:
                await self._hear(endpoint, address, block)
        except OSError:
            pass  # the caller was gone before it could be heard
        finally:
            if block is not None:
                shared.blocks.give_back(block)

    async def _hear(self, endpoint: Endpoint, address: IPv4Address, block: int) -> None:
        """Hear a caller, unless nobody knows its address."""
        config = self._shared.config
        host_name = reverse(config.server, address)
        if dropped := screen(config, address, host_name):
            self._tell_dropped(dropped, endpoint.ends)
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
            peer, request, now, lambda: self._tell_guesses(endpoint, request)
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
            IPv4Address(endpoint.ends.peer_address),
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
                self._tell_refusal(refusal, caller, endpoint.ends, number, block)
                endpoint.request(
                    RtOpenReject(bind.encode_error(refusal.error), reason=int(refusal.error))
                )
        return None

    def _accept(self, endpoint: Endpoint, connector: ConnectorConfig) -> None:
        name, password = self._shared.config.local_credentials(connector)
        override = connector.override
        result = bind.encode_result(Credentials(name, password), connector.advanced.conformance)
        endpoint.request(RtOpenAccept(result, override.checkpoint_size, override.window_size))

    def _tell_turned_away(self, address: IPv4Address) -> None:
        """9156: no control block is free, or none for this caller (Q166602)."""
        blocks, registry = self._shared.blocks, self._shared.config.server.registry
        why = control_blocks_used_up(registry)
        if blocks.held_by(str(address)) >= blocks.share:
            why = share_used_up(registry, address, blocks.share)
        self._shared.log(9156, why, count=blocks.count)

    def _tell_refusal(
        self, refusal: Refused, caller: Caller, ends: Ends, number: int, block: int
    ) -> None:
        connector = refusal.connector
        values = {
            "dn": self._shared.config.distinguished_name(connector) if connector else "",
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
            self._shared.log(event, refusal.reason, **values)

    def _tell_dropped(self, dropped: Dropped, ends: Ends) -> None:
        """9301 with the address in hex, and with the name in ASCII hex (Q193380), and 9202."""
        self._tell_association(next(self._shared.numbers), None, ends, dropped.reason)
        server = self._shared.config.server
        values = {
            "organization": server.organization,
            "site": server.site,
            "server": server.name,
            "stack": server.transport_stack.name,
        }
        for gateway in (dropped.address.packed.hex().upper(), dropped.name.encode().hex()):
            self._shared.log(9301, dropped.reason, address=gateway, **values)
        self._shared.log(9202, dropped.reason, error=0, block=self._block)

    def _tell_guesses(self, endpoint: Endpoint, request: RtRecover) -> None:
        """51: somebody asks again and again for associations that it does not have."""
        address = IPv4Address(endpoint.ends.peer_address)
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
            address=address.packed.hex().upper(),
            association=None,
        )

    def _tell_association(
        self, number: int, connector: ConnectorConfig | None, ends: Ends, reason: Reason
    ) -> None:
        name = connector.name if connector else None
        refused = Association(number, name, "remotely", ends.local, ends.peer, "refused")
        self._shared.journal.publish(refused.because(reason))

    def _protocol_error(self, endpoint: Endpoint, layer: str, reason: str) -> None:
        peer = endpoint.ends.peer
        self._shared.journal.publish(ProtocolViolation(peer, layer, reason))
