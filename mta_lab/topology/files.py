"""Topologies as files have them: networks, hosts, the play, and what is expected of it.

One file serves every backend: addresses are the documentation networks' (RFC 5737), and a backend
puts them wherever its hosts live.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, PrivateAttr

from firewall_proxy.config import Service
from firewall_proxy.policy import Chosen, choose
from firewall_proxy.request import Request
from labkit.addresses import End, IPAddress, IPNetwork
from labkit.clock import LabTime, TimeScale
from labkit.config import Section
from labkit.fields import Text, parse_host
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.pages import Activation, ConnectorConfig
from mta_emu.mta.configuration.server import Server
from mta_emu.mta.policy.names import resolve
from mta_emu.mts.oraddress import ORAddress
from mta_lab.topology.addressing import Addressing, Interface, by_network
from mta_lab.topology.firewalls import (
    ExternalFirewall,
    Firewall,
    ForeignFirewall,
    ProxyFirewall,
    Route,
)
from mta_lab.topology.play import Expectation, PlayStep
from mta_lab.topology.programs import Program
from mta_lab.topology.routing import Routing

#: Of topologies, labs, networks and hosts, which all become the names of files.
NAME = Text(
    r"[A-Za-z0-9][A-Za-z0-9._-]*",
    "letters, digits, '.', '_' and '-', the first a letter or a digit",
    64,
)
Name = Annotated[str, NAME]

_NEVER_CALLS = {Activation.REMOTE_INITIATED, Activation.NEVER}


class Topology(Section):
    """A topology file."""

    name: Name
    """The topology's name, which names the lab, its directory and its captures."""
    title: str
    """What it shows, in a line."""
    article: str | None = None
    """The Knowledge Base article that it rebuilds."""
    symptom: str = ""
    """What the administrator sees."""
    description: str = ""
    """The story."""
    time_scale: TimeScale = 1.0
    """Lab seconds per second of the wall."""
    starts: LabTime | None = None
    """Lab time at the beginning; the wall's when it is not given."""
    networks: dict[Name, IPNetwork]
    """The networks by name, each of IPv4 or IPv6. One without an MTA is a transit network."""
    hosts: dict[str, IPAddress] = Field(default_factory=dict)
    """Address records (A, AAAA) that every MTA finds in the DNS."""
    reverse: dict[IPAddress, str] = Field(default_factory=dict)
    """PTR records that every MTA finds in the DNS (Q193380)."""
    mtas: dict[Name, MtaConfig] = Field(default_factory=dict)
    """The MTAs by name, each by property pages, as `mta-emu serve` reads them."""
    firewalls: dict[Name, Firewall] = Field(default_factory=dict)
    """The firewalls by name. The engine decides which other fields there are."""
    programs: dict[Name, Program] = Field(default_factory=dict)
    """Any other hosts, by name."""
    routes: dict[Name, tuple[Route, ...]] = Field(default_factory=dict)
    """Routes of MTAs that do not follow from the networks, by the MTA."""
    play: tuple[PlayStep, ...] = ()
    """What happens, step by step."""
    expect: Expectation = Expectation()
    """What must be seen."""
    attached: dict[Name, str] = Field(default_factory=dict)
    """Real interfaces of this machine by network; `--attach` gives them, never a file."""
    engines: dict[Name, str] = Field(default_factory=dict)
    """The Docker context of each host's engine; `--engines` gives them, never a file."""
    _by_address: tuple[Mapping[str, MtaConfig], Mapping[IPAddress, str]] = PrivateAttr(({}, {}))

    def host_addresses(self) -> dict[str, tuple[IPAddress, ...]]:
        """Every host, the MTAs first, and its addresses."""
        mtas = {name: mta.server.transport_stack.addresses for name, mta in self.mtas.items()}
        firewalls = {
            name: tuple(interface.address for interface in firewall.interfaces.values())
            for name, firewall in self.firewalls.items()
        }
        programs = {name: (program.address,) for name, program in self.programs.items()}
        return {**mtas, **firewalls, **programs}

    def addressing(self) -> Addressing:
        """Who is where."""
        named = (
            Interface(name, key, str(self.network_of(each.address)), (each.address,))
            for name, firewall in self.firewalls.items()
            for key, each in firewall.interfaces.items()
        )
        others = (
            interface
            for name, addresses in self.host_addresses().items()
            if name not in self.firewalls
            for interface in by_network(name, self.networks, addresses)
        )
        return Addressing(self.networks, (*others, *named))

    def routing(self) -> Routing:
        """Which way packets go."""
        hosts = {**self.firewalls, **self.programs}
        given = {**self.routes, **{name: host.routes for name, host in hosts.items()}}
        return Routing(self.addressing(), self.firewalls.keys(), given)

    def proxies(self) -> dict[str, ProxyFirewall]:
        """The firewalls that accept connections and open their own; they know all names."""
        return {
            name: firewall.model_copy(
                update={"hosts": {**self.hosts, **firewall.hosts}}
            ).with_origins(hosts=self._origin.under("hosts"))
            for name, firewall in self.firewalls.items()
            if isinstance(firewall, ProxyFirewall)
        }

    def foreign(self) -> dict[str, ForeignFirewall]:
        """The firewalls that others wrote."""
        return {
            name: firewall
            for name, firewall in self.firewalls.items()
            if isinstance(firewall, ForeignFirewall)
        }

    def external(self) -> dict[str, ExternalFirewall]:
        """The firewalls that are real boxes."""
        return {
            name: firewall
            for name, firewall in self.firewalls.items()
            if isinstance(firewall, ExternalFirewall)
        }

    def serving(self) -> tuple[str, ...]:
        """The MTAs and firewalls that are programs, which write records; a router is none."""
        return (*self.mtas, *self.proxies(), *self.foreign())

    def commanded(self) -> tuple[str, ...]:
        """The hosts with a command of their own."""
        return tuple(name for name, program in self.programs.items() if program.command)

    def listens(self, host: str) -> tuple[int, ...]:
        """The ports that an MTA or a program listens at."""
        if program := self.programs.get(host):
            return program.port
        return (self.mtas[host].server.transport_stack.port,)

    def configurations(self) -> dict[str, Section]:
        """What the program of every host reads, the MTAs first."""
        proxies = {name: proxy.configuration() for name, proxy in self.proxies().items()}
        return {**self.mtas, **proxies}

    def names_on(self, host: str) -> dict[str, IPAddress]:
        """The names that resolve on a host: those that all know, and its own."""
        if mta := self.mtas.get(host):
            return {**self.hosts, **mta.server.names, **mta.server.hosts}
        proxy = self.proxies().get(host)
        return dict(proxy.hosts if proxy else self.hosts)

    def services(self) -> dict[str, tuple[str, Service]]:
        """The services by name, each with its firewall; a name of several has it in front."""
        found = [(name, each) for name, proxy in self.proxies().items() for each in proxy.services]
        names = [service.name for _, service in found]
        return {
            each.name if names.count(each.name) == 1 else f"{name}.{each.name}": (name, each)
            for name, each in found
        }

    def fault_places(self) -> tuple[str, ...]:
        """Where faults can be: the networks, and the services of the firewalls."""
        return (*self.networks, *self.services())

    def network_of(self, address: IPAddress) -> str | None:
        """The name of the network that `address` lies in."""
        return next((name for name, net in self.networks.items() if address in net), None)

    def mta_at(self, address: IPAddress) -> str | None:
        """The name of the MTA that has `address`."""
        of, by_address = self._by_address
        if of is not self.mtas:  # a copy of a topology has other MTAs
            by_address = {
                address: name
                for name, mta in reversed(self.mtas.items())
                for address in mta.server.transport_stack.addresses
            }
            self._by_address = self.mtas, by_address
        return by_address.get(address)

    def resolve(self, name: str, host: str) -> IPAddress | None:
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
        """The MTA that a connector of the MTA `name` leads to, directly or through firewalls."""
        address = self.resolve(name, str(connector.stack.address))
        port = self.mtas[name].called_port(connector)
        passed: set[tuple[IPAddress, int]] = set()
        while address is not None and (address, port) not in passed:
            if called := self.mta_at(address):
                return called if self.mtas[called].server.transport_stack.port == port else None
            passed.add((address, port))
            found = self.served_at(address, port, request_of(connector))
            to = self.proxies()[found[0]].passes_on_to(found[1]) if found else None
            if to is None:
                return self._meant(connector, address)
            address, port = to
        return None

    def _meant(self, connector: ConnectorConfig, address: IPAddress) -> str | None:
        """The MTA that a connector names, where only a firewall's own file says who is called."""
        box = self.firewalls.get(str(self.addressing().host_at(address)))
        if not isinstance(box, ForeignFirewall | ExternalFirewall):
            return None
        wanted = connector.general.remote_mta_name
        return next((name for name, mta in self.mtas.items() if mta.server.name == wanted), None)

    def served_at(
        self, address: IPAddress, port: int, request: Request
    ) -> tuple[str, Service] | None:
        """The firewall, and its service, that takes clients with this request at an address."""
        for name, proxy in self.proxies().items():
            if services := proxy.at(End(address, port)):
                chosen = choose(services, request)
                return (name, chosen.service) if isinstance(chosen, Chosen) else None
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


def request_of(connector: ConnectorConfig) -> Request:
    """What a connector's call says first: the called T-selector, if its Stack page has one."""
    return Request(connector.stack.outgoing.t or None)


def mta_address(mta: MtaConfig) -> IPAddress:
    """The address of an MTA's host."""
    return mta.server.transport_stack.address
