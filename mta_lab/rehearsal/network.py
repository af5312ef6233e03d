"""The way of a connection through the networks: host by host, and what each firewall does with it.

Routes are the topology's, decisions the engines'. A firewall that opens a connection of its own
begins a new piece of the way; the answers of each piece must come back by the same firewalls.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from firewall_proxy import system
from labkit.addresses import IPAddress, in_network
from labkit.reason import Place, Reason
from mta_lab.engines import localrouting, registry
from mta_lab.engines.box import Box
from mta_lab.engines.decision import (
    ANY_PORT,
    Engine,
    Forwarded,
    How,
    NotModelled,
    NotModelledError,
    Proxied,
    Stopped,
    Syn,
)
from mta_lab.engines.localrouting import Line, LocalMark
from mta_lab.engines.proxy import Proxy
from mta_lab.engines.registry import Given
from mta_lab.rehearsal.faulty import Crossing, Faulty
from mta_lab.rehearsal.prediction import Step
from mta_lab.topology.addressing import Interface
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.faults import Fault
from mta_lab.topology.files import Topology
from mta_lab.topology.firewalls import Firewall, ForeignFirewall, PolicyRouted, ProxyFirewall

_FORWARD, _FORWARD_IPV6 = "net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"
_REVERSE_PATH = "net.ipv4.conf.all.rp_filter"
_SILENT_END = "no host answers there"


@dataclass(frozen=True)
class Arrived:
    """The connection reaches a host that is no firewall; `source` is the address that it sees."""

    host: str
    source: IPAddress
    destination: IPAddress
    port: int
    via: tuple[str, ...]  # the firewalls on the way that accepted, and opened their own
    largest_packet: int | None = None  # octets of the largest that gets through; None: any

    @property
    def proxied(self) -> bool:
        """Whether a firewall on the way has accepted the caller's connection."""
        return bool(self.via)


@dataclass(frozen=True)
class Lost:
    """The connection gets no further; `accepted`: a firewall had accepted it, and resets it."""

    disposition: Disposition
    accepted: bool


@dataclass(frozen=True)
class _Passed:
    """A firewall that forwarded a SYN: as it came, and as it left."""

    box: str
    came: Syn
    left: Syn

    @property
    def translated(self) -> bool:
        """Whether the source address is another one since."""
        return self.came.source != self.left.source


@dataclass
class _Piece:
    """A piece of the way: where it began, and the firewalls that forwarded it."""

    begins: str
    transparent: bool = False  # its source address is another host's
    forwarded: list[_Passed] = field(default_factory=list)

    def back(self) -> Iterator[list[_Passed]]:
        """The firewalls on the way back, in parts: each but the last ends where a source changed.

        The answers are for the address that the last one gave, until that turns it back.
        """
        part: list[_Passed] = []
        for each in reversed(self.forwarded):
            part.append(each)
            if each.translated:
                yield part
                part = []
        yield part


