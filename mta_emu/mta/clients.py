"""Takes the clients of the control socket and of the doors, and records when they have to wait.

They come by an Acceptor, as remote MTAs do: without a file descriptor for it a client waits in the
kernel's queue, where the servers of an event loop may drop it without a word.
"""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from labkit.records import Record
from mta_emu.acceptor import Acceptor
from mta_emu.mta.log.records import Accepting


@contextmanager
def served(
    listening: socket.socket,
    client: Callable[[], asyncio.BaseProtocol],
    publish: Callable[[Record], None],
    where: str,
) -> Iterator[None]:
    """Give each connection of `listening`, which is closed in the end, to a `client` of its own.

    `where` is what clients call, in the records.
    """
    loop = asyncio.get_running_loop()
    tasks: set[asyncio.Task[None]] = set()

    async def connect(sock: socket.socket) -> None:
        try:
            await loop.connect_accepted_socket(client, sock)
        except OSError:
            sock.close()  # the client was gone at once

    def accepted(sock: socket.socket) -> None:
        task = loop.create_task(connect(sock))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def exhausted(error: OSError) -> None:
        reason = f"this machine can open no other connection: {error.strerror}"
        publish(Accepting("stopped", reason, where))

    def recovered() -> None:
        publish(Accepting("resumed", where=where))

    acceptor = Acceptor(accepted, exhausted, recovered)
    acceptor.take_from([listening])
    try:
        yield
    finally:
        acceptor.close()
