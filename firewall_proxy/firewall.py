"""The running firewall: its listening sockets, who is let in, and the connections under way."""

import asyncio
import logging
import resource
import socket
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from ipaddress import IPv4Address
from operator import attrgetter
from types import TracebackType
from typing import Self

from firewall_proxy import policy
from firewall_proxy.config import Configuration, Service
from firewall_proxy.passage import Ending, Passage
from firewall_proxy.records import Connection, Listening, Outcome, ReloadRefused
from firewall_proxy.reset_watch import ResetWatch
from firewall_proxy.sockets import accept, endpoint, listening_socket, may_be_transparent, reset
from labkit.records import Record

_logger = logging.getLogger(__name__)

#: Wall seconds until the next accept, after the system could not give a socket.
_ACCEPT_PAUSE = 0.1
#: Open files a connection takes: two sockets, and a pipe's two ends each way.
_FILES_PER_CONNECTION = 6
#: Open files of the process besides: standard streams, event loop, libraries, a client refused.
_OTHER_FILES = 64


class CannotStart(Exception):  # noqa: N818 - reads as what happened
    """The configuration is right but this machine or process cannot serve it; the text says why."""


@dataclass(frozen=True)
class _Arrival:
    """What is known of a client when it arrives; `at` is the event loop's time."""

    service: Service
    rule: str | None
    source: str
    destination: str
    at: float


#: What tells one listening socket from another: its address and port; port 0, which may be taken
#: by several, with the service's name.
_Place = tuple[IPv4Address, int, str]


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
        self._open_by: Counter[IPv4Address] = Counter()

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._serve(self._configuration)
        self._watch = ResetWatch(self._loop)
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
        self._say(
            Listening(
                tuple(service.name for service in configuration.services),
                tuple(endpoint(listener.getsockname()) for listener in listeners.values()),
            )
        )
        for service, listener in zip(configuration.services, listeners.values(), strict=True):
            self._accept_from(service, listener)

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
        self._watch.close()

    def _accept(self, service: Service, listener: socket.socket) -> None:
        """Take one client; the event loop calls again while more wait."""
        try:
            client, peer = accept(listener)
        except BlockingIOError:  # the client has gone
            return
        except OSError as error:
            _logger.warning("%s: cannot accept: %s", service.name, error)
            self._loop.remove_reader(listener)
            self._loop.call_later(_ACCEPT_PAUSE, self._accept_from, service, listener)
            return
        self._let_in(service, client, peer)

    def _accept_from(self, service: Service, listener: socket.socket) -> None:
        if listener in self._listeners.values():
            self._loop.add_reader(listener, self._accept, service, listener)

    def _let_in(self, service: Service, client: socket.socket, peer: tuple[str, int]) -> None:
        """Ask the rules and the limits; begin a passage, or reset."""
        address = IPv4Address(peer[0])
        limits = self._configuration.limits
        verdict = policy.decide(self._configuration.rules, service, address)
        arrival = _Arrival(
            service, verdict.rule, endpoint(peer), endpoint(client.getsockname()), self._loop.time()
        )
        if not verdict.allowed:
            self._refuse(client, arrival, Ending(Outcome.DENIED, verdict.reason))
        elif excess := policy.over_limit(limits, len(self._passing), self._open_by[address]):
            self._refuse(client, arrival, Ending(Outcome.LIMIT, excess))
        else:
            source = policy.onward_source(self._configuration, service, address)
            passage = Passage(
                service, client, source, limits=limits, clock=self._clock, watch=self._watch
            )
            task = self._loop.create_task(self._pass(arrival, passage))
            self._passing.add(task)
            self._open_by[address] += 1
            task.add_done_callback(lambda task: self._forget(task, address))

    def _refuse(self, client: socket.socket, arrival: _Arrival, ending: Ending) -> None:
        reset(client)
        self._record(arrival, ending)

    async def _pass(self, arrival: _Arrival, passage: Passage) -> None:
        self._record(arrival, await passage.run(), passage)

    def _forget(self, task: asyncio.Task[None], address: IPv4Address) -> None:
        self._passing.remove(task)
        self._open_by[address] -= 1
        if not self._open_by[address]:
            del self._open_by[address]

    def _say(self, record: Record) -> None:
        self._report(record.at(self._clock.now()))

    def _record(self, arrival: _Arrival, ending: Ending, passage: Passage | None = None) -> None:
        onward_source = passage.onward_source if passage else None
        self._say(
            Connection(
                service=arrival.service.name,
                rule=arrival.rule,
                source=arrival.source,
                destination=arrival.destination,
                onward_source=onward_source,
                onward_destination=str(arrival.service.destination) if onward_source else None,
                bytes_out=passage.bytes_out if passage else 0,
                bytes_in=passage.bytes_in if passage else 0,
                seconds=round((self._loop.time() - arrival.at) * self._clock.scale, 3),
                outcome=ending.outcome,
                reason=ending.reason,
            )
        )


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
    address, port = configuration.listens_at(service)
    try:
        return listening_socket(address, port, configuration.limits.connections)
    except OSError as error:
        raise CannotStart(
            f"services.{index}.listen: {service.name} cannot listen at {address}:{port}: "
            f"{error.strerror}"
        ) from error