class Network:
    """The networks of a topology, and the firewalls in them."""

    def __init__(self, topology: Topology, faults: Sequence[Fault] = ()) -> None:
        """Read every firewall's engine; the networks and services have these faults."""
        self.faulty = Faulty(topology, faults)
        self._addressing = topology.addressing()
        self._routing = topology.routing()
        self._firewalls: dict[str, Firewall] = {**topology.firewalls, **topology.proxies()}
        self._engines = {name: self._engine(name) for name in self._firewalls}

    def way(
        self, host: str, source: IPAddress, to: tuple[IPAddress, int], steps: list[Step]
    ) -> Arrived | Lost:
        """Follow a connection of `host`; appends a step for each host on the way."""
        address, port = to
        piece = _Piece(host)
        via: tuple[str, ...] = ()
        sizes: list[int | None] = []
        here, passed = host, {(host, address)}
        while True:
            there = self._next(here, address, port, steps)
            if there is None:
                return Lost(Disposition.UNREACHABLE, bool(via))
            sizes.append(self.faulty.largest(Crossing(there.network, address, port)))
            if there.host not in self._firewalls:
                if address not in there.addresses:
                    text = f"{there.host} gets packets for {address}, and forwards none"
                    steps.append(_step(here, f"way to {address}", "lost", Reason("route", text)))
                    return Lost(Disposition.UNREACHABLE, bool(via))
                if lost := self._answers_lost(there.host, source, piece, steps):
                    return Lost(lost, bool(via))
                largest = min((size for size in sizes if size), default=None)
                return Arrived(there.host, source, address, port, via, largest)
            here = there.host
            if (here, address) in passed:
                text = f"packets to {address} go round in a circle at {here}"
                steps.append(_step(here, f"way to {address}", "lost", Reason("route", text)))
                return Lost(Disposition.UNREACHABLE, bool(via))
            passed.add((here, address))
            syn = Syn(there.name, source, ANY_PORT, address, port)
            if unknown := self._not_modelled(here):
                steps.append(_step(here, f"what becomes of {syn}", "not modelled", unknown))
                return Lost(Disposition.NOT_MODELLED, bool(via))
            decision = self._engines[here].decide(syn, self._leaves_by(here))
            answer, lost = _outcome(decision)
            reasons = decision.reasons
            if isinstance(decision, NotModelled):
                reasons += (Reason("firewall", str(decision), place=decision.place),)
            *others, last = reasons
            steps.extend(_step(here, each.check, "applies", each) for each in others)
            steps.append(_step(here, f"what becomes of {syn}", answer, last))
            if not isinstance(decision, Forwarded | Proxied):
                closed = isinstance(decision, Stopped) and decision.how is How.CLOSED
                return Lost(lost, closed or bool(via))
            if isinstance(decision, Proxied):
                if lost_answer := self._answers_lost(here, source, piece, steps):
                    return Lost(lost_answer, bool(via))
                piece, via = _Piece(here, decision.transparent), (*via, here)
            else:
                piece.forwarded.append(_Passed(here, syn, decision.syn))
            source = decision.syn.source
            address = decision.syn.destination
            port = decision.syn.destination_port

    def _next(
        self, here: str, address: IPAddress, port: int, steps: list[Step]
    ) -> Interface | None:
        """The interface at the next host on the way."""
        question = f"route to {address}"
        route = self._routing.route(here, address)
        if route is None:
            why = Reason("route", f"{here} has no route to {address}", "a route", "no route")
            steps.append(_step(here, question, "none", why))
            return None
        there = self._addressing.at(route.via or address)
        steps.append(_step(here, question, there.host if there else _SILENT_END, route.reason))
        if there is None:
            text = f"no host has the address {route.via or address}"
            steps.append(_step(here, question, _SILENT_END, Reason("host", text)))
            return None
        if stopped := self.faulty.stops(Crossing(there.network, address, port)):
            steps.append(_step(here, f"way to {address}", "lost", stopped))
            return None
        return there

    def _answers_lost(
        self, host: str, source: IPAddress, piece: _Piece, steps: list[Step]
    ) -> Disposition | None:
        """What becomes of it all where the answers to `source` do not come back; None: they do."""
        here, to = host, source
        for part in piece.back():
            if lost := self._part_lost(here, to, piece, part, steps):
                return lost
            if part and part[-1].translated:
                here, to = part[-1].box, part[-1].came.source
        for each in reversed(piece.forwarded):
            decision = self._engines[each.box].answer(each.came, self._leaves_by(each.box))
            if not isinstance(decision, Forwarded):
                answer, lost = _outcome(decision)
                question = f"answer to {each.came}"
                steps.extend(_step(each.box, question, answer, r) for r in decision.reasons)
                return lost
        return None

    def _part_lost(
        self, here: str, to: IPAddress, piece: _Piece, part: list[_Passed], steps: list[Step]
    ) -> Disposition | None:
        """Whether the routes lead the answers through this part of the firewalls, and no others."""
        boxes = [each.box for each in part]
        turns_back = bool(part) and part[-1].translated
        transparent = piece.transparent and not turns_back
        if not transparent and not boxes and self._addressing.host_at(to) == here:
            return None
        way = self._routing.path(here, to)
        passed = [hop.host for hop in way.hops[1:]]
        if transparent and piece.begins in passed:
            passed = passed[: passed.index(piece.begins)]
        elif transparent or not way.reached:
            steps.append(_step(here, f"way of the answers to {to}", "lost", way.reason))
            return Disposition.UNREACHABLE
        if turns_back:
            passed.append(str(self._addressing.host_at(to)))
        if passed != boxes:
            text = f"the answers to {to} come by {', '.join(passed) or 'no firewall'}"
            text += f", and not by {', '.join(boxes) or 'none'}"
            why = Reason("route", text, place=way.reason.place)
            steps.append(_step(here, f"way of the answers to {to}", "not modelled", why))
            return Disposition.NOT_MODELLED
        return None

    def _leaves_by(self, host: str) -> Callable[[IPAddress], str | None]:
        def route(address: IPAddress) -> str | None:
            found = self._routing.route(host, address)
            return found.interface.name if found else None

        return route

    def _engine(self, name: str) -> Engine:
        firewall = self._firewalls[name]
        networks = self._addressing.networks
        interfaces = {
            each.name: tuple(
                in_network(address, networks[each.network]) for address in each.addresses
            )
            for each in self._addressing.of_host(name)
        }
        places = {
            "reverse_path": firewall.place("sysctls", _REVERSE_PATH),
            "forwards": firewall.place("sysctls", _FORWARD),
        }
        reverse_path = int(firewall.sysctls.get(_REVERSE_PATH, 0))
        if isinstance(firewall, ProxyFirewall):
            box = Box(interfaces, system.forwards(firewall), reverse_path, places)
            return Proxy(box, firewall)
        places["rules"] = firewall.place("rules")
        kind = registry.kind(firewall.engine)
        forwards = bool(int(firewall.sysctls.get(_FORWARD, kind.forwards)))
        ipv6 = bool(int(firewall.sysctls.get(_FORWARD_IPV6, kind.forwards)))
        box = Box(interfaces, forwards, reverse_path, places, _local_marks(firewall)[0], ipv6)
        if not isinstance(firewall, ForeignFirewall):
            return kind.read(Given(box))
        given = [
            Given(box, its.text, its.name, its.directory)
            for its in (firewall.configuration(), firewall.netfilter_rules())
        ]
        return kind.read(replace(given[0], netfilter=given[1] if firewall.proxies else None))

    def _not_modelled(self, name: str) -> Reason | None:
        """What a firewall's machine has that no model reads."""
        firewall = self._firewalls[name]
        for sysctl in firewall.sysctls:
            if sysctl not in (_FORWARD, _FORWARD_IPV6, _REVERSE_PATH):
                return _unread(f"sysctl {sysctl}", firewall.place("sysctls", sysctl))
        if isinstance(firewall, PolicyRouted) and (unread := _local_marks(firewall)[1]):
            return _unread(unread.directive, unread.place)
        return None


