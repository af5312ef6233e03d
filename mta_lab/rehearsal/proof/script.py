"""The mail that proves a prediction: the message, and then mail of the other side.

Where mail waits, the next MTA may fetch it by a call of its own. It calls when it has mail, so it
gets some for the MTA that waits, after all has come to rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mta_lab.rehearsal.mail import Message
from mta_lab.rehearsal.predict import NO_FAULTS
from mta_lab.rehearsal.prediction import Attempt, Leg, Prediction
from mta_lab.topology.disposition import Disposition, of_all
from mta_lab.topology.faults import Fault, Faults
from mta_lab.topology.play import PlayStep

Pair = tuple[str, str | None]  # whose mail, and for whom
_SETTLED = PlayStep.model_validate({"await": "settled"})


@dataclass(frozen=True)
class Script:
    """What is sent to prove a prediction: the message, then mail over the legs where it waits.

    The networks have the `faults` before.
    """

    prediction: Prediction
    message: Message
    replies: tuple[tuple[Leg, Pair, Message], ...]
    faults: tuple[Fault, ...] = ()

    @property
    def steps(self) -> tuple[PlayStep, ...]:
        """The play: the message goes as far as it does by itself, before the other side's."""
        first = _send((self.prediction.sender, self.prediction.receiver), self.message)
        rest = (step for _, pair, mail in self.replies for step in (_send(pair, mail), _SETTLED))
        return (*brought_about(self.faults), first, *self._until_rest(), *rest)

    def _until_rest(self) -> tuple[PlayStep, ...]:
        """What is waited for after the message.

        A transfer that stalls ends at one side's idle limit, and at the other's later: each then
        logs what is predicted.
        """
        if not self.stalls:
            return (_SETTLED,)
        return tuple(
            PlayStep.model_validate({"await": {"event": events[-1], "at": name}})
            for name, events in self.prediction.first_events.items()
        )

    @property
    def stalls(self) -> bool:
        """Whether the message's transfer is to begin, and not to finish."""
        return any(leg.alone is Disposition.STALLED for leg in self.prediction.legs)

    @property
    def taken(self) -> bool:
        """Whether the sender's MTA is to take the message."""
        return all(leg.taken for leg in self.prediction.legs)

    @property
    def first(self) -> tuple[Attempt, ...]:
        """The calls that are made before the other side has mail."""
        legs = self.prediction.legs
        stuck = next((n for n, leg in enumerate(legs) if _waits(leg)), len(legs))
        over = stuck == len(legs) or any(leg.reported for leg in legs[: stuck + 1])
        reports = self.prediction.report if over else ()
        return tuple(attempt for leg in (*legs[: stuck + 1], *reports) for attempt in leg.attempts)

    @property
    def later(self) -> tuple[Attempt, ...]:
        """The other side's calls that fetch the message, and those of the MTAs behind it."""
        legs = self.prediction.legs
        stuck = next((n for n, leg in enumerate(legs) if _waits(leg)), len(legs))
        fetched = [leg for leg, _, _ in self.replies]
        found: list[Attempt] = []
        for number, leg in enumerate(legs[stuck:]):
            found += leg.attempts if number else ()
            if leg.disposition is Disposition.COLLECTED and leg.over:
                if leg not in fetched:
                    break
                found.append(leg.over)
        return tuple(found)

    @property
    def becomes(self) -> Disposition:
        """What becomes of the message in this play."""
        fetched = [leg for leg, _, _ in self.replies]
        legs = self.prediction.legs
        words = (leg.disposition if leg in fetched else leg.alone for leg in legs)
        return of_all(words) or Disposition.DELIVERED


def scripts(
    predictions: Sequence[Prediction], mail: Mapping[Pair, Message], faults: Faults = NO_FAULTS
) -> list[Script]:
    """The script of each prediction with these faults; `mail` has the message of each pair."""
    made = []
    for prediction in predictions:
        replies = []
        for leg in prediction.legs:
            if _waits(leg) and (pair := _reply(leg, predictions)):
                replies.append((leg, pair, mail[pair]))
        pair = prediction.sender, prediction.receiver
        made.append(Script(prediction, mail[pair], tuple(replies), faults.faults))
    return made


def brought_about(faults: Sequence[Fault]) -> tuple[PlayStep, ...]:
    """The steps of a play that bring faults about, which stay."""
    return tuple(PlayStep(fault=each.model_copy(update={"lasting": None})) for each in faults)


def _waits(leg: Leg) -> bool:
    """Whether the sender's own call does not do."""
    return leg.disposition is not Disposition.DELIVERED


def _reply(leg: Leg, predictions: Sequence[Prediction]) -> Pair | None:
    """Whose mail makes the next MTA call the one where a message waits; None: nobody's does."""
    over = leg.over.connector if leg.over else None
    found = [
        each
        for each in predictions
        if each.sender == leg.receiver
        and each.legs[0].receiver == leg.sender
        and each.legs[0].disposition is not Disposition.STALLED
        and over in (None, *(attempt.connector for attempt in each.legs[0].attempts))
    ]
    direct = [each for each in found if each.receiver == leg.sender]
    return next(((each.sender, each.receiver) for each in (*direct, *found)), None)


def _send(pair: Pair, message: Message) -> PlayStep:
    sent = {
        "at": pair[0],
        "from": str(message.originator),
        "to": str(message.recipient),
        "stray": pair[1] is None,
        "subject": message.subject,
        "text": message.text,
        "probe": message.probe,
    }
    return PlayStep.model_validate({"send": sent})
