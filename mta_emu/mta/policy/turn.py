"""Whose turn it is on an association, and what this side does about it. Pure functions.

Theory of operation. Of the two MTAs on an association one holds the turn (X.218 calls it so; on
the wire it is the session's tokens). The holder transfers what it has, then gives the turn when the
peer asked for it. Who opened the association, its initiator, holds the turn first and is the only
one that releases it, holding the turn (X.419 clause 9). In a monologue the turn never moves.

    holder:      transfer, transfer, ... -> give the turn (asked) | release (initiator, idle)
    other side:  ask for the turn once, when it has mail or, as the initiator, wants to release

So both sides can wait only while neither has mail. Three things could break that, and each has its
line below: a request for the turn that is purged by a discard (`discarded`), one that is lost with
a connection (`recovered`), and a peer that does not answer (every wait for it has an end).

A `Standing` is what one side knows. `decide` says what to do now, why, and until when nothing is to
be done unless something happens. Times are seconds of any clock that goes forward.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from labkit.frozen import replace
from labkit.reason import Reason

#: Seconds that the caller, who opened because it has mail, has to begin before we ask for the turn;
#: one that only comes to fetch mail waits that long.
COURTESY = 0.5
#: Seconds that the peer has to answer an abandoned transfer, or a release.
PATIENCE = 30.0
_NEVER = float("inf")


class TurnStep(Enum):
    """What a side of an association can do."""

    TRANSFER = "transfer the next message"
    GIVE = "give the turn"
    ASK = "ask for the turn"
    RELEASE = "release the association"
    ABANDON = "abandon the transfer"
    ABORT = "abort the association"
    WAIT = "wait"


class Decision(NamedTuple):
    """What to do now, and why; `until` is when to ask again when nothing happens (None: never)."""

    step: TurnStep
    reason: Reason
    until: float | None


@dataclass(frozen=True)
class Standing:
    """How one side of an association stands; every method gives the standing after something."""

    initiator: bool
    two_way: bool
    lifetime: float  # seconds that the association stays open idle
    idle_limit: float  # seconds after which a silent peer is taken for gone
    opened: float
    used: float  # when the last transfer ended
    last_received: float  # when something came from the peer last
    sending: bool = False
    receiving: bool = False
    received_any: bool = False
    abandoned: bool = False  # what is sent
    asked: bool = False  # for the turn, by this side
    wanted: bool = False  # the turn, by the peer
    release_due: bool = False
    releasing: bool = False
    stopping: bool = False  # what is sent is given up: the MTA stops
    deadline: float = _NEVER  # of the transfer, or of what the peer has to answer

    @classmethod
    def opened_at(
        cls, now: float, *, initiator: bool, two_way: bool, lifetime: float, idle_limit: float
    ) -> "Standing":
        """The standing on an association that has just been opened."""
        return cls(
            initiator, two_way, lifetime, idle_limit, opened=now, used=now, last_received=now
        )

    @property
    def busy(self) -> bool:
        """Whether something is under way that the peer or this side has to finish."""
        return self.sending or self.receiving or self.asked or self.wanted or self.releasing

    # What this side did

    def transfer_begun(self, deadline: float) -> "Standing":
        """This side began to transfer a message, which has until `deadline`."""
        return replace(self, sending=True, abandoned=False, deadline=deadline)

    def transfer_abandoned(self, now: float) -> "Standing":
        """This side gave its transfer up; the peer has to confirm that."""
        return replace(self, abandoned=True, deadline=now + PATIENCE)

    def turn_asked(self) -> "Standing":
        """This side asked for the turn."""
        return replace(self, asked=True)

    def turn_given(self) -> "Standing":
        """This side gave the turn."""
        return replace(self, wanted=False)

    def release_requested(self, now: float) -> "Standing":
        """This side released the association; the peer has to confirm that."""
        return replace(self, releasing=True, deadline=now + PATIENCE)

    def release_wanted(self) -> "Standing":
        """The association is to be released as soon as what is in hand is finished."""
        return replace(self, release_due=True)

    def sending_ends(self) -> "Standing":
        """What is being sent is to be given up, without blame."""
        return replace(self, stopping=True)

    # What the peer did

    def something_received(self, now: float) -> "Standing":
        """Something came from the peer."""
        return replace(self, last_received=now)

    def transfer_ended(self, now: float) -> "Standing":
        """The peer confirmed the end of this side's transfer, whether it has the message or not."""
        return replace(self, sending=False, abandoned=False, deadline=_NEVER, used=now)

    def turn_requested(self) -> "Standing":
        """The peer asks for the turn."""
        return replace(self, wanted=True)

    def turn_received(self) -> "Standing":
        """The peer gave the turn."""
        return replace(self, asked=False)

    def receiving_begun(self) -> "Standing":
        """The peer began to transfer a message."""
        return replace(self, receiving=True)

    def received(self, now: float) -> "Standing":
        """The message of the peer is whole, and this side answers for it."""
        return replace(self, receiving=False, received_any=True, used=now)

    def refused(self) -> "Standing":
        """This side does not take the message.

        The peer discards it, which purges a request for the turn as `discarded` says.
        """
        return replace(self, receiving=False, asked=False)

    def discarded(self) -> "Standing":
        """The peer discarded its transfer.

        A request for the turn that crossed the discard was purged with it (X.225 Annex A): ask
        again.
        """
        return replace(self, receiving=False, asked=False)

    def recovered(self, now: float) -> "Standing":
        """The association lives on another connection; requests on the old one are lost.

        Who holds the turn now has been agreed on anew (X.228 7.8), and a transfer goes on.
        """
        return replace(self, asked=False, wanted=False, last_received=now)


