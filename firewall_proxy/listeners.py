"""Where the firewall listens: a socket per place, which a reload keeps, and who arrives there."""

import asyncio
import os
import resource
import socket
from collections.abc import Callable
from contextlib import ExitStack

from firewall_proxy.config import Configuration, Service
from firewall_proxy.failures import out_of_files
from firewall_proxy.sockets import accept, may_be_transparent, own_end, reset, service_socket
from labkit.addresses import End, IPAddress
from labkit.reason import Reason

#: Wall seconds until the next accept, after the system could not give a socket.
_ACCEPT_PAUSE = 0.1
#: Open files a connection takes: two sockets, and a pipe's two ends each way.
_FILES_PER_CONNECTION = 6
#: Open files of the process besides: standard streams, event loop, libraries, a client refused.
_OTHER_FILES = 64

#: What identifies a listening socket: its address and port, and for port 0, which several may
#: have, the service's name.
_Place = tuple[IPAddress, int, str]
#: What happens to a client: the services that listen where it arrived, its socket, its address.
Arrived = Callable[[tuple[Service, ...], socket.socket, End], None]
#: The same of one that was reset: its end and ours, and why.
TurnedAway = Callable[[tuple[Service, ...], End, End, Reason], None]


class CannotStart(Exception):  # noqa: N818 - reads as what happened
    """The configuration is right but this machine or process cannot serve it; the text says why."""


class Listeners:
    """The listening sockets of a firewall, on the event loop that runs.

    `arrived` gets each client. `turned_away` hears of each that was reset because the process can
    open no other file.
    """

    def __init__(self, arrived: Arrived, turned_away: TurnedAway) -> None:
        """Listen nowhere yet."""
        self._arrived = arrived
        self._turned_away = turned_away
        self._loop = asyncio.get_running_loop()
        self._sockets: dict[_Place, socket.socket] = {}
        self._spare = _spare_file()

    def listen(self, configuration: Configuration) -> tuple[str, ...]:
        """Listen for the services of a configuration, with the sockets that are there already.

        Returns where each service listens; clients wait until `accept`. Raises CannotStart, and
        then nothing has changed.
        """
        _ensure_files(configuration)
        _ensure_transparency(configuration)
        sockets: dict[_Place, socket.socket] = {}
        with ExitStack() as on_failure:
            for index, service in enumerate(configuration.services):
                place = _place(configuration, service)
                if place not in sockets:
                    sockets[place] = self._sockets.get(place) or on_failure.enter_context(
                        _listen(configuration, index, service)
                    )
            on_failure.pop_all()
        for listener in self._sockets.values():
            self._loop.remove_reader(listener)
            if listener not in sockets.values():
                listener.close()
        self._sockets = sockets
        ends = {place: str(own_end(listener)) for place, listener in sockets.items()}
        return tuple(ends[_place(configuration, each)] for each in configuration.services)

    def accept(self, configuration: Configuration) -> None:
        """Let clients in to the services of the configuration that is listened for."""
        here: dict[_Place, tuple[Service, ...]] = {}
        for service in configuration.services:
            place = _place(configuration, service)
            here[place] = (*here.get(place, ()), service)
        for place, listener in self._sockets.items():
            self._accept_from(here[place], listener)

    def close(self) -> None:
        """Listen nowhere any more."""
        for listener in self._sockets.values():
            self._loop.remove_reader(listener)
            listener.close()
        self._sockets.clear()
        if self._spare is not None:
            os.close(self._spare)
            self._spare = None

    def _accept_from(self, here: tuple[Service, ...], listener: socket.socket) -> None:
        if listener in self._sockets.values():
            self._loop.add_reader(listener, self._accept, here, listener)

    def _accept(self, here: tuple[Service, ...], listener: socket.socket) -> None:
        """Take one client; the event loop calls again while more wait."""
        try:
            client, peer = accept(listener)
        except BlockingIOError:  # the client has gone
            return
        except OSError as error:
            self._turn_away(here, listener, error)
            return
        self._arrived(here, client, peer)

    def _turn_away(
        self, here: tuple[Service, ...], listener: socket.socket, error: OSError
    ) -> None:
        """Answer a client with the spare file, because this process can open no other.

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
            own = own_end(client)
            reset(client)
            self._turned_away(here, peer, own, out_of_files(error))
        self._spare = _spare_file()


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
