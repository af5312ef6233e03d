"""The machine under every engine: its addresses, and what Linux does before any rule has a say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from labkit.addresses import IPAddress, IPInterface
from labkit.reason import Place, Reason
from mta_lab.engines.decision import (
    ANY_PORT,
    Decision,
    Forwarded,
    How,
    Icmp,
    NotModelled,
    NotModelledError,
    Proxied,
    Route,
    Stopped,
    Syn,
)
from mta_lab.engines.localrouting import LocalMark

STRICT, LOOSE = 1, 2  # net.ipv4.conf.*.rp_filter (ip-sysctl.rst of Linux); RFC 3704


@dataclass(frozen=True)
class Box:
    """A firewall's machine. `reverse_path` is its net.ipv4.conf.all.rp_filter: 0, 1 or 2.

    The first address of an interface is its primary one. `forwards` is net.ipv4.ip_forward, and
    `forwards_ipv6` net.ipv6.conf.all.forwarding; None: the same. `places` says where a setting was
    made: by "interfaces", "reverse_path", "forwards". `local_marks` is its policy routing.
    """

    interfaces: Mapping[str, tuple[IPInterface, ...]]
    forwards: bool = True
    reverse_path: int = 0
    places: Mapping[str, Place] = field(default_factory=dict)
    local_marks: tuple[LocalMark, ...] = ()
    forwards_ipv6: bool | None = None

    def holds(self, address: IPAddress) -> bool:
        """Whether an address is one of the box's own."""
        return any(address == each.ip for own in self.interfaces.values() for each in own)

    def takes(self, address: IPAddress, mark: int) -> bool:
        """Whether a packet for an address, with a mark, is the box's own."""
        return self.holds(address) or any(
            each.has(address.version, mark) for each in self.local_marks
        )

    def address_at(self, interface: str, destination: IPAddress) -> IPAddress | None:
        """The source address that Linux takes for packets that leave there (ip(8), `src`).

        None when the interface has no address of this family.
        """
        own = [
            each
            for each in self.interfaces.get(interface, ())
            if each.version == destination.version
        ]
        near = [each for each in own if destination in each.network]
        return next((each.ip for each in near or own), None)

    def reason(self, check: str, text: str, expected: str = "", seen: str = "") -> Reason:
        """A reason of the box itself, with the place of the setting `check`."""
        return Reason(check, text, expected, seen, self.places.get(check))

    def received(self, syn: Syn, route: Route) -> Stopped | None:
        """What the source address alone leads to: silence, where Linux takes no such packet.

        Linux asks this after prerouting, with the destination that the packet has then.
        """
        if syn.source.version == 6:  # reverse path filtering is IPv4's
            return None
        if self.holds(syn.source):
            text = f"a packet from outside has the box's own address {syn.source} as its source"
            return self._unheard("interfaces", text, "another's address", str(syn.source))
        back = route(syn.source)
        if self.reverse_path == STRICT and back != syn.interface:
            leads = f"the route back to {syn.source} leads out by {back}" if back else ""
            text = f"rp_filter is strict, the packet came in by {syn.interface}, and " + (
                leads or f"no route leads back to {syn.source}"
            )
            return self._unheard("reverse_path", text, syn.interface, back or "no route")
        if self.reverse_path == LOOSE and back is None:
            text = f"rp_filter is loose, and no route leads back to {syn.source}"
            return self._unheard("reverse_path", text, "a route", "no route")
        return None

    def forwarded(self, syn: Syn, route: Route) -> Forwarded | Stopped:
        """Route a SYN that is for another."""
        ipv6 = syn.destination.version == 6 and self.forwards_ipv6 is not None
        if not (self.forwards_ipv6 if ipv6 else self.forwards):
            text = f"the box does not forward, and {syn.destination} is not its address"
            return self._silence("forwards", text, "1", "0")
        out = route(syn.destination)
        if out is None:
            text = f"no route leads to {syn.destination}"
            reason = self.reason("route", text, "a route", "no route")
            return Stopped(How.ICMP, (reason,), no_route(syn.destination))
        reason = self.reason("route", f"the route to {syn.destination} leads out by {out}")
        return Forwarded(replace(syn, interface=out), (reason,))

    def answer(self, decision: Decision, syn: Syn, route: Route) -> Decision:
        """Forward the answer to a SYN about which there is a decision, without any rule."""
        if not isinstance(decision, Forwarded):
            return decision
        leaves = decision.syn
        answer = Syn(
            leaves.interface,
            leaves.destination,
            leaves.destination_port,
            syn.source,
            syn.source_port,
        )
        return self.received(answer, route) or self.forwarded(answer, route)

    def accepts(
        self, syn: Syn, route: Route, taken: Callable[[list[Reason]], Decision | None]
    ) -> Decision:
        """Let a proxy that runs here take a SYN for the box; forward what is not, or drop it.

        `taken` returns None where nobody listens; what it adds to its argument are the reasons so
        far, which a NotModelledError that it raises has, too.
        """
        if stopped := self.received(syn, route):
            return stopped
        if not self.holds(syn.destination):
            return self.forwarded(syn, route)
        reasons: list[Reason] = []
        try:
            return taken(reasons) or self.closed_port(syn)
        except NotModelledError as found:
            return NotModelled(found.directive, found.place, tuple(reasons))

    def closed_port(self, syn: Syn) -> Stopped:
        """Answer a SYN for an address of the box at which nobody listens."""
        where = f"port {syn.destination_port} of {syn.destination}"
        text = f"{where} is the box's own, and nobody listens there"
        return Stopped(How.CLOSED_PORT, (self.reason("interfaces", text),))

    def opened(
        self,
        destination: tuple[IPAddress, int],
        source: IPAddress | None,
        route: Route,
        because: tuple[Reason, ...],
    ) -> Proxied | Stopped:
        """Open a proxy's own connection.

        `source` is None when the route to the destination chooses it; the kernel chooses the port.
        """
        to, port = destination
        out = route(to)
        source = source or (self.address_at(out, to) if out else None)
        if out is None or source is None:
            text = f"no route leads to {to}, so the client's connection is closed again"
            reason = self.reason("route", text, "a route", "no route")
            return Stopped(How.CLOSED, (*because, reason), unreached=True)
        reason = self.reason("route", f"the route to {to} leads out by {out}")
        transparent = not self.holds(source)
        return Proxied(Syn(out, source, ANY_PORT, to, port), (*because, reason), transparent)

    def _unheard(self, check: str, text: str, expected: str, seen: str) -> Stopped:
        """Silence of the kernel before any rule has a say: nothing records it."""
        return replace(self._silence(check, text, expected, seen), unreached=True)

    def _silence(self, check: str, text: str, expected: str, seen: str) -> Stopped:
        return Stopped(How.SILENCE, (self.reason(check, text, expected, seen),))


def no_host(destination: IPAddress) -> Icmp:
    """The ICMP error where nobody has the address: RFC 792 host, RFC 4443 address unreachable."""
    return Icmp(3, 1) if destination.version == 4 else Icmp(1, 3)


def no_route(destination: IPAddress) -> Icmp:
    """The ICMP error of a router without a route: RFC 792 net unreachable, RFC 4443 no route."""
    return Icmp(3, 0) if destination.version == 4 else Icmp(1, 0)
