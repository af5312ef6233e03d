"""The running firewall: its listening sockets, who is let in, and the connections under way."""

import asyncio
import os
import resource
import socket
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from dataclasses import dataclass, replace
from operator import attrgetter
from types import TracebackType
from typing import Self

from firewall_proxy import policy
from firewall_proxy.choosing import choose
from firewall_proxy.config import Configuration, Service
from firewall_proxy.failures import out_of_files
from firewall_proxy.passage import Ending, Passage
from firewall_proxy.records import Connection, Listening, Outcome, ReloadRefused, Repeated
from firewall_proxy.repeats import Repeats
from firewall_proxy.reset_watch import ResetWatch
from firewall_proxy.sockets import accept, may_be_transparent, own_end, reset, service_socket
from labkit.addresses import End, IPAddress
from labkit.reason import Reason
from labkit.records import Record

#: Wall seconds until the next accept, after the system could not give a socket.
_ACCEPT_PAUSE = 0.1
#: Refusals of one cause are recorded once in so many lab seconds, and wall seconds at least.
_MINUTE = 60.0
_SHORTEST_MINUTE = 10.0
#: Open files a connection takes: two sockets, and a pipe's two ends each way.
_FILES_PER_CONNECTION = 6
#: Open files of the process besides: standard streams, event loop, libraries, a client refused.
_OTHER_FILES = 64


class CannotStart(Exception):  # noqa: N818 - reads as what happened
    """The configuration is right but this machine or process cannot serve it; the text says why."""


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


#: What identifies a listening socket: its address and port, and for port 0, which several may
#: have, the service's name.
_Place = tuple[IPAddress, int, str]


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
        self._listeners: dict[_Place, socket.socket] = {}
        self._passing: set[asyncio.Task[None]] = set()
        self._open_by: Counter[IPAddress] = Counter()
        minute = max(_SHORTEST_MINUTE, self._clock.wall_seconds(_MINUTE))
        self._refusals = Repeats[_Refusals](minute, self._say_repeated)

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._watch = ResetWatch(self._loop)
        self._spare = _spare_file()
        try:
            self._serve(self._configuration)
        except CannotStart:
            self._close()
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
        _ensure_files(configuration)
        _ensure_transparency(configuration)
        listeners: dict[_Place, socket.socket] = {}
        with ExitStack() as on_failure:
            for index, service in enumerate(configuration.services):
                place = _place(configuration, service)
                if place not in listeners:
                    listeners[place] = self._listeners.get(place) or on_failure.enter_context(
                        _listen(configuration, index, service)
                    )
            on_failure.pop_all()
        for listener in self._listeners.values():
            self._loop.remove_reader(listener)
            if listener not in listeners.values():
                listener.close()
        self._configuration = configuration
        self._listeners = listeners
        here: dict[_Place, tuple[Service, ...]] = {}
        for service in configuration.services:
            place = _place(configuration, service)
            here[place] = (*here.get(place, ()), service)
        ends = {place: str(own_end(listener)) for place, listener in listeners.items()}
        self._say(
            Listening(
                tuple(service.name for service in configuration.services),
                tuple(ends[_place(configuration, each)] for each in configuration.services),
            )
        )
        for place, listener in listeners.items():
            self._accept_from(here[place], listener)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for listener in self._listeners.values():
            self._loop.remove_reader(listener)
            listener.close()
        self._listeners.clear()
        await asyncio.sleep(0)  # a passage cancelled before it began could not say how it ended
        for task in self._passing:
            task.cancel()
        await asyncio.gather(*self._passing)
        self._refusals.close()
        self._close()

    def _close(self) -> None:
        self._watch.close()
        if self._spare is not None:
            os.close(self._spare)

    def _accept(self, here: tuple[Service, ...], listener: socket.socket) -> None:
        """Take one client; the event loop calls again while more wait."""
        try:
            client, peer = accept(listener)
        except BlockingIOError:  # the client has gone
            return
        except OSError as error:
            self._turn_away(here, listener, error)
            return
        self._let_in(here, client, peer)

    def _turn_away(
        self, here: tuple[Service, ...], listener: socket.socket, error: OSError
    ) -> None:
        """Answer a client with the spare socket, because this process can open no other.

        Without an answer it would wait until its own timeout, and nobody would know why.
        """
        if self._spare is not None:
            os.close(self._spare)
        try:
            client, peer = accept(listener)
        except OSError:  # another thread or process was faster: try again soon
            self._loop.remove_reader(listener)
            self._loop.call_later(_ACCEPT_PAUSE, self._accept_from, here, listener)
        else:
            own = str(own_end(client))
            reset(client)
            arrival = _Arrival(here, None, str(peer), own, self._loop.time())
            self._refuse_at_limit(arrival, out_of_files(error), None)
        self._spare = _spare_file()

    def _accept_from(self, here: tuple[Service, ...], listener: socket.socket) -> None:
        if listener in self._listeners.values():
            self._loop.add_reader(listener, self._accept, here, listener)

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


def _spare_file() -> int | None:
    """An open file, to be given up when there is no other for a client."""
    try:
        return os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None


def _place(configuration: Configuration, service: Service) -> _Place:
    address, port = configuration.listens_at(service)
    return address, port, "" if port else service.name


def _ensure_files(configuration: Configuration) -> None:
    """Let the process have as many open files as the limits allow connections."""
    connections = configuration.limits.connections
    needed = connections * _FILES_PER_CONNECTION + _OTHER_FILES
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < needed:
        raise CannotStart(
            f"limits.connections: {connections} connections take {needed} open files, and "
            f"this process may have {most}: allow fewer, or raise the limit (ulimit -n)"
        )
    if allowed != resource.RLIM_INFINITY and allowed < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, most))


def _ensure_transparency(configuration: Configuration) -> None:
    for index, service in enumerate(configuration.services):
        address, _ = configuration.listens_at(service)
        # Who reaches an address in 127/8 comes from one: no foreign address to take on.
        if service.client_side_transparency and not address.is_loopback:
            if may_be_transparent():
                return
            raise CannotStart(
                f"services.{index}.client_side_transparency: to use the addresses of others "
                "takes the capability CAP_NET_ADMIN, which this process does not have"
            )


def _listen(configuration: Configuration, index: int, service: Service) -> socket.socket:
    end = configuration.listens_at(service)
    try:
        return service_socket(end, configuration.limits.connections)
    except OSError as error:
        raise CannotStart(
            f"services.{index}.listen: {service.name} cannot listen at {end}: {error.strerror}"
        ) from error
