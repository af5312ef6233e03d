"""The running firewall: who is let in, and the connections under way."""

import asyncio
import socket
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from operator import attrgetter
from types import TracebackType
from typing import Self

from firewall_proxy import policy
from firewall_proxy.choosing import choose
from firewall_proxy.config import Configuration, Service
from firewall_proxy.listeners import CannotStart, Listeners
from firewall_proxy.passage import Ending, Passage
from firewall_proxy.records import Connection, Listening, Outcome, ReloadRefused, Repeated
from firewall_proxy.repeats import Repeats
from firewall_proxy.reset_watch import ResetWatch
from firewall_proxy.sockets import own_end, reset
from labkit.addresses import End, IPAddress
from labkit.reason import Reason
from labkit.records import Record

#: Refusals of one cause are recorded once in so many lab seconds, and wall seconds at least.
_MINUTE = 60.0
_SHORTEST_MINUTE = 10.0


@dataclass(frozen=True)
class _Arrival:
    """What is known of a client when it arrives; `at` is the event loop's time.

    Of several services that listen at one place it is for the one that it calls, which is known
    later: `called` says how.
    """

    services: tuple[Service, ...]
    verdict: policy.Verdict | None  # None where nobody asked the rules
    source: str
    destination: str
    at: float
    called: str = ""

    @property
    def names(self) -> str:
        """The service's name, or those of all that it can be."""
        return ", ".join(each.name for each in self.services)


@dataclass(frozen=True)
class _Refusals:
    """What refusals at a limit have in common; `source` where they are all one client's."""

    service: str
    source: str | None
    reason: Reason


