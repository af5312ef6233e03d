"""What a message leaves behind in a rehearsal: its legs, while they are made.

A leg begins where an MTA decides what becomes of a copy, and ends when mail leaves by an
association, or stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from labkit.reason import Reason
from mta_lab.rehearsal.prediction import Attempt, Leg, Prediction, Step
from mta_lab.topology.disposition import Disposition


@dataclass(eq=False)
class LegDraft:
    """A leg that is being made; `ended` is None while the copy waits in a connector's queue."""

    sender: str
    steps: list[Step] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    receiver: str | None = None
    ended: Disposition | None = None
    stalled: bool = False  # a transfer has begun, and could not finish
    over: Attempt | None = None
    next_move: datetime | None = None
    waits: Reason | None = None
    events: list[int] = field(default_factory=list)
    taken: bool = True

    def step(self, question: str, answer: str, reason: Reason, where: str = "") -> None:
        """Add a step; it is asked at the sender if not `where`."""
        self.steps.append(Step(where or self.sender, question, answer, reason))

    def leaves(self, over: Attempt, receiver: str) -> None:
        """Take note that the mail has left by an association."""
        delivered = over.caller == self.sender
        self.ended = Disposition.DELIVERED if delivered else Disposition.COLLECTED
        self.over, self.receiver = over, receiver

    def leg(self) -> Leg:
        """The leg as it is now."""
        return Leg(
            self.sender,
            self.receiver,
            self.ended or Disposition.NEVER_CALLED,
            tuple(self.steps),
            tuple(self.attempts),
            self.over,
            self.next_move,
            self.waits,
            tuple(self.events),
            self.taken,
        )


@dataclass(eq=False)
class Trail:
    """The legs of all copies of a message, in their order, and those of the reports on it."""

    drafts: list[LegDraft] = field(default_factory=list)
    report: "Trail | None" = None
    delivered: list[str] = field(default_factory=list)  # the MTAs that did, in order
    said: str = ""  # of a report: what it says to the originator, once it has come

    def begin(self, sender: str) -> LegDraft:
        """Begin a leg."""
        self.drafts.append(draft := LegDraft(sender))
        return draft

    def of_report(self) -> "Trail":
        """The trail of the reports on it."""
        self.report = self.report or Trail()
        return self.report

    def legs(self) -> tuple[Leg, ...]:
        """The legs as they are now."""
        return tuple(draft.leg() for draft in self.drafts)

    def prediction(
        self,
        sender: str,
        receiver: str | None,
        recipient: str,
        logged: Mapping[str, tuple[int, ...]],
        first: Mapping[str, tuple[int, ...]],
    ) -> Prediction:
        """The prediction that it comes to, with the events that were `logged` by MTA.

        `first` are those before the other side of a queue that waits is made to call.
        """
        report = self.report or Trail()
        legs = self.legs(), report.legs()
        return Prediction(sender, receiver, recipient, *legs, logged, first, report.said)
