"""One accepted client, from the onward connection to the last octet."""

import asyncio
import errno
import os
import socket
from dataclasses import dataclass

from firewall_proxy.config import Limits
from firewall_proxy.failures import explain, is_ours
from firewall_proxy.policy import OnwardSource
from firewall_proxy.records import Outcome
from firewall_proxy.relay import Patience, Relay, Silence
from firewall_proxy.reset_watch import ResetWatch
from firewall_proxy.sockets import onward_socket, own_end, reset
from labkit.addresses import End
from labkit.clock import LabClock
from labkit.reason import Reason

#: Packets do not travel faster on a faster lab clock: no timeout is shorter than this on the wall.
SHORTEST_TIMEOUT = 1.0

#: Nor does a peer's machine think faster: waiting for what it sends is not cut shorter than this,
#: unless the configuration says so.
_SHORTEST_SILENCE = 10.0


@dataclass(frozen=True)
class Ending:
    """How a passage ended, and why."""

    outcome: Outcome
    reason: Reason


_BOTH_ENDED = Reason("end", "both sides had sent all")
RESET_ON = Reason("end", "passed on to the destination")
_RESET_BACK = Reason("end", "passed on to the client")
_STOPPED = Reason("end", "the firewall stops")


class Passage:
    """Opens the onward connection for one client and relays until the end.

    `onward_source` and `onward_destination` are "address:port"; the first is known once the attempt
    has begun. `bytes_out` and `bytes_in` are known once the passage has ended.
    """

    def __init__(
        self,
        destination: End,
        client: socket.socket,
        source: OnwardSource,
        *,
        limits: Limits,
        clock: LabClock,
        watch: ResetWatch,
    ) -> None:
        self._destination = destination
        self._client = client
        self.source = source
        self._limits = limits
        self._clock = clock
        self._watch = watch
        self.onward_source: str | None = None
        self.onward_destination = str(destination)
        self.bytes_out = 0
        self.bytes_in = 0

    async def run(self) -> Ending:
        """Pass the client on; both connections are closed or reset at the end.

        To cancel it is to stop it: STOPPED. All but a proper end of both directions is a reset
        for both sides: a client whose onward connection is refused was accepted before, so a
        reset is the only refusal that is left, and a stream cut short must not look complete.
        """
        onward: socket.socket | None = None
        try:
            onward = onward_socket(self.source, self._destination.address)
            await self._connect(onward)
            ending = await self._relay(onward)
        except OSError as error:
            if is_ours(error):  # nothing was opened onward
                self.onward_source = None
            ending = Ending(*explain(error, self.source, self.onward_destination))
        except asyncio.CancelledError:
            ending = Ending(Outcome.STOPPED, _STOPPED)
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
        self.onward_source = str(own_end(onward))
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
        limits = self._limits
        patience = Patience(
            first_octet=silence(self._clock, limits.first_octet_timeout),
            half_close=silence(self._clock, limits.half_close_timeout),
            idle=self._wall(limits.idle_timeout),
        )
        relay = Relay(self._client, onward, self._watch, limits.buffer, patience)
        try:
            outcome = await relay.run()
        finally:
            self.bytes_out = relay.out.passed_on
            self.bytes_in = relay.back.passed_on
        return Ending(outcome, self._why(outcome, relay.silence))

    def _why(self, outcome: Outcome, silence: Silence) -> Reason:
        match outcome:
            case Outcome.RESET_BY_CLIENT:
                return RESET_ON
            case Outcome.RESET_BY_DESTINATION:
                return _RESET_BACK
            case Outcome.IDLE:
                field = f"{silence}_timeout"
                seconds = f"{getattr(self._limits, field):g} s"
                text = f"{_SILENCES[silence]} {seconds}"
                return Reason(
                    field, text, f"within {seconds}", "nothing", self._limits.place(field)
                )
            case _:
                return _BOTH_ENDED

    def _wall(self, lab_seconds: float) -> float:
        return max(SHORTEST_TIMEOUT, self._clock.wall_seconds(lab_seconds))


def silence(clock: LabClock, lab_seconds: float) -> float:
    """How many wall seconds a peer may be silent that may be silent for so many of the lab's."""
    return max(min(lab_seconds, _SHORTEST_SILENCE), clock.wall_seconds(lab_seconds))


_SILENCES = {
    Silence.FIRST_OCTET: "the client sent nothing for",
    Silence.HALF_CLOSE: "one side had sent all, and the other nothing for",
    Silence.IDLE: "nothing was sent for",
}