def something_to_recover(*, initiator: bool, in_hand: bool, has_turn: bool) -> bool:
    """Whether a side goes on on another connection when it has lost its own (X.228 7.8).

    `in_hand`: a transfer in either direction, to the side that was called also one that is complete
    here. That side need not know: what the peer began may have been lost on its way, and so may the
    confirm.
    """
    return in_hand or (not has_turn if initiator else has_turn)


class _View(NamedTuple):
    """A standing at a moment, with what is not kept in it."""

    standing: Standing
    has_turn: bool
    mail: bool
    closing: bool
    now: float

    @property
    def late(self) -> bool:
        return self.now >= self.standing.deadline

    @property
    def idle_too_long(self) -> bool:
        standing = self.standing
        return standing.initiator and self.now >= standing.used + standing.lifetime

    @property
    def release_due(self) -> bool:
        return self.standing.initiator and (self.standing.release_due or self.idle_too_long)

    @property
    def silent_too_long(self) -> bool:
        late = self.now >= self.standing.last_received + self.standing.idle_limit
        return late and self.waits_for_peer

    @property
    def waits_for_peer(self) -> bool:
        """Whether it is the peer's to go on; an initiator with the turn is silent of its own."""
        return not (self.standing.initiator and self.has_turn)

    @property
    def courtesy_over(self) -> bool:
        standing = self.standing
        waited = standing.received_any or self.now >= standing.opened + COURTESY
        return standing.initiator or waited

    @property
    def gives(self) -> bool:
        """The initiator of an association that is about to end keeps the turn to release it."""
        return self.standing.wanted and not (self.closing and self.standing.initiator)

    @property
    def needs_turn(self) -> bool:
        standing = self.standing
        able = standing.two_way and not (self.has_turn or standing.receiving or standing.asked)
        return able and ((self.mail and self.courtesy_over) or self.release_due)


class _Rule(NamedTuple):
    """When a step is taken, and why; the first rule that holds decides."""

    holds: Callable[[_View], bool]
    step: TurnStep
    why: str


_RULES = (
    _Rule(
        lambda at: at.standing.sending and at.standing.abandoned and at.late,
        TurnStep.ABORT,
        "the peer does not answer: the abandoned transfer was not confirmed",
    ),
    _Rule(
        lambda at: at.standing.releasing and at.late,
        TurnStep.ABORT,
        "the peer does not answer: the release was not confirmed",
    ),
    _Rule(
        lambda at: at.standing.sending and not at.standing.abandoned and at.standing.stopping,
        TurnStep.ABANDON,
        "the MTA stops",
    ),
    _Rule(
        lambda at: at.standing.sending and not at.standing.abandoned and at.late,
        TurnStep.ABANDON,
        "the transfer timed out",
    ),
    _Rule(
        lambda at: at.standing.sending or at.standing.releasing,
        TurnStep.WAIT,
        "the peer has to confirm what is under way",
    ),
    _Rule(
        lambda at: at.silent_too_long,
        TurnStep.ABORT,
        "nothing came from the peer for the idle limit",
    ),
    _Rule(
        lambda at: at.has_turn and at.mail, TurnStep.TRANSFER, "the turn is here, and mail waits"
    ),
    _Rule(
        lambda at: at.has_turn and at.gives,
        TurnStep.GIVE,
        "nothing is left to send, and the peer asked",
    ),
    _Rule(
        lambda at: at.has_turn and at.release_due,
        TurnStep.RELEASE,
        "nothing is left to do, and the association's time is over",
    ),
    _Rule(lambda at: at.needs_turn, TurnStep.ASK, "only the turn allows what there is to do"),
    _Rule(lambda _: True, TurnStep.WAIT, "there is nothing to do"),
)


def decide(
    standing: Standing, now: float, *, has_turn: bool, mail: bool, closing: bool = False
) -> Decision:
    """What to do at `now`, given whether the turn is here and mail waits that may go.

    `closing`: the MTA stops, and nothing new is begun.
    """
    view = _View(standing, has_turn, mail, closing, now)
    rule = next(rule for rule in _RULES if rule.holds(view))
    until = _next_time(view) if rule.step is TurnStep.WAIT else None
    return Decision(rule.step, Reason("turn", rule.why), until)


def _next_time(at: _View) -> float | None:
    """The first moment at which another rule may hold though nothing has happened."""
    standing = at.standing
    times = [standing.deadline]
    if not (standing.sending or standing.releasing):
        if at.waits_for_peer:
            times.append(standing.last_received + standing.idle_limit)
        if standing.initiator and (standing.two_way or at.has_turn):
            times.append(standing.used + standing.lifetime)
        if at.mail and not (standing.initiator or at.has_turn):
            times.append(standing.opened + COURTESY)
    later = [time for time in times if at.now < time < _NEVER]
    return min(later, default=None)
