"""What is seen of the play that proves a prediction: the records, and at which step each came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from firewall_proxy.records import Connection
from labkit.records import Record
from mta_emu.mta.log.records import EventLogged, Submitted
from mta_lab.capture.calls import Chain
from mta_lab.engines.records import Decided
from mta_lab.lab.placement import Placement
from mta_lab.lab.records import of_kind
from mta_lab.play.audience import Audience
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.play import PlayStep
from mta_lab.verdict.attempts import Attempt, Calls
from mta_lab.verdict.result import Result
from mta_lab.verdict.ways import Ways

_FIRST_REST = 2  # steps: the message is sent, and all comes to rest


class Witness(Audience):
    """Keeps what hosts say, and how much of it they had said when a step began."""

    def __init__(self) -> None:
        self.records: dict[str, list[Record]] = {}
        self.counts: list[dict[str, int]] = []

    def hear(self, host: str, record: Record) -> None:
        """Take in a record."""
        self.records.setdefault(host, []).append(record)

    async def before(self, _number: int, _step: PlayStep) -> None:
        """A step begins."""
        self._count()

    async def over(self) -> None:
        """The last step is over."""
        self._count()

    def _count(self) -> None:
        self.counts.append({host: len(said) for host, said in self.records.items()})


@dataclass
class Seen:
    """What was seen of a play: by whom the message was fetched, who called, what was logged."""

    placement: Placement
    witness: Witness
    result: Result
    captured: Sequence[Chain]
    sender: str
    records: Mapping[str, Sequence[Record]] = field(init=False)

    def __post_init__(self) -> None:
        said = self.witness.records
        self.records = {name: said.get(name, []) for name in self.placement.topology.mtas}

    @cached_property
    def first(self) -> list[Attempt]:
        """The calls before the other side had mail."""
        return self._attempts(self.until_rest)

    @cached_property
    def later(self) -> list[Attempt]:
        """The calls after that."""
        return self._attempts(self.records)[len(self.first) :]

    @cached_property
    def until_rest(self) -> dict[str, list[Record]]:
        """What each MTA said before the other side had mail."""
        counts = self.witness.counts
        known = counts[_FIRST_REST] if len(counts) > _FIRST_REST else {}
        return {name: [*said][: known.get(name)] for name, said in self.records.items()}

    @property
    def events(self) -> dict[str, tuple[int, ...]]:
        """The events that each MTA logged before the other side had mail."""
        return {
            name: tuple(each.id for each in of_kind(EventLogged, said))
            for name, said in self.until_rest.items()
        }

    @property
    def becomes(self) -> Disposition | None:
        """What became of the message; None: it was not taken."""
        submitted = of_kind(Submitted, self.records[self.sender])
        if not submitted:
            return None
        identifier = submitted[0].mts_identifier
        topology, attempts = self.placement.topology, self.first + self.later
        return Ways(topology, self.records, attempts, {identifier: self.sender}).of_mail(
            [identifier]
        )

    def firewall_of(self, passed: Connection | Decided) -> str:
        """Which firewall said that."""
        firewalls = self.result.firewalls.items()
        return next(name for name, its in firewalls if passed in (*its.connections, *its.decisions))

    @property
    def unlogged(self) -> bool:
        """Whether there are firewalls here that say nothing of the connections that they end."""
        return bool(self.placement.topology.foreign())

    def frame(self, attempt: Attempt) -> int | None:
        """The number of the packet that decided about a call."""
        made = attempt.made or attempt.answer
        if made is None or attempt.caller is None:
            return None
        captured = [call for chain in self.captured for call in chain]
        for call in captured:
            ends = call.ends if made.initiated == "locally" else call.ends[::-1]
            if made.local and (made.local, made.peer) == ends:
                return call.frame
        topology, caller = self.placement.topology, attempt.caller
        to = topology.resolve(caller, made.peer)  # nothing was connected: it is as configured
        own = topology.host_addresses()[caller]
        for call in captured:
            if not made.local and call.called.address == to and call.calling.address in own:
                return call.frame
        return None

    def _attempts(self, records: Mapping[str, Sequence[Record]]) -> list[Attempt]:
        connections: list[Connection | Decided] = []
        for its in self.result.firewalls.values():
            connections += (*its.connections, *its.decisions)
        topology = self.placement.topology
        attempts = Calls(topology, records, connections).attempts()
        if topology.programs:  # which call, too, and are not predicted
            return [each for each in attempts if each.caller]
        return attempts
