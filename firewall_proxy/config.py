"""The firewall's configuration file: interfaces, service passers, tunnels, rules, limits."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import InitErrorDetails

from labkit.addresses import End, IPAddress, IPNetwork, at
from labkit.clock import Clock
from labkit.config import Section
from labkit.fields import HostAddress, HostName, Written, address_of
from labkit.problems import contradiction, refuse, unknown
from mta_emu.osi.selectors import parse_selector, selector_text

Name = Annotated[str, Field(min_length=1)]
Port = Annotated[int, Field(ge=1, le=65535)]


class Interface(Section):
    """One of the firewall's own network interfaces."""

    address: IPAddress
    """Its address, which must be this machine's."""


class Listen(Section):
    """Where a service waits for clients."""

    interface: Name
    """The name of the interface."""
    port: Annotated[int, Field(ge=0, le=65535)]
    """The TCP port; 0 takes a free one, which the `listening` record names."""


class Destination(Section):
    """Where a service passes its clients on to."""

    address: HostAddress
    """An IP address, or a host name from `hosts`."""
    port: Port
    """The TCP port there."""

    def __str__(self) -> str:
        return at(self.address, self.port)


Selector = Annotated[bytes, Written(bytes, parse_selector, selector_text)]


class Called(Section):
    """The called T-selector by which a service knows its clients, one of the two fields.

    It stands in the connection request (CR) that a client of RFC 1006 sends first. One that is
    blank is in the request and has no octet; that is another thing than to be left out.
    """

    selector: Selector | None = None
    """The T-selector: text, or hex digits after 0x; "" is a blank one."""
    absent: bool = False
    """Whether the request leaves the called T-selector out."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.selector is None) is not self.absent:
            raise ValueError('give one: selector: TEXT, "0xHEX" or "" (blank), or absent: true')
        return self

    def __str__(self) -> str:
        return called_text(self.selector)


def called_text(selector: bytes | None) -> str:
    """A called T-selector, or that there is none, for people."""
    if selector is None:
        return "no called T-selector"
    return f"called T-selector {selector_text(selector) or '(blank)'}"


class Service(Section):
    """A generic service passer: accepts at one interface, opens onward from another.

    The destination sees the address of the onward interface, unless the client's own is kept
    (`client_side_transparency`), or the route to the destination chooses (neither of the two).
    """

    name: Name
    """Its name, which rules and records use."""
    listen: Listen
    """Where it waits for clients."""
    called: Called | None = None
    """Which connection requests are for it, where several services listen at one place.

    Without it the service takes what no other one there does, and reads nothing of it.
    """
    destination: Destination
    """Where it passes them on to."""
    onward_interface: Name
    """The name of the interface that connections to the destination are opened from."""
    source_rewrite: bool = True
    """Whether the destination sees the address of the onward interface as the source."""
    client_side_transparency: bool = False
    """Whether the destination sees the client's own address as the source."""


class Tunnel(Section):
    """A local tunnel: packets between two hosts are routed, neither proxied nor rewritten."""

    name: Name
    """Its name, which records use."""
    between: tuple[IPAddress, IPAddress]
    """The two hosts; either may call the other."""
    port: Port
    """The TCP port that is called."""


class Rule(Section):
    """Who may use which service. The first rule that is for a client and a service decides."""

    name: Name
    """Its name, which the record of a client that it denies uses."""
    service: Name | None = None
    """The name of the service; without it the rule is for all of them."""
    clients: IPNetwork | None = Field(default=None, alias="from")
    """The clients that the rule is for; without it, all of them."""
    action: Literal["allow", "deny"]
    """Whether the client is let in."""

    def is_for(self, client: IPAddress, service: str) -> bool:
        """Whether it decides about a client at a service, if no rule before it does."""
        return self.service in (None, service) and (self.clients is None or client in self.clients)


#: Lab seconds, up to a year.
Seconds = Annotated[float, Field(gt=0, le=365 * 86_400)]


