"""Topology files: networks, hosts and their configurations, the play, and what is expected of it.

One file serves every backend: addresses are the documentation networks' (RFC 5737), and a backend
puts them wherever its hosts live.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Annotated

from pydantic import Field

from firewall_proxy.config import Configuration as FirewallConfig
from labkit.clock import LabTime, TimeScale
from labkit.config import ConfigurationError, Section, load
from labkit.problems import at, instead
from mta_emu.mta.configuration.fields import parse_host
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.pages import Activation, ConnectorConfig
from mta_emu.mta.configuration.server import Server
from mta_emu.mta.log.events import DEFINITIONS
from mta_emu.mta.policy.names import resolve
from mta_emu.mts.oraddress import ORAddress
from mta_lab.topology.play import Expectation, PlayStep
from mta_lab.topology.settings import by_host, change

#: Of topologies, labs, networks and hosts, which all become the names of files.
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
Name = Annotated[str, Field(pattern=NAME_PATTERN)]
#: The firewall's name among the hosts.
FIREWALL = "firewall"

_NEVER_CALLS = {Activation.REMOTE_INITIATED, Activation.NEVER}


class Topology(Section):
    """A topology file."""

    name: Name
    title: str
    article: str | None = None
    symptom: str = ""  # what the administrator sees
    description: str = ""
    time_scale: TimeScale = 1.0
    starts: LabTime | None = None  # lab time at the beginning; None: the wall's
    networks: dict[Name, IPv4Network]
    hosts: dict[str, IPv4Address] = Field(default_factory=dict)
    reverse: dict[IPv4Address, str] = Field(default_factory=dict)
    mtas: dict[Name, MtaConfig]
    firewall: FirewallConfig | None = None
    play: tuple[PlayStep, ...]
    expect: Expectation = Expectation()

    def host_addresses(self) -> dict[str, tuple[IPv4Address, ...]]:
        """Every host, the MTAs first, and its addresses."""
        hosts: dict[str, tuple[IPv4Address, ...]] = {
            name: mta.server.transport_stack.addresses for name, mta in self.mtas.items()
        }
        if self.firewall is not None:
            interfaces = self.firewall.interfaces.values()
            hosts[FIREWALL] = tuple(interface.address for interface in interfaces)
        return hosts

    def configurations(self) -> dict[str, Section]:
        """What the file says of every host, the MTAs first."""
        firewall = {FIREWALL: self.firewall} if self.firewall else {}
        return {**self.mtas, **firewall}

    def fault_places(self) -> tuple[str, ...]:
        """Where faults can be: the networks, and the services of the firewall."""
        services = self.firewall.services if self.firewall else ()
        return (*self.networks, *(service.name for service in services))

    def network_of(self, address: IPv4Address) -> str | None:
        """The name of the network that `address` lies in."""
        return next((name for name, net in self.networks.items() if address in net), None)

    def mta_at(self, address: IPv4Address) -> str | None:
        """The name of the MTA that has `address`."""
        return next(
            (
                name
                for name, mta in self.mtas.items()
                if address in mta.server.transport_stack.addresses
            ),
            None,
        )

    def resolve(self, name: str, host: str) -> IPv4Address | None:
        """The address that the MTA `name` finds for `host`, an address or a name."""
        return resolve(self.server(name), parse_host(host))

    def server(self, name: str) -> Server:
        """The server of the MTA `name` with the names that the whole topology knows."""
        server = self.mtas[name].server
        known = {
            "names": {**self.hosts, **server.names},
            "reverse": {**self.reverse, **server.reverse},
        }
        return server.model_copy(update=known).with_origins(
            names=self._origin.under("hosts"), reverse=self._origin.under("reverse")
        )

    def called_by(self, name: str, connector: ConnectorConfig) -> str | None:
        """The MTA that a connector of the MTA `name` leads to, directly or through the firewall."""
        address = self.resolve(name, str(connector.stack.address))
        if address is None:
            return None
        return self.mta_at(address) or self._served_at(
            address, self.mtas[name].server.transport_stack.port
        )

    def _served_at(self, address: IPv4Address, port: int) -> str | None:
        """The MTA that a service of the firewall at `address` and `port` passes on to."""
        services = self.firewall.services if self.firewall else ()
        for service in services:
            if self.firewall and self.firewall.listens_at(service) == (address, port):
                return self.mta_at(service.destination.address)
        return None

    def mailbox(self, recipient: ORAddress) -> str | None:
        """The MTA that delivers to `recipient`."""
        for name, mta in self.mtas.items():
            if any(space.matches(recipient) for space in mta.server.mailboxes):
                return name
        return None

    def legs(self) -> list[tuple[str, str]]:
        """Every two MTAs that a connector joins: who may call, and who is called."""
        pairs = (
            (name, self.called_by(name, connector))
            for name, mta in self.mtas.items()
            for connector in mta.connectors
        )
        return list(dict.fromkeys((name, called) for name, called in pairs if called is not None))

    def flows(self) -> list[tuple[str, str]]:
        """Whose mail goes to whom: first MTA, last MTA.

        They are those that the play sends between, those that are expected, and each leg.
        """
        sent = ((mail.at, self.mailbox(mail.to)) for step in self.play if (mail := step.send))
        pairs = [(first, last) for first, last in sent if last not in (None, first)]
        pairs += [(flow.sender, flow.receiver) for flow in self.expect.flows]
        return [(first, str(last)) for first, last in dict.fromkeys([*pairs, *self.legs()])]


def calls(connector: ConnectorConfig) -> bool:
    """Whether a connector ever calls; one that does not only answers, or does nothing."""
    return connector.schedule.activation not in _NEVER_CALLS


def mta_address(mta: MtaConfig) -> IPv4Address:
    """The address of an MTA's host."""
    return IPv4Address(mta.server.transport_stack.address)


