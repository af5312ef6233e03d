"""Reads topology files, and says what does not fit together in one."""

from collections.abc import Iterator
from pathlib import Path

from labkit.addresses import IPAddress
from labkit.config import ConfigurationError, load
from labkit.problems import at, instead
from mta_emu.mta.log.events import DEFINITIONS
from mta_lab.topology.enginefiles import with_files
from mta_lab.topology.files import Topology
from mta_lab.topology.firewalls import Route
from mta_lab.topology.play import Keys, events, references
from mta_lab.topology.settings import by_host, change


def load_topology(path: Path) -> Topology:
    """Read a topology file.

    Raises ConfigurationError with a line for every field that is wrong or names what is not there.
    """
    return complete(load(path, Topology))


def complete(topology: Topology) -> Topology:
    """A topology that was just read, with the files of its firewalls, if it fits together.

    Raises ConfigurationError with a line for all that does not.
    """
    check(topology)
    return topology.model_copy(update={"firewalls": with_files(topology.firewalls)})


def check(topology: Topology) -> None:
    """Raise ConfigurationError with a line for all that does not fit together in a topology."""
    if problems := [at(topology.place(*keys), what) for keys, what in _problems(topology)]:
        raise ConfigurationError("\n".join(problems))


def _problems(topology: Topology) -> Iterator[tuple[Keys, str]]:
    """What does not fit together: (field, what is wrong)."""
    if topology.attached:
        yield ("attached",), "interfaces are asked for each time: --attach NETWORK=INTERFACE"
    if topology.engines:
        yield ("engines",), "engines are chosen each time: --engines CONTEXT,CONTEXT"
    yield from _name_problems(topology)
    yield from _address_problems(topology)
    yield from _route_problems(topology)
    for where, name in references(topology.play, topology.expect):
        if name not in topology.mtas:
            yield where, f"no MTA {name!r} here; {instead(name, [*topology.mtas])}"
    for number, step in enumerate(topology.play):
        if step.send and not step.send.stray and topology.mailbox(step.send.to) is None:
            yield ("play", number, "send", "to"), f"no MTA has a mailbox for {step.send.to}"
    for number, step in enumerate(topology.play):
        if step.fault is not None and step.fault.on not in topology.fault_places():
            meant = instead(step.fault.on, topology.fault_places())
            text = f"no network or service {step.fault.on!r}; {meant}"
            yield ("play", number, "fault", "on"), text
        started = (*topology.serving(), *topology.commanded())
        if step.awaited and step.awaited.ended not in (None, *topology.programs):
            meant = instead(str(step.awaited.ended), [*topology.programs])
            yield ("play", number, "await", "ended"), f"no program here of that name; {meant}"
        if step.restart is not None and step.restart not in started:
            meant = instead(step.restart, started)
            yield ("play", number, "restart"), f"no host {step.restart!r} here; {meant}"
    for where, event in events(topology.play, topology.expect):
        if event not in DEFINITIONS:
            known = ", ".join(map(str, DEFINITIONS))
            yield where, f"no MTA logs an event {event}; there are {known}"
    yield from _settings_problems(topology)


def _name_problems(topology: Topology) -> Iterator[tuple[Keys, str]]:
    """Hosts with the name of another, and commands that ask for a port that the host lacks."""
    owners = dict.fromkeys(topology.mtas, "an MTA")
    for kind, hosts in (("firewalls", topology.firewalls), ("programs", topology.programs)):
        for name in hosts:
            if name in owners:
                yield (kind, name), f"{owners[name]} has this name; hosts need names of their own"
            owners[name] = f"one of {kind}"
    for name, program in topology.programs.items():
        if program.has_unknown_port():
            yield ("programs", name, "command"), "it has {port} in it: give the host its `port`"


def _settings_problems(topology: Topology) -> Iterator[tuple[Keys, str]]:
    """Play the settings, one after another, on the hosts as the file has them."""
    hosts = topology.configurations()
    for number, step in enumerate(topology.play):
        try:
            for host, settings in by_host(step.settings or {}, hosts).items():
                hosts[host] = change(host, hosts[host], settings)
        except ConfigurationError as error:
            yield ("play", number, "set"), str(error)


def _address_problems(topology: Topology) -> Iterator[tuple[Keys, str]]:
    owners: dict[IPAddress, str] = {}
    for where, address in _addresses(topology):
        if topology.network_of(address) is None:
            yield where, f"{address} lies in none of the networks"
        if address in owners:
            yield where, f"{address} is taken by {owners[address]}"
        owners.setdefault(address, topology.place(*where).path)


def _addresses(topology: Topology) -> Iterator[tuple[Keys, IPAddress]]:
    for name, mta in topology.mtas.items():
        for address in mta.server.transport_stack.addresses:
            yield ("mtas", name, "server", "transport_stack", "address"), address
    for name, firewall in topology.firewalls.items():
        for key, interface in firewall.interfaces.items():
            yield ("firewalls", name, "interfaces", key, "address"), interface.address
    for name, program in topology.programs.items():
        yield ("programs", name, "address"), program.address


def _route_problems(topology: Topology) -> Iterator[tuple[Keys, str]]:
    """Routes of no MTA, and those whose next host is on none of the host's networks."""
    hosts = topology.host_addresses()
    for name in topology.routes:
        if name not in topology.mtas:
            yield ("routes", name), f"no MTA {name!r} here; {instead(name, [*topology.mtas])}"
    for where, name, routes in _given_routes(topology):
        own = {topology.network_of(address) for address in hosts.get(name, ())}
        for number, route in enumerate(routes):
            if name in hosts and topology.network_of(route.via) not in own:
                text = f"{route.via} is on none of the networks of {name}"
                yield (*where, number, "via"), text
            if route.via.version != route.to.version:
                text = f"{route.via} is IPv{route.via.version}, and {route.to} is"
                yield (*where, number, "via"), f"{text} IPv{route.to.version}"


def _given_routes(topology: Topology) -> Iterator[tuple[Keys, str, tuple[Route, ...]]]:
    for name, routes in topology.routes.items():
        yield ("routes", name), name, routes
    for name, firewall in topology.firewalls.items():
        yield ("firewalls", name, "routes"), name, firewall.routes
    for name, program in topology.programs.items():
        yield ("programs", name, "routes"), name, program.routes