class Limits(Section):
    """What the firewall spends at most. Times are lab seconds."""

    connections: Annotated[int, Field(ge=1, le=100_000)] = 256
    """Connections at one time, of all clients together."""
    connections_per_client: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """Connections at one time from one address; a quarter of all when it is not given."""
    connect_timeout: Seconds = 30
    """How long the destination may take to accept."""
    first_octet_timeout: Seconds = 120
    """How long a client may be connected without sending anything.

    Where services are known by what is called: without having sent its connection request.
    """
    half_close_timeout: Seconds = 120
    """How long nothing may be sent when one side has ended its data and the other has not."""
    idle_timeout: Seconds = 7440
    """How long nothing may be sent.

    A connection may be silent for long inside a legitimate RTSE activity, so this is the shortest
    that RFC 5382 REQ-5 lets a middlebox have: 2 hours 4 minutes.
    """
    buffer: Annotated[int, Field(ge=4096, le=1 << 20)] = 65536
    """Octets that are held in each direction of a connection."""

    @property
    def share(self) -> int:
        """Connections that one address may have."""
        if self.connections_per_client is not None:
            return self.connections_per_client
        return max(1, self.connections // 4)


class Log(Section):
    """Where the log goes, in addition to standard output."""

    file: Path | None = None
    """A file that gets the text lines at its end."""


class Configuration(Section):
    """A configuration file of `firewall-proxy serve`."""

    interfaces: Annotated[dict[Name, Interface], Field(min_length=1)]
    """Its network interfaces, by name."""
    services: tuple[Service, ...] = ()
    """What it passes on."""
    tunnels: tuple[Tunnel, ...] = ()
    """What it routes as it is."""
    rules: tuple[Rule, ...] = ()
    """Without rules every client is let in; with rules, only one that a rule allows."""
    hosts: dict[HostName, IPAddress] = Field(default_factory=dict)
    """The addresses of host names; nobody else is asked for one."""
    limits: Limits = Limits()
    """What it spends at most."""
    log: Log = Log()
    """Where its log goes."""
    clock: Clock = Field(default_factory=Clock)
    """Its time, which may run faster than the wall's."""

    def listens_at(self, service: Service) -> End:
        """The address and port at which `service` waits for clients."""
        return End(self.interfaces[service.listen.interface].address, service.listen.port)

    def at(self, there: End) -> tuple[Service, ...]:
        """The services that listen at an address and port; several are known by what is called."""
        return tuple(each for each in self.services if self.listens_at(each) == there)

    def passes_on_to(self, service: Service) -> End | None:
        """The address and port of the destination of `service`; None when its name has none."""
        address = address_of(service.destination.address, self.hosts)
        return End(address, service.destination.port) if address else None

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        refuse([*self._contradictions()])
        return self

    def _contradictions(self) -> Iterator[InitErrorDetails]:
        for kind, named in (
            ("services", self.services),
            ("tunnels", self.tunnels),
            ("rules", self.rules),
        ):
            yield from _repeated_names(kind, [entry.name for entry in named])
        for index, service in enumerate(self.services):
            yield from self._unknown_interfaces(index, service)
        yield from self._clashes()
        services = [service.name for service in self.services]
        for index, rule in enumerate(self.rules):
            if rule.service is not None and rule.service not in services:
                yield unknown(("rules", index, "service"), rule.service, "service", services)
        for index, tunnel in enumerate(self.tunnels):
            if tunnel.between[0] == tunnel.between[1]:
                yield contradiction(
                    ("tunnels", index, "between"),
                    str(tunnel.between[0]),
                    "both ends are the same host; name two",
                )
            if tunnel.between[0].version != tunnel.between[1].version:
                yield contradiction(
                    ("tunnels", index, "between"),
                    " and ".join(map(str, tunnel.between)),
                    "one is IPv4 and the other IPv6: packets between them cannot be routed",
                )

    def _unknown_interfaces(self, index: int, service: Service) -> Iterator[InitErrorDetails]:
        for path, name in (
            (("listen", "interface"), service.listen.interface),
            (("onward_interface",), service.onward_interface),
        ):
            if name not in self.interfaces:
                yield unknown(("services", index, *path), name, "interface", list(self.interfaces))

    def _other_versions(
        self, index: int, service: Service, destination: IPAddress
    ) -> Iterator[InitErrorDetails]:
        """A source address that cannot be that of a connection to the destination."""
        if service.client_side_transparency:
            field: tuple[str, ...] = ("client_side_transparency",)
            whose, interface = "a client's", service.listen.interface
        elif service.source_rewrite:
            field, whose = ("onward_interface",), "this interface's"
            interface = service.onward_interface
        else:
            return
        if interface in self.interfaces:
            version = self.interfaces[interface].address.version
            if version != destination.version:
                yield contradiction(
                    ("services", index, *field),
                    interface,
                    f"{whose} address is IPv{version}, and the destination {destination} is "
                    f"IPv{destination.version}, which needs a source of its own version",
                )

    def _clashes(self) -> Iterator[InitErrorDetails]:
        """Two services at one address and port, and a service that would pass to one of us."""
        taken: dict[End, str] = {}
        takers: dict[tuple[End, Called | None], str] = {}
        for index, service in enumerate(self.services):
            if service.listen.interface not in self.interfaces:
                continue
            there = self.listens_at(service)
            taken.setdefault(there, service.name)
            other = takers.setdefault((there, service.called), service.name)
            if not there.port or other == service.name:
                continue
            if service.called is None:
                problem = f"service {other!r} already listens at {there}; tell them apart by called"
                yield contradiction(("services", index, "listen", "port"), there.port, problem)
            else:
                problem = f"service {other!r} already takes this at {there}"
                yield contradiction(("services", index, "called"), str(service.called), problem)
        for index, service in enumerate(self.services):
            to = self.passes_on_to(service)
            if to:
                yield from self._other_versions(index, service, to.address)
            if to in taken:
                yield contradiction(
                    ("services", index, "destination"),
                    str(service.destination),
                    f"service {taken[to]!r} listens there: connections would go round for ever",
                )


def _repeated_names(kind: str, names: Sequence[str]) -> Iterator[InitErrorDetails]:
    for index, name in enumerate(names):
        if name in names[:index]:
            yield contradiction(
                (kind, index, "name"), name, f"{kind}.{names.index(name)} has this name already"
            )
