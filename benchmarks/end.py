"""The stack alone, without an MTA: an end that takes calls, and what a caller does.

As a process of its own, `python -m benchmarks.end` takes calls, and has an echo of bare octets; it
writes a line once it listens.
"""

import asyncio
import socket

from benchmarks.conftest import BARE_PORT, PORT, SERVER
from labkit.addresses import End
from labkit.loop import run
from mta_emu.acceptor import Acceptor
from mta_emu.endpoint import Endpoint
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import (
    DialogueMode,
    Octets,
    RtCheckpoint,
    RtCheckpointSecured,
    RtClose,
    RtCloseAccept,
    RtOpen,
    RtOpenAccept,
    RtTransfer,
    RtTransferConfirm,
    RtTransferEnd,
    RtTransferSecured,
)
from mta_emu.osi.selectors import Selectors
from mta_emu.tap import Tap

_NOBODY = Selectors()
BIND = bytes.fromhex("b0020500")  # an unauthenticated bind argument: [16] NULL
RESULT = bytes.fromhex("b1020500")
CHECKPOINT_SIZE, WINDOW = 30, 5  # Exchange's


def _listen() -> None:
    """Take calls, each in a task of its own."""
    tasks: set[asyncio.Task[None]] = set()

    def accepted(sock: socket.socket) -> None:
        task = asyncio.create_task(_serve(sock))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def exhausted(error: OSError) -> None:
        raise error

    Acceptor(accepted, exhausted).listen([End.parse(f"{SERVER}:{PORT}")])


async def _serve(sock: socket.socket) -> None:
    """Accept a bind, secure whatever comes, agree to the release."""
    endpoint = await Endpoint.accept(RtseConnection(initiator=False), sock)
    while indication := await endpoint.receive():
        match indication:
            case RtOpen():
                endpoint.request(RtOpenAccept(RESULT, CHECKPOINT_SIZE, WINDOW))
            case RtCheckpoint(serial):
                endpoint.request(RtCheckpointSecured(serial))
            case RtTransferEnd():
                endpoint.request(RtTransferSecured())
            case RtClose():
                endpoint.request(RtCloseAccept())
    await endpoint.close()


async def associate(
    address: tuple[str, int],
    tap: Tap | None = None,
    source: str | None = None,
    argument: bytes = BIND,
) -> Endpoint:
    """Open an association from the address `source`, and bind with an argument."""
    stack = RtseConnection(initiator=True)
    endpoint = await Endpoint.connect(stack, *address, source=source, tap=tap)
    request = RtOpen(
        _NOBODY, _NOBODY, argument, DialogueMode.TWO_WAY_ALTERNATE, CHECKPOINT_SIZE, WINDOW
    )
    endpoint.request(request)
    assert isinstance(await endpoint.receive(), RtOpenAccept)
    return endpoint


async def release(endpoint: Endpoint) -> None:
    """Release the association, and close."""
    endpoint.request(RtClose())
    assert isinstance(await endpoint.receive(), RtCloseAccept)
    await endpoint.close()


async def transfer(endpoint: Endpoint, apdu: bytes, times: int) -> None:
    """Transfer an APDU so many times, each after the other was confirmed."""
    for _ in range(times):
        endpoint.request(RtTransfer(Octets(apdu)))
        confirm = await endpoint.receive()
        assert isinstance(confirm, RtTransferConfirm)
        assert confirm.accepted


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while octets := await reader.read(65536):
        writer.write(octets)
    writer.close()


async def _serve_for_ever() -> None:
    _listen()
    echo = await asyncio.start_server(_echo, SERVER, BARE_PORT)
    print(flush=True)
    await echo.serve_forever()


if __name__ == "__main__":
    run(_serve_for_ever())
