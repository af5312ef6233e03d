"""A packet's way from hook to hook (Netfilter's, of IPv4 and IPv6) through an nftables box.

prerouting -> rp_filter -> routing -> input, or forward -> postrouting. At each hook the base chains
of the packet's family stand in the order of their priorities. Connection tracking begins at -200.
All chains of type nat are asked where the kernel translates, at -100 for destinations and 100 for
sources, whatever their own priorities are: those order them among themselves, and the first that
translates ends it. Whether another chain at just that priority stands before or after it depends on
what was loaded before: that is not modelled. They are asked only for the first packet of a
connection, and not at all where no rule needs connection tracking: then the kernel does without it,
and a `drop` in a chain of type nat, or its policy, does nothing (seen on packets).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from labkit.reason import Place, Reason
from mta_lab.engines.box import Box
from mta_lab.engines.decision import (
    Decision,
    Engine,
    Forwarded,
    How,
    NotModelled,
    NotModelledError,
    Proxied,
    Route,
    Stopped,
    Syn,
)
from mta_lab.engines.nftables import nat
from mta_lab.engines.nftables.chain import Stop, passed
from mta_lab.engines.nftables.packet import Connection, Packet, of_syn
from mta_lab.engines.nftables.ruleset import FAMILIES, Chain, Ruleset
from mta_lab.engines.nftables.values import Scene

_HOOKS = ("prerouting", "input", "forward", "output", "postrouting")
_CONNTRACK = -200
#: At which priority the kernel translates at a hook, and which end.
_TRANSLATION = {
    "prerouting": (-100, "destination"),
    "input": (100, "source"),
    "output": (-100, "destination"),
    "postrouting": (100, "source"),
}
T = TypeVar("T")
_OTHER_FAMILIES = ("bridge", "netdev", "arp")


class _Ended(Exception):  # noqa: N818 - reads as what happened
    """The packet goes no further."""

    def __init__(self, stop: Stop, packet: Packet) -> None:
        self.stop = stop
        self.packet = packet


class _Unanswered(_Ended):
    """The answer to a proxy's own connection does not come to it."""


@dataclass(frozen=True)
class Nftables:
    """A box with an nftables ruleset, and what listens on it: nothing, or a proxy."""

    box: Box
    ruleset: Ruleset
    listening: Engine | None = None

    def decide(self, syn: Syn, route: Route) -> Decision:
        """The way of a SYN, from the hook prerouting on."""
        return _Way(self, route).of(of_syn(syn))

    def answer(self, syn: Syn, route: Route) -> Decision:
        """The way of the answer (SYN, ACK) to a SYN that is forwarded, if it comes by this box.

        Without a rule for `ct state established` the server sees the SYN and the client hears
        nothing.
        """
        return _Way(self, route).of_answer(syn)

    def out_of_state(self, syn: Syn, route: Route) -> Decision:
        """The way of a packet between such ends that connection tracking finds invalid."""
        return _Way(self, route).of(replace(of_syn(syn), flags=frozenset({"ack"})))


