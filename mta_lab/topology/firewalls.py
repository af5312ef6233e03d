"""The firewalls of a topology: interfaces, engine, and what the machine under the engine has.

The fields of an engine stand beside those that every firewall has: an engine `proxy` has all of
`firewall_proxy.config.Configuration`, one that others wrote has its own file. Another engine is
another class here, in `Firewall`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Discriminator, Field, Tag, model_validator

from firewall_proxy.config import Configuration as ProxyConfiguration
from firewall_proxy.config import Interface, Name
from firewall_proxy.policy import Verdict, tunnelled
from labkit.addresses import IPAddress, IPNetwork
from labkit.config import Section, document_of, parse
from labkit.fields import Text
from labkit.reason import Place, Reason

ForeignEngine = Literal["nftables", "iptables", "haproxy", "nginx"]
Engine = Literal["proxy", "router", "external", ForeignEngine]
_PROXIES: tuple[ForeignEngine, ...] = ("haproxy", "nginx")
#: Only settings of the network stack: each host has its own, and all others are the machine's.
Sysctl = Annotated[
    str, Text(r"net(\.[a-zA-Z0-9_-]+)+", "a setting of the network, as net.ipv4.ip_forward", 255)
]


#: Of a routing table; 253 to 255 are the kernel's own.
TableNumber = Annotated[int, Field(ge=1, le=252)]


class Route(Section):
    """A route that is given because it does not follow from the networks."""

    to: IPNetwork
    """The network that it leads to."""
    via: IPAddress
    """An address of the next host, on a network that this one is on."""


class Machine(Section):
    """What every firewall has, whatever its engine."""

    engine: Engine = "proxy"
    """What it is: our proxy, a router, a program that others wrote, or a real box (external)."""
    sysctls: dict[Sysctl, int | str] = Field(default_factory=dict)
    """Settings of its kernel, by name, as sysctl(8) writes them."""
    routes: tuple[Route, ...] = ()
    """Its routes besides those that follow from the networks."""


class ProxyFirewall(ProxyConfiguration, Machine):
    """A firewall that accepts TCP connections and opens its own: firewall-proxy."""

    def forwards(self, source: IPAddress, destination: IPAddress, port: int) -> Verdict:
        """Decide about a connection that is routed through it: only a tunnel lets it pass."""
        return tunnelled(self, source, destination, port)

    def configuration(self) -> ProxyConfiguration:
        """What firewall-proxy reads: this without what is the machine's."""
        document = document_of(self)
        for field in Machine.model_fields:
            document.pop(field, None)
        return parse(document, ProxyConfiguration, "", self.places())


class PolicyRouted(Machine):
    """A machine with interfaces, and with policy routing as iproute2 writes it."""

    interfaces: Annotated[dict[Name, Interface], Field(min_length=1)]
    """Its interfaces by name; rules may use the names."""
    rules: tuple[str, ...] = ()
    """Its policy routing: each what follows `ip rule add`, or after `-6` `ip -6 rule add`."""
    tables: dict[TableNumber, tuple[str, ...]] = Field(default_factory=dict)
    """Routing tables that the rules lead to: each route what follows `ip route add`, or with `-6`
    before it `ip -6 route add`."""


class Router(PolicyRouted):
    """A firewall that is none: it forwards every packet as it is."""

    def forwards(self, source: IPAddress, destination: IPAddress, _port: int) -> Verdict:
        """Decide about a connection that is routed through it: it passes."""
        text = f"a router forwards from {source} to {destination} as it is"
        return Verdict(True, None, Reason("router", text, place=self.place("engine")))


class ExternalFirewall(Machine):
    """A real box, which the lab does not configure: interfaces of this machine lead to it."""

    engine: Literal["external"]
    """A real box."""
    interfaces: Annotated[dict[Name, Interface], Field(min_length=1)]
    """The addresses of the box, by names of its interfaces."""

    @model_validator(mode="after")
    def _configured_elsewhere(self) -> Self:
        if self.sysctls or self.routes:
            raise ValueError("a real box has its sysctls and routes itself: leave them out")
        return self


class ForeignFirewall(PolicyRouted):
    """A firewall that others wrote, with its own configuration as it is: a file, or a text here.

    A topology that was read has the text of the file, too.
    """

    engine: ForeignEngine
    """The program that others wrote."""
    config: str = ""
    """The file, beside the topology."""
    text: str = ""
    """What would stand in a file."""
    netfilter: str = ""
    """For a program that proxies: the nftables rules of its machine."""

    @property
    def proxies(self) -> bool:
        """Whether it accepts connections and opens its own."""
        return self.engine in _PROXIES

    def configuration(self) -> "EngineFile":
        """Its configuration, and the file that has it."""
        if self.config:
            return EngineFile(self.text, str(beside(self, self.config)))
        return _in_topology(self.text, self.place("text"))

    def netfilter_rules(self) -> "EngineFile":
        """The rules of the machine that it runs on."""
        return _in_topology(self.netfilter, self.place("netfilter"))


@dataclass(frozen=True)
class EngineFile:
    """The text of a configuration, and its file: lines of the one are lines of the other."""

    text: str
    name: str

    @property
    def directory(self) -> Path:
        """Where the file lies, and what it includes."""
        return Path(self.name).parent


def beside(firewall: Machine, name: str) -> Path:
    """A file beside the topology."""
    return Path(firewall.place().file).parent / name


def _in_topology(text: str, place: Place) -> EngineFile:
    """A text in a topology file, with empty lines for what stands above it there."""
    above = place.line if "\n" in text else place.line - 1
    return EngineFile("\n" * max(above, 0) + text, place.file)


def _engine(value: Any) -> str:
    """Which class reads a firewall; one with an unknown engine is refused by its `engine`."""
    engine = value.get("engine") if isinstance(value, Mapping) else getattr(value, "engine", None)
    if engine in get_args(ForeignEngine):
        return "foreign"
    return str(engine) if engine in ("router", "external") else "proxy"


Firewall = Annotated[
    Annotated[ProxyFirewall, Tag("proxy")]
    | Annotated[Router, Tag("router")]
    | Annotated[ExternalFirewall, Tag("external")]
    | Annotated[ForeignFirewall, Tag("foreign")],
    Discriminator(_engine),
]
