"""The firewalls of a topology: interfaces, engine, and what the machine under the engine has.

The fields of an engine stand beside those that every firewall has: an engine `proxy` has all of
`firewall_proxy.config.Configuration`. Another engine is another class here, in `Firewall`.
"""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from firewall_proxy.config import Configuration as ProxyConfiguration
from firewall_proxy.config import Interface, Name
from firewall_proxy.policy import Verdict, tunnelled
from labkit.config import Section, document_of, parse
from labkit.fields import Text
from labkit.reason import Reason

Engine = Literal["proxy", "router"]
#: Only settings of the network stack: each host has its own, and all others are the machine's.
Sysctl = Annotated[
    str, Text(r"net(\.[a-zA-Z0-9_-]+)+", "a setting of the network, as net.ipv4.ip_forward", 255)
]


class Route(Section):
    """A route that is given because it does not follow from the networks."""

    to: IPv4Network
    via: IPv4Address
    """An address of the next host, on a network that this one is on."""


class Machine(Section):
    """What every firewall has, whatever its engine."""

    engine: Engine = "proxy"
    sysctls: dict[Sysctl, int | str] = Field(default_factory=dict)
    """Settings of its kernel, by name, as sysctl(8) writes them."""
    routes: tuple[Route, ...] = ()
    """Its routes besides those that follow from the networks."""


class ProxyFirewall(ProxyConfiguration, Machine):
    """A firewall that accepts TCP connections and opens its own: firewall-proxy."""

    def forwards(self, source: IPv4Address, destination: IPv4Address, port: int) -> Verdict:
        """Decide about a connection that is routed through it: only a tunnel lets it pass."""
        return tunnelled(self, source, destination, port)

    def configuration(self) -> ProxyConfiguration:
        """What firewall-proxy reads: this without what is the machine's."""
        document = document_of(self)
        for field in Machine.model_fields:
            document.pop(field, None)
        return parse(document, ProxyConfiguration, "", self.places())


class Router(Machine):
    """A firewall that is none: it forwards every packet as it is."""

    interfaces: Annotated[dict[Name, Interface], Field(min_length=1)]
    rules: tuple[str, ...] = ()
    """Its policy routing: each what follows `ip rule add`."""

    def forwards(self, source: IPv4Address, destination: IPv4Address, _port: int) -> Verdict:
        """Decide about a connection that is routed through it: it passes."""
        text = f"a router forwards from {source} to {destination} as it is"
        return Verdict(True, None, Reason("router", text, place=self.place("engine")))


def _engine(value: Any) -> str:
    """Which class reads a firewall; one with an unknown engine is refused by its `engine`."""
    engine = value.get("engine") if isinstance(value, Mapping) else getattr(value, "engine", None)
    return "router" if engine == "router" else "proxy"


Firewall = Annotated[
    Annotated[ProxyFirewall, Tag("proxy")] | Annotated[Router, Tag("router")],
    Discriminator(_engine),
]