def _local_marks(
    firewall: PolicyRouted,
) -> tuple[tuple[LocalMark, ...], NotModelledError | None]:
    """The marks that make packets a firewall's own; or what of its rules no model reads."""
    rules = [Line(rule, firewall.place("rules", n)) for n, rule in enumerate(firewall.rules)]
    tables = {
        str(number): [Line(each, firewall.place("tables", number, n)) for n, each in enumerate(its)]
        for number, its in firewall.tables.items()
    }
    try:
        return localrouting.read(rules, tables), None
    except NotModelledError as error:
        return (), error


def _unread(directive: str, place: Place) -> Reason:
    return Reason("firewall", f"not modelled: {directive}", place=place)


def _step(where: str, question: str, answer: str, reason: Reason) -> Step:
    return Step(where, question, answer, reason)


def _outcome(decision: object) -> tuple[str, Disposition]:
    """A firewall's decision in a word, and what becomes of mail where it is the last one."""
    match decision:
        case Forwarded():
            return "forwarded", Disposition.DELIVERED
        case Proxied(syn):
            return f"passed on as {syn}", Disposition.DELIVERED
        case Stopped(How.CLOSED_PORT as how):
            return how, Disposition.UNREACHABLE
        case Stopped(how):
            return how, Disposition.BLOCKED
        case _:
            return "not modelled", Disposition.NOT_MODELLED
