"""The firewalls of a topology, each with its engine, and the routes between all hosts."""

from collections.abc import Callable

from labkit.addresses import IPAddress, IPInterface, in_network
from mta_lab.rehearsal import machines
from mta_lab.topology.files import Topology
from mta_lab.topology.firewalls import Firewall


class Boxes:
    """The firewalls of a topology by name, and their engines; who is where, and routes."""

    def __init__(self, topology: Topology) -> None:
        """Read every firewall's engine. Raises ConfigurationError."""
        self.addressing = topology.addressing()
        self.routing = topology.routing()
        self.firewalls: dict[str, Firewall] = {**topology.firewalls, **topology.proxies()}
        self.engines = {
            name: machines.engine(firewall, self._interfaces(name))
            for name, firewall in self.firewalls.items()
        }

    def knows(self, box: str) -> bool:
        """Whether a firewall knows connections, or does what no model says: all but routers."""
        firewall = self.firewalls[box]
        return firewall.engine != "router" or machines.not_modelled(firewall) is not None

    def leaves_by(self, host: str) -> Callable[[IPAddress], str | None]:
        """By which interface packets for an address leave a host; None: it has no route."""

        def route(address: IPAddress) -> str | None:
            found = self.routing.route(host, address)
            return found.interface.name if found else None

        return route

    def _interfaces(self, name: str) -> dict[str, tuple[IPInterface, ...]]:
        """The interfaces of a host by name, as a machine has them."""
        networks = self.addressing.networks
        return {
            each.name: tuple(in_network(at, networks[each.network]) for at in each.addresses)
            for each in self.addressing.of_host(name)
        }
