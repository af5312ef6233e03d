"""All that is predicted of a topology file, as `mta-lab predict --json` prints it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from labkit.addresses import IPAddress
from labkit.errors import ConfigurationError
from labkit.reason import Reason
from mta_lab.rehearsal.expected import disagreements
from mta_lab.rehearsal.expected import flows as figures
from mta_lab.rehearsal.findings import findings
from mta_lab.rehearsal.play import PredictedPlay, play
from mta_lab.rehearsal.predict import predict
from mta_lab.rehearsal.prediction import Leg, Prediction
from mta_lab.rehearsal.waiting import Waiting
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.faults import Faults
from mta_lab.topology.files import Topology


@dataclass(frozen=True)
class Flow:
    """The first message from one MTA to another: what becomes of it, and why.

    `receiver` is null when no MTA has a mailbox for the recipient. `sources` are the addresses that
    each called MTA sees, `events` those that each MTA logs, in order. `next_move` is when a queue
    that waits moves by itself (null: never), `collected_by` whose call fetches it before that.
    `report` are the legs of a report that comes back.
    """

    sender: str
    receiver: str | None
    recipient: str
    disposition: Disposition
    reason: Reason
    sources: dict[str, IPAddress]
    events: dict[str, tuple[int, ...]]
    next_move: datetime | None
    collected_by: tuple[str, ...]
    legs: tuple[Leg, ...]
    report: tuple[Leg, ...] = ()


@dataclass(frozen=True)
class Played:
    """What becomes of the messages that the play sends from one MTA to another."""

    sender: str
    receiver: str
    sent: int
    disposition: Disposition


@dataclass(frozen=True)
class Report:
    """The predictions for a topology at a lab time.

    `flows` are about first messages, with what the file has before its play. `played` says of the
    mail that the play sends what becomes of it, where all of the play is predicted. `not_modelled`
    names the step of the play that no prediction covers, and then nothing is compared with what the
    file expects; `disagreements` are where that differs. `findings` are those of `mta-lab lint`. Of
    a lab that is up, `waiting` is the mail in its queues.
    """

    topology: str
    at: datetime
    flows: tuple[Flow, ...]
    not_modelled: str
    disagreements: tuple[str, ...]
    findings: tuple[Reason, ...]
    good: bool  # all mail is delivered, or becomes what the file expects
    waiting: tuple[Waiting, ...] = ()
    played: tuple[Played, ...] = ()

    def flow(self, sender: str, receiver: str | None) -> Flow:
        """The first message from one MTA to another. Raises ConfigurationError for others."""
        pairs = {(each.sender, each.receiver): each for each in self.flows}
        if (sender, receiver) not in pairs:
            known = ", ".join(f"{first} -> {last}" for first, last in pairs) or "none"
            raise ConfigurationError(f"no mail {sender} -> {receiver} here; there is: {known}")
        return pairs[sender, receiver]


def report(topology: Topology, now: datetime) -> Report:
    """Predict the mail of a topology at lab time `now`.

    The first message of every two MTAs has the faults with which the play begins.
    """
    flows = flows_of(topology, now)
    played = play(topology, now)
    differ = tuple(map(str, disagreements(topology, played)))
    expects = bool(topology.expect.flows or topology.expect.events) and not played.not_modelled
    delivered = all(each.disposition is Disposition.DELIVERED for each in flows)
    return Report(
        topology.name,
        now,
        flows,
        played.not_modelled,
        differ,
        tuple(findings(topology)),
        not differ if expects else delivered,
        played=() if played.not_modelled else tuple(_played(topology, played)),
    )


def _played(topology: Topology, played: PredictedPlay) -> Iterator[Played]:
    for flow in figures(topology, played):
        if flow.sent and flow.disposition:
            yield Played(flow.sender, flow.receiver, flow.sent, flow.disposition)


def of_lab(
    topology: Topology, now: datetime, faults: Faults, queues: tuple[Waiting, ...]
) -> Report:
    """Predict the mail of a lab that is up; its play is over, or never was."""
    flows = flows_of(topology, now, faults)
    good = all(each.disposition is Disposition.DELIVERED for each in flows)
    return Report(topology.name, now, flows, "", (), tuple(findings(topology)), good, queues)


def flows_of(topology: Topology, now: datetime, faults: Faults | None = None) -> tuple[Flow, ...]:
    """What becomes of the mail between every two MTAs, at lab time `now`; faults as `predict`."""
    return tuple(flow_of(each) for each in predict(topology, now, faults))


def flow_of(prediction: Prediction) -> Flow:
    """A prediction as it is reported."""
    sources = {
        each.called: each.source_seen
        for each in prediction.attempts
        if each.called and each.source_seen
    }
    collected = (leg for leg in prediction.legs if leg.disposition is Disposition.COLLECTED)
    return Flow(
        prediction.sender,
        prediction.receiver,
        prediction.recipient,
        prediction.disposition,
        prediction.reason,
        sources,
        dict(prediction.events),
        prediction.next_move,
        tuple(leg.over.caller for leg in collected if leg.over),
        prediction.legs,
        prediction.report,
    )
