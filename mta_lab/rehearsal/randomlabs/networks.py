"""Networks in a tree, joined by firewalls, and the ways between hosts on them.

Network 0 is the root; firewall number n joins network n with another one that has a lower number.
A way from one host to another passes the firewalls between their networks, by a service at each or
by a tunnel through all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis.strategies import DrawFn, booleans, integers, sampled_from

PORT = 102
_OTHER_PORTS = 1102  # of services at an interface that has one on port 102 already


def usually(draw: DrawFn, right: Any, *wrong: Any) -> Any:
    """Draw what is right, or seldom one of what is not."""
    return draw(sampled_from([right] * (10 * len(wrong) + 10) + [*wrong]))


def network(number: int) -> str:
    """The name of a network."""
    return f"net{number}"


def address(network_number: int, host: int) -> str:
    """The address of a host on a network; firewalls have numbers from 1 to 9."""
    return f"10.0.{network_number}.{host}"


@dataclass
class Host:
    """An MTA's host: its name, network, address, and the name that its address has in DNS."""

    name: str
    network: int
    address: str
    dns_name: str


@dataclass
class FirewallPlan:
    """A firewall, as far as it is drawn: its services by where they listen and whom they call."""

    number: int
    parent: int  # the number of the other network
    services: dict[tuple[int, str], dict[str, Any]] = field(default_factory=dict)
    tunnels: dict[frozenset[str], dict[str, Any]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The firewall's name."""
        return f"FW{self.number}"

    def address_on(self, network_number: int) -> str:
        """Its address on one of its two networks."""
        return address(network_number, self.number)

    def document(self, rules: Sequence[dict[str, Any]], limits: dict[str, Any]) -> dict[str, Any]:
        """The firewall as a topology file has it."""
        interfaces = {
            network(each): {"address": self.address_on(each)} for each in (self.parent, self.number)
        }
        found: dict[str, Any] = {"interfaces": interfaces}
        if self.services:
            found["services"] = [*self.services.values()]
        if self.tunnels:
            found["tunnels"] = [*self.tunnels.values()]
        if rules:
            found["rules"] = [*rules]
        if limits:
            found["limits"] = limits
        return found


class Ways:
    """The firewalls, and the ways through them that hosts need."""

    def __init__(self, draw: DrawFn, most_firewalls: int) -> None:
        """Draw the tree of networks."""
        self._draw = draw
        self.firewalls: list[FirewallPlan] = []
        for number in range(1, draw(integers(0, most_firewalls)) + 1):
            parent = draw(integers(0, number - 1))
            self.firewalls.append(FirewallPlan(number, parent))

    @property
    def networks(self) -> range:
        """The numbers of the networks."""
        return range(len(self.firewalls) + 1)

    def between(self, one: int, other: int) -> list[tuple[FirewallPlan, int, int]]:
        """The firewalls from one network to another, each with the networks before and behind."""
        up, down = self._to_root(one), self._to_root(other)
        while up and down and up[-1][0] is down[-1][0]:
            up.pop()
            down.pop()
        return up + [(firewall, behind, before) for firewall, before, behind in reversed(down)]

    def _to_root(self, number: int) -> list[tuple[FirewallPlan, int, int]]:
        steps = []
        while number:
            firewall = self.firewalls[number - 1]
            steps.append((firewall, number, firewall.parent))
            number = firewall.parent
        return steps

    def tunnel(self, caller: Host, called: Host) -> None:
        """Let the two call each other as if no firewall were there."""
        for firewall, *_ in self.between(caller.network, called.network):
            firewall.tunnels.setdefault(
                frozenset((caller.name, called.name)),
                {
                    "name": f"{caller.name}-{called.name}",
                    "between": [caller.address, called.address],
                    "port": PORT,
                },
            )

    def served(self, caller: Host, called: Host) -> tuple[str, int] | None:
        """Where the caller reaches another network's host: address and port; services are drawn.

        None: no firewall is in between.
        """
        to = called.address, PORT
        for firewall, before, behind in reversed(self.between(caller.network, called.network)):
            to = self._service(firewall, before, behind, called, to)
        return None if to[0] == called.address else to

    def _service(
        self, firewall: FirewallPlan, before: int, behind: int, called: Host, to: tuple[str, int]
    ) -> tuple[str, int]:
        """A service that passes on from one network to the next, made unless it is there."""
        key = before, called.name
        if key not in firewall.services:
            number = sum(listening == before for listening, _ in firewall.services)
            port = PORT if number == 0 else _OTHER_PORTS + number
            service: dict[str, Any] = {
                "name": f"{network(before)}-to-{called.name}",
                "listen": {"interface": network(before), "port": port},
                "destination": {"address": to[0], "port": to[1]},
                "onward_interface": network(behind),
            }
            if usually(self._draw, False, True):
                service["client_side_transparency"] = True
            firewall.services[key] = service
        return firewall.address_on(before), firewall.services[key]["listen"]["port"]

    def documents(self, hosts: Sequence[Host]) -> dict[str, Any]:
        """The firewalls as a topology file has them, with rules."""
        return {each.name: self._document(each, hosts) for each in self.firewalls}

    def _document(self, firewall: FirewallPlan, hosts: Sequence[Host]) -> dict[str, Any]:
        draw = self._draw
        rules: list[dict[str, Any]] = []
        some: bool = draw(booleans())
        if firewall.services and some:
            names = [each["name"] for each in firewall.services.values()]
            clients = [f"{each.address}/32" for each in hosts] + ["10.0.0.0/16"]
            for number in range(draw(integers(1, 3))):
                rule: dict[str, Any] = {
                    "name": f"rule{number}",
                    "action": usually(draw, "allow", "deny"),
                }
                if draw(booleans()):
                    rule["service"] = draw(sampled_from(names))
                if draw(booleans()):
                    rule["from"] = draw(sampled_from(clients))
                rules.append(rule)
        limits = {"connections": draw(integers(16, 64))} if draw(booleans()) else {}
        return firewall.document(rules, limits)
