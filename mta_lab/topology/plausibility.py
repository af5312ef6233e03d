"""What in a topology can be played but is hardly meant: a check of plausibility.

Each finding is a reason, with the line of the file. A finding is not an error: a lab may be about
a wrong address. `mta-lab lint` shows them, and `mta-lab run` as warnings.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

from firewall_proxy.policy import unknown_name
from labkit.addresses import End, IPAddress
from labkit.reason import Place, Reason
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.log.events import DEFINITIONS
from mta_lab.topology import sides
from mta_lab.topology.files import Topology, calls
from mta_lab.topology.firewalls import ProxyFirewall


def findings(topology: Topology) -> list[Reason]:
    """All that is hardly meant, in the order of the checks."""
    return [finding for check in _CHECKS for finding in check(topology)]


def _overlapping_networks(topology: Topology) -> Iterator[Reason]:
    for (name, network), (other, another) in combinations(topology.networks.items(), 2):
        if network.overlaps(another):
            yield Reason(
                "networks",
                f"network {other} {another} overlaps with network {name} {network}",
                place=topology.place("networks", other),
            )


def _reserved_addresses(topology: Topology) -> Iterator[Reason]:
    """A network's first address names the network, its last one is for broadcasts (RFC 1122).

    In IPv6 the first is that of every router on it (RFC 4291 2.6.1), and there are no broadcasts.
    """
    for host, address, place in _addresses(topology):
        for network in topology.networks.values():
            if network.num_addresses < 4 or address not in network:
                continue
            reserved_ones = [
                (network.network_address, "the address of the network itself"),
                (network.broadcast_address, "the broadcast address"),
            ]
            if network.version == 6:
                reserved_ones = [(network.network_address, "the address of all its routers")]
            for reserved, what in reserved_ones:
                if address == reserved:
                    yield Reason(
                        "host address",
                        f"{host} has {address}, which is {what} of {network}",
                        seen=str(address),
                        place=place,
                    )


def _connectors(topology: Topology) -> Iterator[Reason]:
    """Stack pages that lead nowhere."""
    for name, mta in topology.mtas.items():
        for connector in mta.connectors:
            if finding := _leads_nowhere(topology, name, connector):
                yield finding


def _leads_nowhere(topology: Topology, name: str, connector: ConnectorConfig) -> Reason | None:
    there = str(connector.stack.address)
    place = connector.stack.place("address")
    whose = f"connector {connector.name} of {name}"
    address = topology.resolve(name, there)
    if address is None:
        return Reason(
            "name", f"{whose} names {there}, which resolves to nothing", seen=there, place=place
        )
    named = there if there == str(address) else f"{there}, that is {address}"
    if not _somebody_has(topology, address):
        text = f"{whose} names {named}, an address that no host has"
        return Reason("host", text, seen=str(address), place=place)
    if topology.called_by(name, connector) is None and calls(connector):
        port = topology.mtas[name].called_port(connector)
        if not _somebody_listens(topology, address, port):
            text = f"{whose} calls {named}, where nobody listens at port {port}"
            return Reason("service", text, seen=str(address), place=place)
    return None


def _firewalls(topology: Topology) -> Iterator[Reason]:
    """Services and tunnels that lead nowhere."""
    for proxy in topology.proxies().values():
        yield from _services(topology, proxy)
        yield from _tunnels(topology, proxy)


def _services(topology: Topology, proxy: ProxyFirewall) -> Iterator[Reason]:
    for service in proxy.services:
        if service.listen.port == 0:
            text = f"service {service.name} listens on port 0, which stands for any free port"
            yield Reason("port", text, seen="0", place=service.listen.place("port"))
        to = proxy.passes_on_to(service)
        if to is None:
            yield unknown_name(service)
        elif not _somebody_listens(topology, *to):
            text = (
                f"service {service.name} passes on to {service.destination}, where no host listens"
            )
            yield Reason(
                "destination",
                text,
                seen=str(service.destination),
                place=service.place("destination"),
            )


def _tunnels(topology: Topology, proxy: ProxyFirewall) -> Iterator[Reason]:
    for tunnel in proxy.tunnels:
        for number, end in enumerate(tunnel.between):
            if not _somebody_has(topology, end):
                text = f"tunnel {tunnel.name} leads to {end}, an address that no host has"
                place = tunnel.place("between", number)
                yield Reason("host", text, seen=str(end), place=place)


def _names(topology: Topology) -> Iterator[Reason]:
    """Address records that lead to nobody."""
    for name, address in topology.hosts.items():
        if not _somebody_has(topology, address):
            text = f"the name {name} stands for {address}, an address that no host has"
            yield Reason("host", text, seen=str(address), place=topology.place("hosts", name))


def _unlogged_events(topology: Topology) -> Iterator[Reason]:
    """Events that are waited for or expected where diagnostics logging does not show them."""
    for host, event, place in _events(topology):
        definition = DEFINITIONS[event]
        diagnostics = topology.mtas[host].server.diagnostics_logging
        if not diagnostics.logs(definition):
            text = (
                f"{host} does not log event {event}: it takes the level {definition.level} of the "
                f"category {definition.category}"
            )
            expected, seen = definition.level, diagnostics.level(definition.category)
            yield Reason("diagnostics logging", text, expected, seen, place)


_CHECKS: Sequence[Callable[[Topology], Iterator[Reason]]] = (
    _overlapping_networks,
    _reserved_addresses,
    _names,
    _connectors,
    _firewalls,
    _unlogged_events,
    sides.neither_calls,
    sides.two_way_alternate,
    sides.identities,
    sides.shared_names,
    sides.uncalled_services,
    sides.unreached_rules,
)


def _addresses(topology: Topology) -> Iterator[tuple[str, IPAddress, Place]]:
    """Every address of every host, and where it is configured."""
    for name, mta in topology.mtas.items():
        stack = mta.server.transport_stack
        yield name, stack.address, stack.place("address")
        for number, address in enumerate(stack.other_addresses):
            yield name, address, stack.place("other_addresses", number)
    for name, firewall in topology.firewalls.items():
        for interface in firewall.interfaces.values():
            yield name, interface.address, interface.place("address")
    for name, program in topology.programs.items():
        yield name, program.address, program.place("address")


def _events(topology: Topology) -> Iterator[tuple[str, int, Place]]:
    """Every event that is waited for or expected at an MTA, and where that is said."""
    for step in topology.play:
        if (awaited := step.awaited) and awaited.event is not None and awaited.at:
            yield awaited.at, awaited.event, awaited.place("event")
    for host, events in topology.expect.events.items():
        for event in dict.fromkeys(events):
            yield host, event, topology.expect.place("events", host)


def _somebody_has(topology: Topology, address: IPAddress) -> bool:
    return any(address in addresses for addresses in topology.host_addresses().values())


def _somebody_listens(topology: Topology, address: IPAddress, port: int) -> bool:
    """Whether an MTA, a program or a service listens there."""
    for program in topology.programs.values():
        if program.address == address:
            return port in program.port
    if mta := topology.mta_at(address):
        return topology.mtas[mta].server.transport_stack.port == port
    return any(proxy.at(End(address, port)) for proxy in topology.proxies().values())
