"""What is seen of the play that proves a prediction: before the other side has mail, and after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from firewall_proxy.records import Connection
from labkit.records import Record
from mta_emu.mta.log.records import EventLogged, ReportReceived, Submitted
from mta_lab.capture.calls import Chain
from mta_lab.engines.records import Decided
from mta_lab.lab.placement import Placement
from mta_lab.lab.records import of_kind
from mta_lab.topology.disposition import Disposition, reported
from mta_lab.verdict.attempts import Attempt, Calls
from mta_lab.verdict.judge import Observation
from mta_lab.verdict.ways import Ways


@dataclass
class Seen:
    """What was seen of a play: who called, what was logged, and what became of the message."""

    placement: Placement
    observation: Observation
    captured: Sequence[Chain]
    records: Mapping[str, Sequence[Record]] = field(init=False)

    def __post_init__(self) -> None:
        said, ended = self.observation.records, self.observation.ended
        self.records = {
            name: [each for each in said.get(name, ()) if each.time <= ended]
            for name in self.placement.topology.mtas
        }

    @cached_property
    def first(self) -> list[Attempt]:
        """The calls before the other side had mail."""
        return self._attempts(self.until_rest)

    @cached_property
    def later(self) -> list[Attempt]:
        """The calls after that."""
        return self._attempts(self.records)[len(self.first) :]

    @cached_property
    def until_rest(self) -> Mapping[str, Sequence[Record]]:
        """What each MTA said before the other side had mail.

        All was at rest until then. The time of a record has milliseconds; the MTA that took the
        other side's mail has its records in order.
        """
        replies = self.observation.sent_mail[1:]  # none where the first was not taken
        if not replies:
            return self.records
        at, (identifier, *_) = replies[0].at, replies[0].mts_identifiers
        own = self.records[at]
        number = next(
            number
            for number, each in enumerate(own)
            if isinstance(each, Submitted) and each.mts_identifier == identifier
        )
        others = {
            name: [each for each in said if each.time <= own[number].time]
            for name, said in self.records.items()
        }
        return {**others, at: own[:number]}

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
        if not self.observation.sent_mail:
            return None
        mail = self.observation.sent_mail[0]
        submitted = dict.fromkeys(mail.mts_identifiers, mail.at)
        topology, attempts = self.placement.topology, self.first + self.later
        probes = mail.mts_identifiers if mail.probe else ()
        return Ways(topology, self.records, attempts, submitted, probes).of_mail(submitted)

    @property
    def reported_back(self) -> str:
        """What a report on the message says to its originator; empty: none has come."""
        if not self.observation.sent_mail:
            return ""
        mail = self.observation.sent_mail[0]
        came = of_kind(ReportReceived, self.records[mail.at])
        said = (each.outcome for each in came if each.mts_identifier in mail.mts_identifiers)
        return reported(next(said, ""))

    def firewall_of(self, passed: Connection | Decided) -> str:
        """Which firewall said that."""
        return next(name for name, said in self.observation.records.items() if passed in said)

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
        if made.local:  # it was made at a port that is not captured
            return None
        topology, caller = self.placement.topology, attempt.caller
        to = topology.resolve(caller, made.peer)  # nothing was connected: it is as configured
        own = topology.host_addresses()[caller]
        for call in captured:
            if call.called.address == to and call.calling.address in own:
                return call.frame
        return None

    def _attempts(self, records: Mapping[str, Sequence[Record]]) -> list[Attempt]:
        connections = [
            each
            for said in self.observation.records.values()
            for each in said
            if isinstance(each, Connection | Decided)
        ]
        topology = self.placement.topology
        attempts = Calls(topology, records, connections).attempts()
        if topology.programs:  # which call, too, and are not predicted
            return [each for each in attempts if each.caller]
        return attempts
