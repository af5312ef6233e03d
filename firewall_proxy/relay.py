"""Octets between two connected sockets, both ways, until both have ended or one is reset.

What one side does to its connection happens to the other: an end of data (FIN) is passed on as
an end of data once what came before it has been passed on, a reset (RST) as a reset. Each direction
holds at most one pipe of octets. A side that does not read fills the pipe, then nothing is read
for it any more, and TCP's window stops the sender.
"""

import asyncio
import fcntl
import os
import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Self

from firewall_proxy.records import Outcome
from firewall_proxy.reset_watch import ResetWatch

#: Octets that an empty pipe takes at once (PIPE_BUF).
_AT_ONCE = select.PIPE_BUF


class Direction:
    """One way through the relay: from `source` into a pipe, and out of it to `sink`.

    The octets stay in the kernel (splice(2)): only references to their pages go in and out.
    The pipe is filled only when it is empty, so "would block" on taking always means that the
    source has nothing, and never that the pipe is full.
    """

    def __init__(self, source: socket.socket, sink: socket.socket, capacity: int) -> None:
        self.source = source
        self.sink = sink
        self.ended = False
        self.stalled = False  # the pipe waits for the sink, and nobody reads the source
        self.begun = False  # the source has sent something
        self.passed_on = 0
        self._capacity = capacity
        self._held = 0

    def __enter__(self) -> Self:
        self._exit, self._entry = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        # Over the user's share of pipe memory the kernel grants no larger one: use what there is.
        with suppress(PermissionError):
            fcntl.fcntl(self._entry, fcntl.F_SETPIPE_SZ, self._capacity)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.close(self._entry)
        os.close(self._exit)

    def take(self) -> None:
        """Fill the empty pipe from the source, or learn that the source has ended.

        Raises BlockingIOError when nothing is there yet, OSError when the source is reset.
        """
        try:
            self._held = os.splice(
                self.source.fileno(), self._entry, self._capacity, flags=os.SPLICE_F_NONBLOCK
            )
        except BlockingIOError:
            self._held = 0
        if not self._held:
            self._held = self._take_urgent()
        self.ended = not self._held
        self.begun = self.begun or not self.ended

    def _take_urgent(self) -> int:
        """Take what splice(2) stops at without a word, an urgent octet, and then an end is an end.

        Raises BlockingIOError when nothing is there, OSError when the source is reset.
        """
        return os.write(self._entry, self.source.recv(_AT_ONCE))

    def give(self) -> None:
        """Empty the pipe into the sink; after the last octet pass the source's end on.

        Raises BlockingIOError when the sink takes no more for now, OSError when it is reset.
        """
        while self._held:
            given = os.splice(
                self._exit, self.sink.fileno(), self._held, flags=os.SPLICE_F_NONBLOCK
            )
            self._held -= given
            self.passed_on += given
        if self.ended:
            self.sink.shutdown(socket.SHUT_WR)


class Silence(StrEnum):
    """Which silence ended a relay."""

    FIRST_OCTET = "first_octet"  # the client has never sent anything
    HALF_CLOSE = "half_close"  # one side has ended
    IDLE = "idle"


@dataclass(frozen=True)
class Patience:
    """How long nothing may be sent, in wall seconds, in each state of a relay."""

    first_octet: float
    half_close: float
    idle: float


class Relay:
    """Two directions, and how they end: also by a silence, which `silence` names then."""

    def __init__(
        self,
        client: socket.socket,
        destination: socket.socket,
        watch: ResetWatch,
        capacity: int,
        patience: Patience,
    ) -> None:
        self.out = Direction(client, destination, capacity)
        self.back = Direction(destination, client, capacity)
        self._client = client
        self._destination = destination
        self._watch = watch
        self._patience = patience
        self.silence = Silence.IDLE
        self._timer: asyncio.Handle
        self._loop = asyncio.get_running_loop()
        self._outcome: asyncio.Future[Outcome] = self._loop.create_future()

    async def run(self) -> Outcome:
        """Relay until the end: CLOSED, RESET_BY_CLIENT, RESET_BY_DESTINATION or IDLE.

        The sockets stay open; to close or to reset them is the caller's.
        """
        with (
            self.out,
            self.back,
            self._idle_timer(),
            self._watch.watching(self._client, self._client_reset),
            self._watch.watching(self._destination, self._destination_reset),
        ):
            try:
                for direction in (self.out, self.back):
                    self._loop.add_reader(direction.source, self._readable, direction)
                return await self._outcome
            finally:
                for end in (self._client, self._destination):
                    self._loop.remove_reader(end)
                    self._loop.remove_writer(end)

    def _readable(self, direction: Direction) -> None:
        try:
            direction.take()
        except BlockingIOError:
            return
        except OSError:
            self._reset_by(direction.source)
            return
        self._pass_on(direction)

    def _pass_on(self, direction: Direction) -> None:
        self._active = self._loop.time()
        try:
            direction.give()
        except BlockingIOError:
            if not direction.stalled:
                direction.stalled = True
                self._loop.remove_reader(direction.source)
                self._loop.add_writer(direction.sink, self._pass_on, direction)
            return
        except OSError:
            self._reset_by(direction.sink)
            return
        if direction.stalled:
            direction.stalled = False
            self._loop.remove_writer(direction.sink)
            self._loop.add_reader(direction.source, self._readable, direction)
        elif direction.ended:
            self._loop.remove_reader(direction.source)
            if self.out.ended and self.back.ended:
                self._end(Outcome.CLOSED)

    def _client_reset(self) -> None:
        self._reset_by(self._client)

    def _destination_reset(self) -> None:
        self._reset_by(self._destination)

    def _reset_by(self, side: socket.socket) -> None:
        """End, after what `side` sent before its reset has gone as far as it will without waiting.

        A refusal is often the last thing sent before a reset: it must not be lost.
        """
        by_client = side is self._client
        last = self.out if by_client else self.back
        with suppress(OSError):
            while not last.ended:
                last.give()
                last.take()
        self._end(Outcome.RESET_BY_CLIENT if by_client else Outcome.RESET_BY_DESTINATION)

    def _end(self, outcome: Outcome) -> None:
        # Both sides may have had news in one turn of the event loop: the first is the outcome.
        if not self._outcome.done():
            self._outcome.set_result(outcome)

    @contextmanager
    def _idle_timer(self) -> Iterator[None]:
        self._active = self._loop.time()
        self._timer = self._loop.call_soon(self._look_for_silence)
        try:
            yield
        finally:
            self._timer.cancel()

    def _look_for_silence(self) -> None:
        """End when nothing was sent for too long, or look again when that could be."""
        self.silence, seconds = self._bound()
        left = self._active + seconds - self._loop.time()
        if left <= 0:
            self._end(Outcome.IDLE)
            return
        # the bound may get shorter meanwhile
        again = min(left, self._patience.first_octet, self._patience.half_close)
        self._timer = self._loop.call_later(again, self._look_for_silence)

    def _bound(self) -> tuple[Silence, float]:
        """Which silence would end the relay now, and after how many seconds."""
        bounds = [(self._patience.idle, Silence.IDLE)]
        if self.out.ended or self.back.ended:
            bounds.append((self._patience.half_close, Silence.HALF_CLOSE))
        if not self.out.begun:
            bounds.append((self._patience.first_octet, Silence.FIRST_OCTET))
        seconds, silence = min(bounds)
        return silence, seconds