def load_topology(path: Path) -> Topology:
    """Read a topology file.

    Raises ConfigurationError with a line for every field that is wrong or names what is not there.
    """
    topology = load(path, Topology)
    if problems := [at(topology.place(*keys), what) for keys, what in _problems(topology)]:
        raise ConfigurationError("\n".join(problems))
    return topology


#: Where a part of the file is: the name of a field, then keys and indices.
Keys = tuple[str, *tuple[object, ...]]


def _problems(topology: Topology) -> Iterator[tuple[Keys, str]]:
    """What does not fit together: (field, what is wrong)."""
    if FIREWALL in topology.mtas:
        yield ("mtas", FIREWALL), "this is the firewall's name among the hosts"
    yield from _address_problems(topology)
    for where, name in _references(topology):
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
        if step.restart is not None and step.restart not in topology.configurations():
            meant = instead(step.restart, [*topology.configurations()])
            yield ("play", number, "restart"), f"no host {step.restart!r} here; {meant}"
    for where, event in _events(topology):
        if event not in DEFINITIONS:
            known = ", ".join(map(str, DEFINITIONS))
            yield where, f"no MTA logs an event {event}; there are {known}"
    yield from _settings_problems(topology)


def _events(topology: Topology) -> Iterator[tuple[Keys, int]]:
    """Every place that names an event by its ID."""
    for number, step in enumerate(topology.play):
        if step.awaited is not None and step.awaited.event is not None:
            yield ("play", number, "await", "event"), step.awaited.event
    for name, events in topology.expect.events.items():
        yield from ((("expect", "events", name), event) for event in events)


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
    owners: dict[IPv4Address, str] = {}
    for where, address in _addresses(topology):
        if topology.network_of(address) is None:
            yield where, f"{address} lies in none of the networks"
        if address in owners:
            yield where, f"{address} is taken by {owners[address]}"
        owners.setdefault(address, topology.place(*where).path)


def _addresses(topology: Topology) -> Iterator[tuple[Keys, IPv4Address]]:
    for name, mta in topology.mtas.items():
        for address in mta.server.transport_stack.addresses:
            yield ("mtas", name, "server", "transport_stack", "address"), address
    if topology.firewall is not None:
        for name, interface in topology.firewall.interfaces.items():
            yield ("firewall", "interfaces", name, "address"), interface.address


def _references(topology: Topology) -> Iterator[tuple[Keys, str]]:
    """Every place that names an MTA."""
    for number, step in enumerate(topology.play):
        if step.send is not None:
            yield ("play", number, "send", "at"), step.send.at
        if step.awaited is not None and step.awaited.at is not None:
            yield ("play", number, "await", "at"), step.awaited.at
        for name in step.queued or {}:
            yield ("play", number, "queued", name), name
    for number, flow in enumerate(topology.expect.flows):
        yield ("expect", "flows", number, "from"), flow.sender
        yield ("expect", "flows", number, "to"), flow.receiver
    for name in topology.expect.events:
        yield ("expect", "events", name), name
