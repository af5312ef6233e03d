"""The way of a connection through the networks: host by host, and what each firewall does with it.

Routes are the topology's, decisions the engines'. A firewall that opens a connection of its own
begins a new piece of the way; the answers of each piece must come back by the same firewalls.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from firewall_proxy.request import Request
from labkit.addresses import IPAddress, IPInterface, in_network
from labkit.reason import Place, Reason
from mta_lab.engines.box import no_host
from mta_lab.engines.decision import (
    ANY_PORT,
    Decision,
    Forwarded,
    How,
    NotModelled,
    Proxied,
    Stopped,
    Syn,
)
from mta_lab.rehearsal import forgetting, machines
from mta_lab.rehearsal.faulty import Crossing, Faulty
from mta_lab.rehearsal.piece import Answers, Passed, Piece
from mta_lab.rehearsal.prediction import Step, Travel
from mta_lab.topology.addressing import Interface
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.faults import Fault
from mta_lab.topology.files import Topology
from mta_lab.topology.firewalls import Firewall, ProxyFirewall

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
    header: str = ""  # version of the PROXY protocol header that comes before what the caller says
    memory: forgetting.Memory | None = None  # the shortest of a firewall

    @property
    def proxied(self) -> bool:
        """Whether a firewall on the way has accepted the caller's connection."""
        return bool(self.via)


@dataclass(frozen=True)
class Lost:
    """The connection gets no further; `via` as in `Arrived`.

    `by` is the host where it ends, and `stopped` how; None where that host began it and has no
    route.
    """

    disposition: Disposition
    via: tuple[str, ...]
    by: str
    stopped: Stopped | NotModelled | None = None

    @property
    def refused(self) -> bool:
        """Whether the caller's transport is told that nobody has what it calls."""
        return isinstance(self.stopped, Stopped) and self.stopped.how is How.REFUSED

    @property
    def accepted(self) -> bool:
        """Whether a firewall had accepted the caller's connection."""
        stopped = isinstance(self.stopped, Stopped) and self.stopped.accepted
        return stopped or bool(self.via)


@dataclass
class Device:
    """A host on the way of a SYN: the SYN as it arrives, or as it leaves where it begins.

    A firewall has a decision about it, and one about the answer where that comes back by it.
    `route` leads on.
    """

    host: str
    syn: Syn
    decision: Decision | None = None
    route: Reason | None = None
    answer: Decision | None = None


