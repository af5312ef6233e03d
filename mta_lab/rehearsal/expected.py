"""A predicted play beside what the topology file expects of it: the same figures as of a run."""

from dataclasses import dataclass

from mta_lab.rehearsal.play import PredictedPlay
from mta_lab.topology.disposition import Disposition, of_all
from mta_lab.topology.files import Topology
from mta_lab.verdict.judge import compare_events, compare_flows
from mta_lab.verdict.result import Flow


@dataclass(frozen=True)
class Disagreement:
    """What the file expects, and what is predicted."""

    where: str
    expected: object
    predicted: object

    def __str__(self) -> str:
        expected, predicted = (
            "nothing" if each is None else each for each in (self.expected, self.predicted)
        )
        return f"{self.where}: expected {expected}, predicted {predicted}"


def disagreements(topology: Topology, played: PredictedPlay) -> list[Disagreement]:
    """Where a play that is predicted to its end differs from `expect`."""
    if played.not_modelled:
        return []
    differences = [
        *compare_flows(topology.expect, flows(topology, played), lambda address: address),
        *compare_events(topology.expect, played.logged),
    ]
    found = [Disagreement(each.where, each.expected, each.observed) for each in differences]
    failed = [Disagreement("play", "a step that succeeds", each) for each in played.failed]
    return failed + found


def flows(topology: Topology, played: PredictedPlay) -> list[Flow]:
    """The figures of the mail from its first MTA to its last, and of every leg."""
    return [_flow(topology, played, *pair) for pair in topology.flows()]


def _flow(topology: Topology, played: PredictedPlay, sender: str, receiver: str) -> Flow:
    pair = sender, receiver
    own = [each for each in played.attempts if (each.caller, each.led_to) == pair]
    accepted = [each for each in own if each.accepted]
    sources = [each.source_seen for each in accepted or own if each.recorded]
    sent = [each for each in played.predictions if (each.sender, each.receiver) == pair]
    legs = [leg for each in played.predictions for leg in each.legs]
    on_leg = [each for each in legs if (each.sender, each.receiver) == pair]
    arrived = [each.arrived(receiver) for each in sent]
    is_leg = pair in topology.legs()
    on_the_way = sum(each.arrived(receiver) is None and not each.reported for each in sent)
    return Flow(
        sender=sender,
        receiver=receiver,
        disposition=of_all(each.disposition for each in sent)
        or of_all(each.disposition for each in on_leg),
        source_seen=sources[-1] if sources else None,
        associations=len(accepted),
        sent=len(sent),
        delivered_directly=arrived.count(Disposition.DELIVERED),
        collected=arrived.count(Disposition.COLLECTED),
        queued_at_end=played.waiting.get(pair, 0) if is_leg else on_the_way,
    )
