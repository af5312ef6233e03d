"""Predictions of a play, message by message, beside what the topology file expects of it.

A play goes on until a step that no prediction covers: a setting, a restart, a fault, a priority, or
an event that only time brings. Associations stay open from one message to the next.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from mta_lab.rehearsal.call import World
from mta_lab.rehearsal.mail import legs
from mta_lab.rehearsal.predict import message_of
from mta_lab.rehearsal.prediction import Attempt, Leg, Prediction
from mta_lab.topology.disposition import Disposition, of_all
from mta_lab.topology.files import Topology
from mta_lab.topology.play import FlowExpectation, PlayStep


@dataclass
class PredictedPlay:
    """What is predicted of a play; `not_modelled` names the step at which that ends."""

    predictions: list[Prediction] = field(default_factory=list)
    not_modelled: str = ""

    def events(self, name: str) -> tuple[int, ...]:
        """The events that an MTA logs, in order."""
        return tuple(event for each in self.predictions for event in each.events().get(name, ()))

    def attempts(self, caller: str, called: str) -> list[Attempt]:
        """The calls of an MTA to another."""
        return [
            attempt
            for each in self.predictions
            for leg in each.legs
            for attempt in leg.attempts
            if (attempt.caller, attempt.called or leg.receiver) == (caller, called)
        ]


@dataclass(frozen=True)
class Disagreement:
    """What the file expects, and what is predicted."""

    where: str
    expected: object
    predicted: object

    def __str__(self) -> str:
        return f"{self.where}: expected {self.expected}, predicted {self.predicted}"


def play(topology: Topology, now: datetime) -> PredictedPlay:
    """Predict the messages of a play one after another, from lab time `now` on."""
    world, played = World(topology), PredictedPlay()
    for number, step in enumerate(topology.play, 1):
        if why := _not_modelled(topology, step, played):
            played.not_modelled = f"not modelled: step {number} of the play: {why}"
            break
        if sent := step.send:
            message, receiver = message_of(sent), topology.mailbox(sent.to)
            way = tuple(legs(world, sent.at, message, now))
            prediction = Prediction(sent.at, receiver, str(sent.to), way)
            played.predictions.append(prediction)
            world.open.extend(each for each in prediction.attempts if _stays(world, each))
    return played


def _not_modelled(topology: Topology, step: PlayStep, played: PredictedPlay) -> str:
    """What of a step no prediction covers; empty: they go on."""
    if sent := step.send:
        registry = topology.mtas[sent.at].server.registry
        if sent.priority != "normal":
            return f"priority {sent.priority}"
        if sent.count > 1 and (registry.outbound_queue_alarm_on or registry.work_queue_alarm_on):
            return "queue alarms"
        return ""
    if waits := step.awaited:
        stuck = any(_tried_in_vain(each, waits.at) for each in played.predictions)
        if waits.event is not None and waits.event not in played.events(str(waits.at)):
            return str(step)
        return str(step) if waits.delivered and stuck else ""
    return "" if step.queued else str(step)


def _tried_in_vain(prediction: Prediction, receiver: str | None) -> bool:
    """Whether mail for an MTA waits for its connector's next call."""
    delivered = prediction.disposition is Disposition.DELIVERED
    return prediction.receiver == receiver and bool(prediction.attempts) and not delivered


def _stays(world: World, attempt: Attempt) -> bool:
    """Whether an association is there still when the next message is sent."""
    connectors = world.mtas[attempt.caller].connectors
    lifetime = next(each.override.lifetime for each in connectors if each.name == attempt.connector)
    return attempt.accepted and lifetime > 0


def disagreements(topology: Topology, played: PredictedPlay) -> list[Disagreement]:
    """Where a play that is predicted to its end differs from `expect`."""
    if played.not_modelled:
        return []
    flows = [each for flow in topology.expect.flows for each in _flow(flow, played)]
    events = [
        Disagreement(f"events of {name}", expected, predicted)
        for name, expected in topology.expect.events.items()
        if (predicted := played.events(name)) != expected
    ]
    return flows + events


def _flow(expected: FlowExpectation, played: PredictedPlay) -> Iterator[Disagreement]:
    """Compare what a flow expects of its calls, and whether its mail leaves by them."""
    pair = expected.sender, expected.receiver
    attempts = played.attempts(*pair)
    accepted = [each for each in attempts if each.accepted]
    sources = [each.source_seen for each in accepted or attempts]
    mail = [each for each in played.predictions if (each.sender, each.receiver) == pair]
    figures = {
        "disposition": _disposition(mail, pair, played),
        "source_seen": sources[-1] if sources else None,
        "associations": len(accepted),
    }
    for field_, value in figures.items():
        if field_ in expected.model_fields_set and getattr(expected, field_) != value:
            where = f"{expected.sender} -> {expected.receiver}: {field_}"
            yield Disagreement(where, getattr(expected, field_), value)
    if mail and expected.delivered_directly is not None:
        directly = any(each.disposition is Disposition.DELIVERED for each in mail)
        if directly != bool(expected.delivered_directly):
            where = f"{expected.sender} -> {expected.receiver}: delivered_directly"
            yield Disagreement(where, expected.delivered_directly, mail[0].disposition)


def _disposition(
    mail: list[Prediction], pair: tuple[str, str], played: PredictedPlay
) -> Disposition | None:
    """What becomes in the play of the mail of a pair, else of all that goes over its leg."""
    legs = [
        leg
        for each in mail or played.predictions
        for leg in each.legs
        if mail or (leg.sender, leg.receiver) == pair
    ]
    return of_all(_in_the_play(each, played) for each in legs)


def _in_the_play(leg: Leg, played: PredictedPlay) -> Disposition:
    """What becomes of the mail on a leg: it is collected only if the other side calls."""
    over = leg.over
    fetched = over and any(each.accepted for each in played.attempts(over.caller, leg.sender))
    return leg.disposition if fetched else leg.alone