class Network:
    """The networks of a topology, and the firewalls in them."""

    def __init__(self, topology: Topology, faults: Sequence[Fault] = ()) -> None:
        """Read every firewall's engine; the networks and services have these faults."""
        self.faulty = Faulty(topology, faults)
        self._listens = topology.listens
        self._addressing = topology.addressing()
        self._routing = topology.routing()
        self._firewalls: dict[str, Firewall] = {**topology.firewalls, **topology.proxies()}
        self._engines = {
            name: machines.engine(firewall, self._interfaces(name))
            for name, firewall in self._firewalls.items()
        }

    def way(
        self,
        host: str,
        source: IPAddress,
        to: tuple[IPAddress, int],
        steps: list[Step],
        *,
        source_port: int = ANY_PORT,
        request: Request | None = None,
        devices: list[Device] | None = None,
    ) -> Arrived | Lost:
        """Follow a connection of `host`; appends a step, and a device, for each host on the way.

        `request` is what it says first, where that is known.
        """
        devices = [] if devices is None else devices
        leaves = self._leaves_by(host)(to[0]) or ""
        devices.append(Device(host, Syn(leaves, source, source_port, *to, request)))
        end = self._followed(devices, steps)
        if isinstance(end, Arrived) and end.port in self._listens(end.host):
            return self._remembered(end, devices, steps)
        for each in devices:
            if isinstance(each.decision, Proxied) and (spare := each.decision.spare):
                text = f"turns to another server: {spare}"
                reason = Reason("firewall", text, place=spare.place)
                steps.append(_step(each.host, "nobody answers there", "not modelled", reason))
                return Lost(Disposition.NOT_MODELLED, end.via, each.host, spare)
        return end

    def _remembered(self, end: Arrived, devices: list[Device], steps: list[Step]) -> Arrived | Lost:
        """The end of a way, with the shortest memory of the firewalls on it."""
        memories = []
        for each in devices:
            if memory := forgetting.memory(each.host, self._firewalls.get(each.host)):
                engine, route = self._engines[each.host], self._leaves_by(each.host)
                if end.via or not forgetting.drops(engine, each.syn, each.decision, route):
                    return _unread(each.host, "silence", memory.not_modelled, steps, via=end.via)
                memories.append(memory)
        return replace(end, memory=min(memories, key=lambda each: each.seconds, default=None))

    def _followed(self, devices: list[Device], steps: list[Step]) -> Arrived | Lost:
        """Follow the connection that the one device begins to where it ends."""
        host, syn = devices[0].host, devices[0].syn
        source, source_port, request = syn.source, syn.source_port, syn.request
        address, port = syn.destination, syn.destination_port
        piece = Piece(host)
        via: tuple[str, ...] = ()
        header = ""
        sizes: list[int | None] = []
        here, passed = host, {(host, address)}
        while True:
            there = self._next(devices[-1], source, (address, port), steps)
            if there is None or isinstance(there, Stopped):
                return Lost(Disposition.UNREACHABLE, via, here, there)
            syn = Syn(there.name, source, source_port, address, port, request)
            devices.append(device := Device(there.host, syn))
            sizes.append(self.faulty.largest(Crossing(there.network, address, port)))
            if there.host not in self._firewalls:
                if address not in there.addresses:
                    text = f"{there.host} gets packets for {address}, and forwards none"
                    return _lost(there.host, here, address, text, steps, via=via)
                if lost := self._answers_lost(there.host, syn, piece, steps, devices):
                    return _unanswered(lost, steps, via=via)
                largest = min((size for size in sizes if size), default=None)
                return Arrived(there.host, source, address, port, via, largest, header)
            here = there.host
            if (here, address) in passed:
                text = f"packets to {address} go round in a circle at {here}"
                return _lost(here, here, address, text, steps, via=via)
            passed.add((here, address))
            if unread := machines.not_modelled(self._firewalls[here]):
                device.decision = unread
                return _unread(here, f"what becomes of {syn}", unread, steps, via=via)
            decision = self._engines[here].decide(syn, self._leaves_by(here))
            device.decision = decision
            answer, lost = _outcome(decision)
            reasons = decision.reasons
            if isinstance(decision, NotModelled):
                reasons += (Reason("firewall", str(decision), place=decision.place),)
            *others, last = reasons
            steps.extend(_step(here, each.check, "applies", each) for each in others)
            steps.append(_step(here, f"what becomes of {syn}", answer, last))
            if not isinstance(decision, Forwarded | Proxied):
                return Lost(lost, via, here, decision)
            if isinstance(decision, Proxied):
                if lost_answer := self._answers_lost(here, syn, piece, steps, devices):
                    return _unanswered(lost_answer, steps, via=via)
                piece, via = Piece(here, decision.transparent), (*via, here)
                header = decision.header or header
            else:
                piece.forwarded.append(Passed(here, syn, decision.syn))
            source, source_port = decision.syn.source, decision.syn.source_port
            address, port = decision.syn.destination, decision.syn.destination_port

    def resets(self, end: Arrived | Lost) -> bool:
        """Whether the caller hears a reset when what had accepted it cannot pass it on: ours does.

        Others close, and the caller hears the end of the connection (seen on packets).
        """
        if end.via:
            return isinstance(self._firewalls[end.via[0]], ProxyFirewall)
        return isinstance(end, Lost) and (
            isinstance(end.stopped, Stopped) and end.stopped.how is How.ACCEPTED_RESET
        )

    def _next(
        self, device: Device, source: IPAddress, to: tuple[IPAddress, int], steps: list[Step]
    ) -> Interface | Stopped | None:
        """The interface at the next host on the way; or how it ends here; None: without a route."""
        here, (address, port) = device.host, to
        question = f"route to {address}"
        route = self._routing.route(here, address)
        if route is None:
            why = Reason("route", f"{here} has no route to {address}", "a route", "no route")
            steps.append(_step(here, question, "none", why))
            return None
        device.route = route.reason
        there = self._addressing.at(route.via or address)
        travels = Travel(route.interface.network, source, address, port)
        answer = there.host if there else _SILENT_END
        steps.append(Step(here, question, answer, route.reason, travels))
        if there is None:
            text = f"no host has the address {route.via or address}"
            steps.append(_step(here, question, _SILENT_END, reason := Reason("host", text)))
            return Stopped(How.ICMP, (reason,), no_host(address))
        if stopped := self.faulty.stops(Crossing(there.network, address, port)):
            steps.append(_step(here, f"way to {address}", "lost", stopped))
            return Stopped(How.SILENCE, (stopped,))
        return there

    def _answers_lost(
        self,
        host: str,
        syn: Syn,
        piece: Piece,
        steps: list[Step],
        devices: list[Device],
    ) -> Disposition | None:
        """What becomes of it all where the answers to `syn` do not come back; None: they do."""
        here, answers = host, Answers(syn.destination, syn.source)
        come_by: set[str] = set()
        for part in piece.back():
            passed = self._come_by(here, answers, piece, part, steps)
            if isinstance(passed, Disposition):
                return passed
            come_by.update(passed)
            if part and part[-1].translated:
                came = part[-1].came
                here, answers = part[-1].box, Answers(came.destination, came.source)
        for each in reversed(piece.forwarded):
            if each.box not in come_by:
                continue
            decision = self._engines[each.box].answer(each.came, self._leaves_by(each.box))
            next(at for at in reversed(devices) if at.host == each.box).answer = decision
            if lost := _stops(each.box, f"answer to {each.came}", decision, steps):
                return lost
        return None

    def _come_by(
        self,
        here: str,
        answers: Answers,
        piece: Piece,
        part: list[Passed],
        steps: list[Step],
    ) -> Sequence[str] | Disposition:
        """The firewalls that this part of the answers' way leads through; or how it ends.

        Those that know connections must be the same both ways. A router knows none: it forwards
        what comes.
        """
        to = answers.to
        boxes = [each.box for each in part]
        turns_back = bool(part) and part[-1].translated
        transparent = piece.transparent and not turns_back
        if not transparent and not boxes and self._addressing.host_at(to) == here:
            return ()
        way = self._routing.path(here, to)
        passed = [hop.host for hop in way.hops[1:]]
        question = f"way of the answers to {to}"
        if transparent and piece.begins in passed:
            passed = passed[: passed.index(piece.begins)]
        elif transparent or not way.reached:
            steps.append(_step(here, question, "lost", way.reason))
            return Disposition.UNREACHABLE
        if turns_back:
            passed.append(str(self._addressing.host_at(to)))
        other = [each for each in passed if each not in boxes]
        if [*filter(self._knows, passed)] != [*filter(self._knows, boxes)]:
            text = f"the answers to {to} come by {', '.join(passed) or 'no firewall'}"
            text += f", and not by {', '.join(boxes) or 'none'}"
            left_out = [each for each in part if each.box not in passed]
            places = (hop.route.reason.place for hop in way.hops)
            place = next(filter(None, places), None)
            called = next((each.came.destination for each in left_out if each.redirected), None)
            if called is None or any(map(self._knows, other)):
                why = Reason("route", text, place=place)
                steps.append(_step(here, question, "not modelled", why))
                return Disposition.NOT_MODELLED
            text += f": their sender is {answers.sender}, and the caller called {called}"
            why = Reason("route", text, str(called), str(answers.sender), place)
            steps.append(_step(here, question, "lost", why))
            return Disposition.UNREACHABLE
        sender = answers.sender
        shown = {each.box: each.came.destination for each in part}
        for hop in way.hops[1:]:
            sender = shown.get(hop.host, sender)
            if hop.host in other and hop.arrived:
                answer = Syn(hop.arrived.name, sender, ANY_PORT, to, ANY_PORT)
                decision = self._engines[hop.host].decide(answer, self._leaves_by(hop.host))
                if lost := _stops(hop.host, f"answer {answer}", decision, steps):
                    return lost
        return passed

    def _knows(self, box: str) -> bool:
        """Whether a firewall knows connections, or does what no model says: all but routers."""
        firewall = self._firewalls[box]
        return firewall.engine != "router" or machines.not_modelled(firewall) is not None

    def _leaves_by(self, host: str) -> Callable[[IPAddress], str | None]:
        def route(address: IPAddress) -> str | None:
            found = self._routing.route(host, address)
            return found.interface.name if found else None

        return route

    def _interfaces(self, name: str) -> dict[str, tuple[IPInterface, ...]]:
        """The interfaces of a host by name, as a machine has them."""
        networks = self._addressing.networks
        return {
            each.name: tuple(in_network(at, networks[each.network]) for at in each.addresses)
            for each in self._addressing.of_host(name)
        }


