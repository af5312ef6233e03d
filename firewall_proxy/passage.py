"""One accepted client, from the onward connection to the last octet."""

import asyncio
import errno
import os
import socket
from dataclasses import dataclass

from firewall_proxy.config import Limits, Service
from firewall_proxy.policy import OnwardSource
from firewall_proxy.records import Outcome
from firewall_proxy.relay import Relay
from firewall_proxy.reset_watch import ResetWatch
from firewall_proxy.sockets import endpoint, onward_socket, reset
from labkit.clock import LabClock

#: Packets do not travel faster on a faster lab clock: no timeout is shorter than this on the wall.
SHORTEST_TIMEOUT = 1.0

_FAILURES = {
    errno.ECONNREFUSED: Outcome.REFUSED,
    errno.ECONNRESET: Outcome.RESET_BY_DESTINATION,
    errno.ETIMEDOUT: Outcome.TIMED_OUT,
    errno.ECONNABORTED: Outcome.ABANDONED,
    errno.EMFILE: Outcome.LIMIT,
    errno.ENFILE: Outcome.LIMIT,
    errno.ENOBUFS: Outcome.LIMIT,
    errno.ENOMEM: Outcome.LIMIT,
}


@dataclass(frozen=True)
class Ending:
    """How a passage ended, `reason` in words."""

    outcome: Outcome
    reason: str


class Passage:
    """Opens the onward connection for one client and relays until the end.

    `onward_source` ("a.b.c.d:port") is known once the attempt has begun; `bytes_out` and
    `bytes_in` once the passage has ended.
    """

    def __init__(
        self,
        service: Service,
        client: socket.socket,
        source: OnwardSource,
        *,
        limits: Limits,
        clock: LabClock,
        watch: ResetWatch,
    ) -> None:
        self._destination = service.destination
        self._client = client
        self._source = source
        self._limits = limits
        self._clock = clock
        self._watch = watch
        self.onward_source: str | None = None
        self.bytes_out = 0
        self.bytes_in = 0

    async def run(self) -> Ending:
        """Pass the client on; both connections are closed or reset at the end.

        To cancel it is to stop it: STOPPED. All but a proper end of both directions is a reset
        for both sides: a client whose onward connection is refused was accepted before, so a
        reset is the only "no" it can still be told, and a stream cut short must not look complete.
        """
        onward: socket.socket | None = None
        try:
            onward = onward_socket(self._source)
            await self._connect(onward)
            ending = await self._relay(onward)
        except OSError as error:
            outcome = _FAILURES.get(error.errno or 0, Outcome.UNREACHABLE)
            ending = Ending(outcome, f"{self._destination}: {error.strerror}")
        except asyncio.CancelledError:
            ending = Ending(Outcome.STOPPED, "the firewall stops")
        for connection in (self._client, onward):
            if connection is None:
                continue
            if ending.outcome is Outcome.CLOSED:
                connection.close()
            else:
                reset(connection)
        return ending

    async def _connect(self, onward: socket.socket) -> None:
        """Connect to the destination; a client that resets meanwhile ends the attempt.

        Raises OSError: the kernel's, ETIMEDOUT after the connect timeout, ECONNABORTED when
        the client reset.
        """
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[None] = loop.create_future()

        def settle(code: int, text: str | None = None) -> None:
            if answered.done():
                return
            if code:
                answered.set_exception(OSError(code, text or os.strerror(code)))
            else:
                answered.set_result(None)

        code = onward.connect_ex((str(self._destination.address), self._destination.port))
        self.onward_source = endpoint(onward.getsockname())
        if code != errno.EINPROGRESS:
            settle(code)
        timeout = self._limits.connect_timeout
        timer = loop.call_later(
            self._wall(timeout), settle, errno.ETIMEDOUT, f"no answer in {timeout:g} s"
        )
        loop.add_writer(
            onward, lambda: settle(onward.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
        )
        try:
            with self._watch.watching(
                self._client,
                lambda: settle(errno.ECONNABORTED, "the client reset before it answered"),
            ):
                await answered
        finally:
            loop.remove_writer(onward)
            timer.cancel()

    async def _relay(self, onward: socket.socket) -> Ending:
        idle = self._limits.idle_timeout
        relay = Relay(
            self._client,
            onward,
            self._watch,
            capacity=self._limits.buffer,
            idle_seconds=self._wall(idle),
        )
        try:
            outcome = await relay.run()
        finally:
            self.bytes_out = relay.out.passed_on
            self.bytes_in = relay.back.passed_on
        reason = {
            Outcome.CLOSED: "both sides had sent all",
            Outcome.RESET_BY_CLIENT: "passed on to the destination",
            Outcome.RESET_BY_DESTINATION: "passed on to the client",
            Outcome.IDLE: f"nothing was sent for {idle:g} s",
        }[outcome]
        return Ending(outcome, reason)

    def _wall(self, lab_seconds: float) -> float:
        return max(SHORTEST_TIMEOUT, self._clock.wall_seconds(lab_seconds))