class Firewall:
    """`async with Firewall(configuration, report):` serves until the block is left.

    `report` gets each record: Listening at the start and after each reload, Connection
    whenever one has ended. Entering raises CannotStart; leaving cuts off (and reports) what is
    still open.
    """

    def __init__(self, configuration: Configuration, report: Callable[[Record], None]) -> None:
        self._configuration = configuration
        self._report = report
        self._clock = configuration.clock.lab_clock()
        self._passing: set[asyncio.Task[None]] = set()
        self._open_by: Counter[IPAddress] = Counter()
        minute = max(_SHORTEST_MINUTE, self._clock.wall_seconds(_MINUTE))
        self._refusals = Repeats[_Refusals](minute, self._say_repeated)

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._watch = ResetWatch(self._loop)
        self._listeners = Listeners(self._let_in, self._turn_away)
        try:
            self._serve(self._configuration)
        except CannotStart:
            self._listeners.close()
            self._watch.close()
            raise
        return self

    def reload(self, configuration: Configuration) -> None:
        """Serve another configuration; connections under way stay as they are.

        Raises CannotStart, and then nothing has changed.
        """
        for field in ("log.file", "clock.scale", "clock.start"):
            value = attrgetter(field)
            if value(configuration) != value(self._configuration):
                raise CannotStart(f"{field}: cannot change while the firewall runs")
        self._serve(configuration)

    def refuse_reload(self, reason: str) -> None:
        """Report that a configuration could not be read again."""
        self._say(ReloadRefused(reason))

    def _serve(self, configuration: Configuration) -> None:
        """Listen for the services of `configuration`, with the sockets that are there already."""
        ends = self._listeners.listen(configuration)
        self._configuration = configuration
        self._say(Listening(tuple(each.name for each in configuration.services), ends))
        self._listeners.accept(configuration)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._listeners.close()
        await asyncio.sleep(0)  # a passage cancelled before it began could not say how it ended
        for task in self._passing:
            task.cancel()
        await asyncio.gather(*self._passing)
        self._refusals.close()
        self._watch.close()

    def _turn_away(self, here: tuple[Service, ...], peer: End, own: End, reason: Reason) -> None:
        """Record a client that was reset, because there was no file for it."""
        arrival = _Arrival(here, None, str(peer), str(own), self._loop.time())
        self._refuse_at_limit(arrival, reason, None)

    def _let_in(self, here: tuple[Service, ...], client: socket.socket, peer: End) -> None:
        """Ask the rules and the limits; begin a passage, wait for what is called, or reset."""
        address = peer.address
        limits, are_open = self._configuration.limits, len(self._passing)
        verdicts = [policy.decide(self._configuration, each, address) for each in here]
        verdict = next((each for each in verdicts if each.allowed), verdicts[0])
        arrival = _Arrival(here, verdict, str(peer), str(own_end(client)), self._loop.time())
        excess = policy.over_limit(limits, address, are_open, self._open_by.get(address, 0))
        if not verdict.allowed:
            reset(client)
            self._record(arrival, Ending(Outcome.DENIED, verdict.reason))
        elif excess:
            reset(client)
            by_one = excess.check == policy.PER_CLIENT
            self._refuse_at_limit(arrival, excess, str(address) if by_one else None)
        elif policy.known_by_what_is_called(here):
            self._begin(self._choose(self._configuration, arrival, client, address), address)
        elif passage := self._passage(self._configuration, arrival, client, address):
            self._begin(self._pass(arrival, passage), address)

    def _passage(
        self,
        configuration: Configuration,
        arrival: _Arrival,
        client: socket.socket,
        address: IPAddress,
    ) -> Passage | None:
        """Take a client to its service, or reset where nobody knows the destination's address."""
        (service,) = arrival.services
        destination = configuration.passes_on_to(service)
        if destination is None:
            reset(client)
            self._record(arrival, Ending(Outcome.UNREACHABLE, policy.unknown_name(service)))
            return None
        source = policy.onward_source(configuration, service, address)
        return Passage(
            destination,
            client,
            source,
            limits=configuration.limits,
            clock=self._clock,
            watch=self._watch,
        )

    async def _choose(
        self,
        configuration: Configuration,
        arrival: _Arrival,
        client: socket.socket,
        address: IPAddress,
    ) -> None:
        """Pass a client on to the service that its connection request is for."""
        found = await choose(
            client,
            arrival.services,
            limits=configuration.limits,
            clock=self._clock,
            watch=self._watch,
        )
        if isinstance(found, Ending):
            self._record(replace(arrival, verdict=None), found)
            return
        verdict = policy.decide(configuration, found.service, address)
        arrival = replace(
            arrival, services=(found.service,), verdict=verdict, called=found.reason.text
        )
        if not verdict.allowed:
            reset(client)
            self._record(arrival, Ending(Outcome.DENIED, verdict.reason))
        elif passage := self._passage(configuration, arrival, client, address):
            await self._pass(arrival, passage)

    def _begin(self, work: Coroutine[None, None, None], address: IPAddress) -> None:
        """Begin what is to be done for a client, and count it until it is over."""
        task = self._loop.create_task(work)
        self._passing.add(task)
        self._open_by[address] += 1
        task.add_done_callback(lambda task: self._forget(task, address))

    def _refuse_at_limit(self, arrival: _Arrival, reason: Reason, source: str | None) -> None:
        """Record the first of a minute; the others of the same cause are counted."""
        if self._refusals.is_first(_Refusals(arrival.names, source, reason)):
            self._record(arrival, Ending(Outcome.LIMIT, reason))

    def _say_repeated(self, refusals: _Refusals, count: int) -> None:
        repeated = Repeated(refusals.service, refusals.source, Outcome.LIMIT, count)
        self._say(repeated.because(refusals.reason))

    async def _pass(self, arrival: _Arrival, passage: Passage) -> None:
        ending = await passage.run()
        if ending.outcome is Outcome.LIMIT:
            self._refuse_at_limit(arrival, ending.reason, None)
        else:
            self._record(arrival, ending, passage)

    def _forget(self, task: asyncio.Task[None], address: IPAddress) -> None:
        self._passing.remove(task)
        self._open_by[address] -= 1
        if not self._open_by[address]:
            del self._open_by[address]

    def _say(self, record: Record) -> None:
        self._report(record.at(self._clock.now()))

    def _record(self, arrival: _Arrival, ending: Ending, passage: Passage | None = None) -> None:
        verdict = arrival.verdict
        onward_source = passage.onward_source if passage else None
        rewriting = passage.source.reason if passage and onward_source else None
        record = Connection(
            service=arrival.names,
            rule=verdict.rule if verdict else None,
            rule_place=_place_text(verdict.reason if verdict and verdict.rule else None),
            source=arrival.source,
            destination=arrival.destination,
            onward_source=onward_source,
            onward_destination=passage.onward_destination if passage and onward_source else None,
            rewriting=rewriting.text if rewriting else "",
            rewriting_place=_place_text(rewriting),
            called=arrival.called,
            bytes_out=passage.bytes_out if passage else 0,
            bytes_in=passage.bytes_in if passage else 0,
            seconds=round((self._loop.time() - arrival.at) * self._clock.scale, 3),
            outcome=ending.outcome,
        )
        self._say(record.because(ending.reason))


def _place_text(reason: Reason | None) -> str:
    return str(reason.place or "") if reason else ""