def _lost(
    by: str, where: str, address: IPAddress, text: str, steps: list[Step], *, via: tuple[str, ...]
) -> Lost:
    """The SYN is dropped on the way, without a word."""
    reason = Reason("route", text)
    steps.append(_step(where, f"way to {address}", "lost", reason))
    return Lost(Disposition.UNREACHABLE, via, by, Stopped(How.SILENCE, (reason,)))


def _unread(
    where: str, question: str, unread: NotModelled, steps: list[Step], *, via: tuple[str, ...]
) -> Lost:
    """A firewall has settings that no model reads."""
    reason = Reason("firewall", f"not modelled: {unread.directive}", place=unread.place)
    steps.append(_step(where, question, "not modelled", reason))
    return Lost(Disposition.NOT_MODELLED, via, where, unread)


def _unanswered(lost: Disposition, steps: list[Step], *, via: tuple[str, ...]) -> Lost:
    """The answers do not come back, as the last step says."""
    where, reason = steps[-1].where, steps[-1].reason
    if lost is Disposition.NOT_MODELLED:
        unread = NotModelled(reason.text, reason.place or Place(""))
        return Lost(lost, via, where, unread)
    return Lost(lost, via, where, Stopped(How.SILENCE, (reason,)))


def _step(where: str, question: str, answer: str, reason: Reason) -> Step:
    return Step(where, question, answer, reason)


def _stops(where: str, question: str, decision: Decision, steps: list[Step]) -> Disposition | None:
    """What becomes of it all where a firewall does not forward an answer; None: it does."""
    if isinstance(decision, Forwarded):
        return None
    answer, lost = _outcome(decision)
    steps.extend(_step(where, question, answer, reason) for reason in decision.reasons)
    return lost


def _outcome(decision: object) -> tuple[str, Disposition]:
    """A firewall's decision in a word, and what becomes of mail where it is the last one."""
    match decision:
        case Forwarded():
            return "forwarded", Disposition.DELIVERED
        case Proxied(syn):
            return f"passed on as {syn}", Disposition.DELIVERED
        case Stopped(How.CLOSED_PORT as how) | Stopped(how, unreached=True):
            return how, Disposition.UNREACHABLE
        case Stopped(how):
            return how, Disposition.BLOCKED
        case _:
            return "not modelled", Disposition.NOT_MODELLED
