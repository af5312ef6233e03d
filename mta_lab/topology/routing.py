"""Which way packets go: each host's routes, and the hosts that a packet passes.

A host has the networks that it is on, then the routes that the file gives it, then those that
follow: to each other network by way of the firewall that is nearest to it, counted in networks. A
host that is no firewall also sends what lies in no network to the first firewall at hand. As in a
kernel, of the routes to a destination that with the longest prefix is taken.
"""

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from labkit.addresses import IPAddress, IPNetwork, anywhere, within
from labkit.reason import Reason
from mta_lab.topology.addressing import Addressing, Interface
from mta_lab.topology.firewalls import Route as GivenRoute


@dataclass(frozen=True)
class Route:
    """A line of a host's routing table."""

    to: IPNetwork
    interface: Interface  # that it leaves by
    via: IPAddress | None  # the next host; None: the destination is on the same network
    reason: Reason


@dataclass(frozen=True)
class Hop:
    """A host on the way, how it sends the packet on, and the interface that it came in by."""

    host: str
    arrived: Interface | None  # None: the packet began here
    route: Route


@dataclass(frozen=True)
class NetworkPath:
    """The way of a packet to a destination; `reached` says whether it gets there.

    The reason is that of the last step: of the last hop's route, or why there is no further one.
    """

    hops: tuple[Hop, ...]
    reached: bool
    reason: Reason

    @property
    def boxes(self) -> tuple[str, ...]:
        """The firewalls between."""
        return tuple(hop.host for hop in self.hops[1:])


class Routing:
    """The routes of a topology. It keeps what it has found: make one, and ask it often."""

    def __init__(
        self,
        addressing: Addressing,
        firewalls: Collection[str],
        given: Mapping[str, Sequence[GivenRoute]],
    ) -> None:
        """Take who is where, the hosts that are firewalls, and the routes that are given."""
        self._addressing = addressing
        self._firewalls = firewalls
        self._given = given
        self._tables: dict[str, tuple[Route, ...]] = {}

    def table(self, host: str) -> tuple[Route, ...]:
        """The routes of a host: its own networks, those given, those that follow."""
        if host not in self._tables:
            self._tables[host] = tuple(self._routes(host))
        return self._tables[host]

    def route(self, host: str, destination: IPAddress) -> Route | None:
        """The route that a host takes to a destination; None when it has none."""
        routes = [each for each in self.table(host) if destination in each.to]
        return max(routes, key=lambda each: each.to.prefixlen, default=None)

    def path(self, host: str, destination: IPAddress) -> NetworkPath:
        """The way of a packet from a host to a destination, host by host."""
        hops: list[Hop] = []
        here, arrived = host, None
        while self._addressing.host_at(destination) != here:
            if here in {hop.host for hop in hops}:
                return _ends(hops, f"the routes to {destination} go round in a circle at {here}")
            route = self.route(here, destination)
            if route is None:
                return _ends(hops, f"{here} has no route to {destination}")
            hops.append(Hop(here, arrived, route))
            next_address = route.via or destination
            there = self._addressing.at(next_address)
            if there is None:
                return _ends(hops, f"no host has {next_address}, where {here} sends it")
            if there.host != here and there.network != route.interface.network:
                return _ends(hops, f"{next_address} is not on {route.interface.network}")
            here, arrived = there.host, there
        reason = hops[-1].route.reason if hops else Reason("route", f"{destination} is its own")
        return NetworkPath(tuple(hops), True, reason)

    def _routes(self, host: str) -> Iterator[Route]:
        own = self._addressing.of_host(host)
        for interface in own:
            network = self._addressing.networks[interface.network]
            text = f"{host} is on network {interface.network}"
            yield Route(network, interface, None, Reason("route", text))
        given = [each for each in self._given.get(host, ()) if self._leaves_by(own, each.via)]
        for each in given:
            text = f"{host} has a route to {each.to} by way of {each.via}"
            reason = Reason("route", text, place=each.place())
            yield Route(each.to, self._leaves_by(own, each.via) or own[0], each.via, reason)
        ours = {interface.network for interface in own}
        for name, network in self._addressing.networks.items():
            if name in ours or any(within(network, each.to) for each in given):
                continue
            if found := self._nearest(host, name):
                interface, gateway = found
                text = f"the way from {host} to network {name} is through {gateway.host}"
                yield Route(network, interface, gateway.addresses[0], Reason("route", text))
        for everything in map(anywhere, (4, 6)):
            if host not in self._firewalls and not any(each.to == everything for each in given):
                yield from self._default(host, self._of_version(own, everything), everything)

    def _default(
        self, host: str, own: Sequence[Interface], everything: IPNetwork
    ) -> Iterator[Route]:
        for interface in own:
            for gateway in self._gateways(host, interface.network):
                text = f"{host} sends what is in no network to {gateway.host}"
                yield Route(everything, interface, gateway.addresses[0], Reason("route", text))
                return

    def _nearest(self, host: str, wanted: str) -> tuple[Interface, Interface] | None:
        """The first hop to a network: the host's own interface, the firewall's; breadth first."""
        network = self._addressing.networks[wanted]
        own = self._of_version(self._addressing.of_host(host), network)
        seen = {interface.network for interface in own}
        waiting = deque(
            (gateway.host, interface, gateway)
            for interface in own
            for gateway in self._gateways(host, interface.network)
        )
        while waiting:
            box, interface, first = waiting.popleft()
            of_box = self._of_version(self._addressing.of_host(box), network)
            beyond = [each.network for each in of_box]
            if wanted in beyond:
                return interface, first
            for other in beyond:
                if other not in seen:
                    seen.add(other)
                    further = self._gateways(box, other)
                    waiting.extend((each.host, interface, first) for each in further)
        return None

    def _of_version(self, interfaces: Sequence[Interface], network: IPNetwork) -> list[Interface]:
        """Those of the interfaces that have the version of IP which a network has."""
        networks = self._addressing.networks
        return [each for each in interfaces if networks[each.network].version == network.version]

    def _gateways(self, host: str, network: str) -> list[Interface]:
        """The firewalls on a network, but for the host itself."""
        return [
            each
            for each in self._addressing.on_network(network)
            if each.host in self._firewalls and each.host != host
        ]

    def _leaves_by(self, own: Sequence[Interface], via: IPAddress) -> Interface | None:
        """The one of a host's own interfaces that is on the network of a next host."""
        return next((each for each in own if via in self._addressing.networks[each.network]), None)


def _ends(hops: list[Hop], text: str) -> NetworkPath:
    place = hops[-1].route.reason.place if hops else None
    return NetworkPath(tuple(hops), False, Reason("route", text, place=place))