class _Way:
    """One packet's way through the box; it collects the reasons."""

    def __init__(self, engine: Nftables, route: Route) -> None:
        self._box = engine.box
        self._listening = engine.listening
        self._ruleset = engine.ruleset
        self._route = route
        self._reasons: list[Reason] = []

    def of(self, packet: Packet) -> Decision:
        """What becomes of a packet that arrives."""
        try:
            return self._of(packet)
        except NotModelledError as found:
            return NotModelled(found.directive, found.place, tuple(self._reasons))

    def of_answer(self, syn: Syn) -> Decision:
        """What becomes of the answer to a SYN; of the SYN itself, when it is not forwarded."""
        decision = self.of(of_syn(syn))
        if not isinstance(decision, Forwarded):
            return decision
        connection, self._reasons = self._left.connection, []
        if connection:
            connection = _answered(connection)
        ends = self._left.ends.turned()
        flags = frozenset({"syn", "ack"})
        return self.of(Packet(ends, self._left.oif, flags=flags, remembered=connection))

    def _of(self, packet: Packet) -> Decision:
        try:
            packet = self._at("prerouting", packet)
            syn = packet.as_syn(packet.iif)
            if stopped := self._box.received(syn, self._route):
                return self._because(stopped)
            if self._box.takes(packet.ends.destination, packet.mark):
                return self._taken(self._at("input", packet))
            forwarded = self._box.forwarded(syn, self._route)
            if isinstance(forwarded, Stopped):
                return self._sent_back(forwarded, packet, "")
            packet = replace(packet, oif=forwarded.syn.interface)
            packet = self._at("forward", packet)
            self._reasons += forwarded.reasons
            self._left = packet = self._at("postrouting", packet)
            return Forwarded(packet.as_syn(packet.oif), tuple(self._reasons))
        except _Ended as ended:
            stopped = Stopped(ended.stop.how, (), ended.stop.icmp)
            return self._sent_back(stopped, ended.packet, "related")

    def _taken(self, packet: Packet) -> Decision:
        """What listens on the box decides, or nothing does and the port is closed."""
        syn = packet.as_syn(packet.iif)
        if self._listening is None:
            return self._sent_back(self._box.closed_port(syn), packet, "established")
        decision = self._listening.decide(syn, self._route)
        if isinstance(decision, Stopped):
            return self._sent_back(decision, packet, "established")
        before = tuple(self._reasons)
        if isinstance(decision, Proxied):
            accepted = Stopped(How.CLOSED, ())
            if (sent := self._sent_back(accepted, packet, "established")).how is How.SILENCE:
                return sent
            self._reasons = [*before, *decision.reasons]
            return self._opened(decision)
        return replace(decision, reasons=(*before, *decision.reasons))

    def _opened(self, proxied: Proxied) -> Decision:
        """A connection of the proxy's own: its SYN leaves the box, and the answer comes to it."""
        asked = replace(of_syn(proxied.syn), iif="", oif=proxied.syn.interface)
        try:
            asked = self._at("postrouting", self._at("output", asked))
            if asked.ends.destination != proxied.syn.destination:
                text = "translation of where a proxy's own connection goes"
                raise NotModelledError(text, self._reasons[-1].place or Place(text))
            self._comes_back(asked, proxied.syn)
        except _Unanswered:
            return Stopped(How.CLOSED, tuple(self._reasons), unreached=True)
        except _Ended:
            return Stopped(How.CLOSED, tuple(self._reasons))
        syn = asked.as_syn(asked.oif)
        theirs = not self._box.holds(syn.source)
        return replace(proxied, syn=syn, transparent=theirs, reasons=tuple(self._reasons))

    def _comes_back(self, asked: Packet, syn: Syn) -> None:
        """The answer to what the proxy asked must come to its socket. Raises _Ended."""
        own = asked.ends.source == syn.source  # a translated one is found by no `socket`
        answer = Packet(
            asked.ends.turned(),
            asked.oif,
            flags=frozenset({"syn", "ack"}),
            remembered=asked.connection and _answered(asked.connection),
            transparent=not self._box.holds(syn.source) if own else None,
        )
        answer = self._at("prerouting", answer)
        if stopped := self._box.received(answer.as_syn(answer.iif), self._route):
            self._reasons += stopped.reasons
            raise _Unanswered(Stop(stopped.how), answer)
        to = answer.ends.destination
        if not self._box.takes(to, answer.mark):
            text = f"the answers to {to} are not the box's own, and the proxy does not get them"
            self._reasons.append(self._box.reason("rules", text, "a mark", hex(answer.mark)))
            raise _Unanswered(Stop(How.SILENCE), answer)
        if not self._box.holds(to):
            marks = self._box.local_marks
            self._reasons += [each.reason for each in marks if each.has(to.version, answer.mark)]
        self._at("input", answer)

    def _because(self, stopped: Stopped) -> Stopped:
        return replace(stopped, reasons=(*self._reasons, *stopped.reasons))

    def _sent_back(self, stopped: Stopped, packet: Packet, state: str) -> Stopped:
        """What the box answers, if its own rules let the answer out.

        `state` is what connection tracking makes of the answer; empty is invalid.
        """
        stopped = self._because(stopped)
        client = (packet.connection.original if packet.connection else packet.ends).source
        way = self._route(client)
        if stopped.how is How.SILENCE:
            return stopped
        if way is None:
            text = f"no route leads back to {client}"
            reasons = (*stopped.reasons, Reason("route", text, "a route", "no route"))
            return Stopped(How.SILENCE, reasons)
        answer = self._answer(stopped, packet, state, way)
        self._reasons = []
        try:
            self._at("postrouting", self._at("output", answer))
        except _Ended:
            return Stopped(How.SILENCE, (*stopped.reasons, *self._reasons))
        return stopped

    def _answer(self, stopped: Stopped, packet: Packet, state: str, way: str) -> Packet:
        connection = packet.connection if state else None
        if connection:
            connection = replace(connection, state=state, direction="reply")
        ends = packet.ends.turned()
        flags = frozenset({"syn" if stopped.accepted else "rst", "ack"})
        answer = Packet(ends, "", way, flags, remembered=connection)
        if state == "related":  # the kernel attaches it, before any hook
            answer = replace(answer, connection=connection)
        if stopped.how is not How.ICMP:
            return answer
        own = None if self._box.holds(ends.source) else self._box.address_at(way, ends.destination)
        ends = ends.with_end("source", own or ends.source, ends.source_port)
        protocol = "icmp" if packet.version == 4 else "ipv6-icmp"
        return replace(answer, ends=ends, protocol=protocol, flags=frozenset())

    def _at(self, hook: str, packet: Packet) -> Packet:
        """The packet after a hook. Raises _Ended, NotModelledError."""
        for chains in self._steps(hook, packet):
            if isinstance(chains, str):
                packet = self._translated(hook, chains, packet)
                continue
            if chains is None:
                packet = _tracked(packet)
                continue
            packet, _ = self._through(chains, packet)
        return packet

    def _steps(self, hook: str, packet: Packet) -> Iterator[Chain | str | None]:
        """Chains that filter, in order; between them None for tracking, an end for translation."""
        steps: list[tuple[int, Chain | str | None]] = []
        translates = False
        for chain in self._chains(packet):
            if chain.kind != "nat":
                steps += [(chain.priority, chain)] if chain.hook == hook else []
            elif not translates:  # any chain of type nat makes the kernel translate at all hooks
                translates = True
                steps += [_TRANSLATION[hook]] if hook in _TRANSLATION else []
        if translates and hook in _TRANSLATION:
            self._refuse_at_translation(steps, _TRANSLATION[hook][0])
        if hook in ("prerouting", "output") and self._ruleset.tracks(packet.version):
            steps.append((_CONNTRACK, None))
        for _, step in _in_order(steps):
            yield step

    def _refuse_at_translation(
        self, steps: list[tuple[int, Chain | str | None]], priority: int
    ) -> None:
        """Raise NotModelledError for a chain at just the priority of translation.

        The kernel keeps its own hook when a file replaces a ruleset that translated, too, and so
        the chains of the new one are made later or earlier.
        """
        for at, step in steps:
            if isinstance(step, Chain) and at == priority:
                text = f"priority {priority}, which is that of translation"
                raise NotModelledError(text, step.place)

    def _chains(self, packet: Packet) -> list[Chain]:
        """The base chains that see such a packet, in the order in which they were made."""
        for chain in self._ruleset.chains.values():
            if chain.family in _OTHER_FAMILIES and chain.hook:
                raise NotModelledError(f"a table of the family {chain.family}", chain.place)
            if chain.hook not in ("", *_HOOKS):
                raise NotModelledError(f"the hook {chain.hook}", chain.place)
            if chain.kind != "nat" and chain.hook and chain.priority == _CONNTRACK:
                text = f"priority {_CONNTRACK}, which is that of connection tracking"
                raise NotModelledError(text, chain.place)
        families = FAMILIES[packet.version]
        return [
            chain
            for chain in self._ruleset.chains.values()
            if chain.hook and chain.family in families
        ]

    def _translated(self, hook: str, end: str, packet: Packet) -> Packet:
        """The packet after the kernel's translation of one end.

        A reset of the box's own is asked about like a first packet, if that one was not: the chains
        may drop it, but translate nothing of it.
        """
        connection = packet.connection
        if connection is None:
            return packet
        asks = connection.state == "new" or (
            connection.state == "related" and packet.protocol == "tcp"
        )
        if not asks or end in connection.looked_up:
            return nat.turned_back(packet, end) if connection.state != "new" else packet
        after = packet
        chains = [(each.priority, each) for each in self._chains(packet) if each.kind == "nat"]
        for _, chain in _in_order([each for each in chains if each[1].hook == hook]):
            after, done = self._through(chain, after)
            if done:
                break
        if connection.state != "new":
            return nat.turned_back(packet, end)
        return after.looked_up(end)

    def _through(self, chain: Chain, packet: Packet) -> tuple[Packet, bool]:
        family, table, _ = chain.key
        listens = self._listening is not None
        scene = Scene(self._ruleset, family, table, self._box, self._route, listens)
        passage = passed(chain, packet, scene)
        self._reasons += passage.reasons
        if passage.stop:
            raise _Ended(passage.stop, passage.packet)
        return passage.packet, passage.translated


def _in_order(steps: list[tuple[int, T]]) -> list[tuple[int, T]]:
    """By priority; of two with the same one, the one that was made later comes first.

    So the kernel inserts hooks (nf_hook_entries_grow).
    """
    numbered = sorted(enumerate(steps), key=lambda each: (each[1][0], -each[0]))
    return [step for _, step in numbered]


def _answered(connection: Connection) -> Connection:
    """The connection as its answer finds it."""
    return replace(connection, state="established", direction="reply")


def _tracked(packet: Packet) -> Packet:
    """The packet after connection tracking, which begins a connection with a SYN alone."""
    if packet.untracked or packet.connection is not None:
        return packet
    first = packet.flags == {"syn"}
    begun = Connection(packet.ends, packet.ends) if first else None
    return replace(packet, connection=packet.remembered or begun)
