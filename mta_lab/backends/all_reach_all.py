"""What loopback cannot show, because there every host reaches every other, by one kernel.

A connection that a firewall or a route would stop is made there. So a topology is refused when a
connector or a service calls where no way leads, or from where none leads back, when a host needs a
kernel of its own, and when the route would choose a source address: here it is the kernel's first.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from labkit.addresses import IPAddress
from labkit.reason import Place
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_lab.backends import ipv6_networks
from mta_lab.topology.files import Topology, calls, mta_address, request_of
from mta_lab.topology.firewalls import (
    ExternalFirewall,
    Firewall,
    ForeignFirewall,
    PolicyRouted,
    ProxyFirewall,
)
from mta_lab.topology.routing import Routing

NO_TUNNELS = (
    "on loopback every host reaches every other, and so a tunnel that comes or goes changes "
    "nothing; --backend netns shows it"
)
_NO_ROUTES = (
    "the route to the destination chooses the source address, and on loopback all go by one route; "
    "--backend netns has others"
)
_ONE_KERNEL = "on loopback all hosts share one kernel; --backend netns has one for each"


def problems(topology: Topology) -> list[str]:
    """Why loopback cannot show the topology: a line per reason, with the path of the field."""
    if elsewhere := [*ipv6_networks(topology), *_foreign(topology)]:
        return elsewhere
    return [*_stopped(topology), *_kernels(topology), *_steps(topology)]


def _foreign(topology: Topology) -> Iterator[str]:
    """Programs that others wrote, which are given a machine of their own."""
    for firewall in topology.foreign().values():
        where = firewall.place("engine").path
        yield f"{where}: {firewall.engine} runs on a machine of its own; --backend netns has one"


@dataclass(frozen=True)
class _Call:
    """A connection that a host of the topology opens."""

    host: str
    source: IPAddress  # that the called host sees
    destination: IPAddress
    port: int
    place: Place


def _stopped(topology: Topology) -> Iterator[str]:
    """Calls that would be made here although something stops them."""
    routing = topology.routing()
    for call in _calls(topology):
        if why := _why_stopped(topology, routing, call):
            yield (
                f"{call.place.path}: {call.destination} lies in another network than "
                f"{call.source}, and {why}, but on loopback the connection would be made; "
                "--backend netns has a network that stops it"
            )


def _calls(topology: Topology) -> Iterator[_Call]:
    for name, mta in topology.mtas.items():
        for connector in filter(calls, mta.connectors):
            yield from _calls_of(topology, name, connector)


def _calls_of(topology: Topology, name: str, connector: ConnectorConfig) -> Iterator[_Call]:
    """The connector's own call, and those that services open onward for it."""
    mta = topology.mtas[name]
    host, source, place = name, mta_address(mta), connector.stack.place("address")
    destination = topology.resolve(name, str(connector.stack.address))
    port = mta.called_port(connector)
    seen: set[tuple[IPAddress, int]] = set()
    while destination is not None and (destination, port) not in seen:
        seen.add((destination, port))
        yield _Call(host, source, destination, port, place)
        found = topology.served_at(destination, port, request_of(connector))
        if found is None:
            return
        host, service = found
        proxy = topology.proxies()[host]
        if not service.client_side_transparency:
            source = proxy.interfaces[service.onward_interface].address
        to = proxy.passes_on_to(service)
        if to is None:
            return
        destination, port = to
        place = service.place("destination")


def _why_stopped(topology: Topology, routing: Routing, call: _Call) -> str | None:
    """What stops a call or its answers; None: nothing does."""
    if topology.network_of(call.source) == topology.network_of(call.destination):
        return None
    there = routing.path(call.host, call.destination)
    if not there.reached:
        return there.reason.text
    for box in there.boxes:
        if why := _refuses(topology.firewalls[box], call):
            return why
    called = topology.addressing().host_at(call.destination)
    back = routing.path(str(called), call.source)
    foreign = topology.addressing().host_at(call.source) != call.host
    if foreign and call.host not in back.boxes:
        return f"the answers to {call.source} do not come back through {call.host}"
    for box in back.boxes:
        if box == call.host:  # it takes the answers, although they are to another's address
            return None
        if why := _refuses(topology.firewalls[box], call):
            return f"on the way back {why}"
    return None if back.reached else back.reason.text


def _refuses(firewall: Firewall, call: _Call) -> str | None:
    """Why a firewall does not forward a call; None: it does."""
    if isinstance(firewall, ForeignFirewall | ExternalFirewall):
        return f"what {firewall.engine} forwards its own file says"
    verdict = firewall.forwards(call.source, call.destination, call.port)
    return None if verdict.allowed else verdict.reason.text


def _kernels(topology: Topology) -> Iterator[str]:
    """Settings of a kernel that a host here does not have."""
    for name, box in topology.external().items():
        yield f"{box.place('engine').path}: {name} is a real box; --backend netns attaches it"
    for firewall in topology.firewalls.values():
        if firewall.sysctls:
            yield f"{firewall.place('sysctls').path}: {_ONE_KERNEL}"
        if isinstance(firewall, PolicyRouted) and firewall.rules:
            yield f"{firewall.place('rules').path}: {_ONE_KERNEL}"
        for service in firewall.services if isinstance(firewall, ProxyFirewall) else ():
            if not service.source_rewrite and not service.client_side_transparency:
                yield f"{service.place('source_rewrite').path}: {_NO_ROUTES}"


def _steps(topology: Topology) -> Iterator[str]:
    """What a play does to networks and routes, which are not the lab's here."""
    tunnels = tuple(
        f"{name}.tunnels"
        for name, firewall in topology.firewalls.items()
        if isinstance(firewall, ProxyFirewall)
    )
    for number, step in enumerate(topology.play):
        for path in step.settings or {}:
            if path.startswith(tunnels):
                yield f"play.{number}.set.{path}: {NO_TUNNELS}"
        if step.fault is not None:
            yield f"play.{number}.fault: faults need networks of the lab's own; --backend netns has"
