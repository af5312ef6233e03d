"""The way of a connection through the networks: host by host, and what each firewall does with it.

Routes are the topology's, decisions the engines'. A firewall that opens a connection of its own
begins a new piece of the way; the answers of each piece must come back (wayback.py).
"""

from collections.abc import Sequence
from dataclasses import replace

from firewall_proxy.request import Request
from labkit.addresses import IPAddress
from labkit.reason import Place, Reason
from mta_lab.engines.box import no_host
from mta_lab.engines.decision import ANY_PORT, Forwarded, How, NotModelled, Proxied, Stopped, Syn
from mta_lab.rehearsal import forgetting, machines
from mta_lab.rehearsal.boxes import Boxes
from mta_lab.rehearsal.faulty import Crossing, Faulty
from mta_lab.rehearsal.piece import Passed, Piece
from mta_lab.rehearsal.prediction import Step, Travel
from mta_lab.rehearsal.way import Arrived, Device, Lost, outcome
from mta_lab.rehearsal.wayback import WayBack
from mta_lab.topology.addressing import Interface
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.faults import Fault
from mta_lab.topology.files import Topology
from mta_lab.topology.firewalls import ProxyFirewall

_SILENT_END = "no host answers there"


class Network:
    """The networks of a topology, and the firewalls in them."""

    def __init__(self, topology: Topology, faults: Sequence[Fault] = ()) -> None:
        """Read every firewall's engine; the networks and services have these faults."""
        self.faulty = Faulty(topology, faults)
        self._listens = topology.listens
        self._boxes = Boxes(topology)
        self._back = WayBack(self._boxes)

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
        leaves = self._boxes.leaves_by(host)(to[0]) or ""
        devices.append(Device(host, Syn(leaves, source, source_port, *to, request)))
        end = self._followed(devices, steps)
        if isinstance(end, Arrived) and end.port in self._listens(end.host):
            return self._remembered(end, devices, steps)
        for each in devices:
            if isinstance(each.decision, Proxied) and (spare := each.decision.spare):
                text = f"turns to another server: {spare}"
                reason = Reason("firewall", text, place=spare.place)
                steps.append(Step(each.host, "nobody answers there", "not modelled", reason))
                return Lost(Disposition.NOT_MODELLED, end.via, each.host, spare)
        return end

    def _remembered(self, end: Arrived, devices: list[Device], steps: list[Step]) -> Arrived | Lost:
        """The end of a way, with the shortest memory of the firewalls on it."""
        memories = []
        for each in devices:
            if memory := forgetting.memory(each.host, self._boxes.firewalls.get(each.host)):
                engine, route = self._boxes.engines[each.host], self._boxes.leaves_by(each.host)
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
            if there.host not in self._boxes.firewalls:
                if address not in there.addresses:
                    text = f"{there.host} gets packets for {address}, and forwards none"
                    return _lost(there.host, here, address, text, steps, via=via)
                if lost := self._back.lost(there.host, syn, piece, steps, devices):
                    return _unanswered(lost, steps, via=via)
                largest = min((size for size in sizes if size), default=None)
                return Arrived(there.host, source, address, port, via, largest, header)
            here = there.host
            if (here, address) in passed:
                text = f"packets to {address} go round in a circle at {here}"
                return _lost(here, here, address, text, steps, via=via)
            passed.add((here, address))
            if unread := machines.not_modelled(self._boxes.firewalls[here]):
                device.decision = unread
                return _unread(here, f"what becomes of {syn}", unread, steps, via=via)
            decision = self._boxes.engines[here].decide(syn, self._boxes.leaves_by(here))
            device.decision = decision
            answer, lost = outcome(decision)
            reasons = decision.reasons
            if isinstance(decision, NotModelled):
                reasons += (Reason("firewall", str(decision), place=decision.place),)
            *others, last = reasons
            steps.extend(Step(here, each.check, "applies", each) for each in others)
            steps.append(Step(here, f"what becomes of {syn}", answer, last))
            if not isinstance(decision, Forwarded | Proxied):
                return Lost(lost, via, here, decision)
            if isinstance(decision, Proxied):
                if lost_answer := self._back.lost(here, syn, piece, steps, devices):
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
            return isinstance(self._boxes.firewalls[end.via[0]], ProxyFirewall)
        return isinstance(end, Lost) and (
            isinstance(end.stopped, Stopped) and end.stopped.how is How.ACCEPTED_RESET
        )

    def _next(
        self, device: Device, source: IPAddress, to: tuple[IPAddress, int], steps: list[Step]
    ) -> Interface | Stopped | None:
        """The interface at the next host on the way; or how it ends here; None: without a route."""
        here, (address, port) = device.host, to
        question = f"route to {address}"
        route = self._boxes.routing.route(here, address)
        if route is None:
            why = Reason("route", f"{here} has no route to {address}", "a route", "no route")
            steps.append(Step(here, question, "none", why))
            return None
        device.route = route.reason
        there = self._boxes.addressing.at(route.via or address)
        travels = Travel(route.interface.network, source, address, port)
        answer = there.host if there else _SILENT_END
        steps.append(Step(here, question, answer, route.reason, travels))
        if there is None:
            text = f"no host has the address {route.via or address}"
            steps.append(Step(here, question, _SILENT_END, reason := Reason("host", text)))
            return Stopped(How.ICMP, (reason,), no_host(address))
        if stopped := self.faulty.stops(Crossing(there.network, address, port)):
            steps.append(Step(here, f"way to {address}", "lost", stopped))
            return Stopped(How.SILENCE, (stopped,))
        return there


def _lost(
    by: str, where: str, address: IPAddress, text: str, steps: list[Step], *, via: tuple[str, ...]
) -> Lost:
    """The SYN is dropped on the way, without a word."""
    reason = Reason("route", text)
    steps.append(Step(where, f"way to {address}", "lost", reason))
    return Lost(Disposition.UNREACHABLE, via, by, Stopped(How.SILENCE, (reason,)))


def _unread(
    where: str, question: str, unread: NotModelled, steps: list[Step], *, via: tuple[str, ...]
) -> Lost:
    """A firewall has settings that no model reads."""
    reason = Reason("firewall", f"not modelled: {unread.directive}", place=unread.place)
    steps.append(Step(where, question, "not modelled", reason))
    return Lost(Disposition.NOT_MODELLED, via, where, unread)


def _unanswered(lost: Disposition, steps: list[Step], *, via: tuple[str, ...]) -> Lost:
    """The answers do not come back, as the last step says."""
    where, reason = steps[-1].where, steps[-1].reason
    if lost is Disposition.NOT_MODELLED:
        unread = NotModelled(reason.text, reason.place or Place(""))
        return Lost(lost, via, where, unread)
    return Lost(lost, via, where, Stopped(How.SILENCE, (reason,)))
