"""Takes the TCP connections of callers, each with a control block and a stack of its own.

What a caller says and how it is answered is responder.py's.
"""

import asyncio
import socket
from dataclasses import replace

from labkit.addresses import End, IPAddress
from labkit.reason import Reason
from mta_emu.acceptor import Acceptor, make_room
from mta_emu.endpoint import Endpoint
from mta_emu.mta.connector.connector import Connector
from mta_emu.mta.connector.responder import Responder
from mta_emu.mta.connector.shared import Shared
from mta_emu.mta.log import records, winsock
from mta_emu.mta.policy.admission import no_control_block
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.transport.tpdu import DisconnectReason


class Listener:
    """Listens for remote MTAs."""

    def __init__(self, shared: Shared, connectors: dict[str, Connector]) -> None:
        """Take the listener's control block; accepted associations go to `connectors`, by name."""
        self._shared = shared
        self._block = shared.blocks.take()
        self._responder = Responder(shared, connectors, self._block)
        self._acceptor = Acceptor(self._accepted, self._exhausted, self._recovered)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def settled(self) -> bool:
        """Whether no caller is in the middle of a bind."""
        return self._responder.settled

    def start(self) -> None:
        """Begin to listen. Raises OSError when the address cannot be had."""
        stack = self._shared.config.server.transport_stack
        make_room(self._shared.blocks.count)
        self._acceptor.listen(End(each, stack.port) for each in stack.addresses)

    def stop(self) -> None:
        """Take no more connections."""
        self._acceptor.close()

    def _exhausted(self, error: OSError) -> None:
        """Log that callers have to wait, because the process can open nothing more."""
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
        """Find a control block for a connection, and pass it on with its stack."""
        shared = self._shared
        try:
            address = End.of_socket(sock.getpeername()).address
        except OSError:
            sock.close()  # the caller was gone before it could bind
            return
        block = shared.blocks.take(address)
        options = shared.config.transport_options()
        if block is None:
            options = replace(options, refusal=DisconnectReason.CONGESTION)  # X.224 13.5.3
        page = shared.config.server.transport_stack
        selectors = page.selectors.for_stack()
        stack = RtseConnection(
            initiator=False,
            local=selectors,
            transport=options,
            session_versions=page.session_versions,
        )
        try:
            endpoint = await Endpoint.accept(stack, sock, shared.tap, keepalive=page.keepalive)
            if block is None:
                self._log_no_block(address)
                await endpoint.close()
            else:
                await self._responder.respond(endpoint, address, block)
        except OSError:
            pass  # the caller was gone before it could bind
        finally:
            if block is not None:
                shared.blocks.give_back(block)

    def _log_no_block(self, address: IPAddress) -> None:
        """9156: no control block is free, or none for this caller (Q166602)."""
        blocks, registry = self._shared.blocks, self._shared.config.server.registry
        why = no_control_block(registry, address, blocks.held_by(address), blocks.share)
        self._shared.log(9156, why, count=blocks.count)
