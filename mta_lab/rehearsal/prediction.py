"""What is predicted: for each pair of MTAs its legs, their attempts, and the steps of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from labkit.addresses import IPAddress
from labkit.reason import Reason
from mta_lab.rehearsal.forgetting import Memory
from mta_lab.topology.disposition import Disposition, of_all


@dataclass(frozen=True)
class Travel:
    """A connection as its packets are on a network: to the next host, from whom, for whom."""

    network: str
    source: IPAddress
    destination: IPAddress
    port: int


@dataclass(frozen=True)
class Step:
    """One question on the way: where it is asked, the answer, and why.

    Where the answer is the next host, `travels` says what is on the network between; else null.
    """

    where: str
    question: str
    answer: str
    reason: Reason
    travels: Travel | None = None


@dataclass(frozen=True)
class Attempt:
    """A try to open an association.

    `called` is the MTA that the connection reaches, `source_seen` the caller's address there, `via`
    are the firewalls that accepted it on the way and opened a connection of their own. The events
    are those that each side logs, in order. A caller that has several addresses calls from them in
    turn: `alternatives` are its next calls.
    """

    caller: str
    connector: str
    disposition: Disposition
    steps: tuple[Step, ...]
    connected: bool = True  # the caller's connection was accepted, by an MTA or by a firewall
    called: str | None = None
    led_to: str | None = None  # the MTA that the connector leads to, whoever is reached
    called_connector: str | None = None  # that the called MTA took it for
    source_seen: IPAddress | None = None
    recorded: bool = False  # the called MTA makes a record of it
    via: tuple[str, ...] = ()
    largest_apdu: int | None = None  # octets of the longest that can be transferred; None: any
    memory: Memory | None = None  # after which a firewall forgets the silent connection
    two_way: bool = False
    caller_events: tuple[int, ...] = ()
    called_events: tuple[int, ...] = ()
    alternatives: "tuple[Attempt, ...]" = ()

    @property
    def accepted(self) -> bool:
        """Whether mail can leave by it."""
        return self.disposition is Disposition.DELIVERED

    @property
    def travels(self) -> tuple[Travel, ...]:
        """The connection on each network of its way, in order."""
        return tuple(step.travels for step in self.steps if step.travels)

    @property
    def reason(self) -> Reason:
        """Why it was accepted, by the check that firewalls decide about; or what it failed for."""
        checks = [step.reason for step in self.steps if step.reason.check == "address"]
        return checks[-1] if self.accepted else self.steps[-1].reason


#: What ends with a report.
_REPORTED = {Disposition.NO_CONNECTOR, Disposition.REPORTED, Disposition.LOOPING}
#: The question of the step at which a transfer does not finish.
TRANSFER = "transfer"


@dataclass(frozen=True)
class Leg:
    """The way from one MTA to the next: its steps, and the sender's attempts one after another.

    `over` is the association that the mail leaves by: the sender's, or, where it is collected, the
    next MTA's. `next_move` says when a queue that waits moves by itself (None: never), `waits` why
    not sooner. `events` are those that the sender logs apart from its calls. What is not `taken`
    was refused when its user submitted it, so that nobody gets a report.
    """

    sender: str
    receiver: str | None
    disposition: Disposition
    steps: tuple[Step, ...]
    attempts: tuple[Attempt, ...] = ()
    over: Attempt | None = None
    next_move: datetime | None = None
    waits: Reason | None = None
    events: tuple[int, ...] = ()
    taken: bool = True

    @property
    def alone(self) -> Disposition:
        """What becomes of it as long as the other side does not call."""
        if self.disposition is not Disposition.COLLECTED:
            return self.disposition
        if self.attempts:
            return self.attempts[-1].disposition
        return Disposition.WAITING if self.next_move else Disposition.NEVER_CALLED

    @property
    def reported(self) -> bool:
        """Whether it ends with a report."""
        return self.disposition in _REPORTED

    @property
    def reason(self) -> Reason:
        """What the disposition came down to."""
        if self.disposition is Disposition.STALLED:
            return next(step for step in self.steps if step.question == TRANSFER).reason
        if self.disposition in _REPORTED:
            return self.steps[-1].reason
        if self.attempts:
            return self.attempts[-1].reason
        return self.waits or self.steps[-1].reason


@dataclass(frozen=True)
class Prediction:
    """What becomes of the first message from one MTA's user to another's, with empty queues.

    `receiver` is None when no MTA has a mailbox for the recipient.
    """

    sender: str
    receiver: str | None
    recipient: str
    legs: tuple[Leg, ...]
    report: tuple[Leg, ...] = ()  # the way of a report back
    events: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # of each MTA, in order
    first_events: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # till it first waits
    reported_back: str = ""  # what a report says to the originator; empty: none comes

    @property
    def disposition(self) -> Disposition:
        """That of the first leg that mail does not leave by; collected, if any leg is."""
        return of_all(leg.disposition for leg in self.legs) or Disposition.DELIVERED

    @property
    def reported(self) -> bool:
        """Whether an MTA on the way ends it with a report."""
        return any(leg.reported for leg in self.legs)

    def arrived(self, at: str) -> Disposition | None:
        """By whose call it came to an MTA: delivered, or collected; None: it did not."""
        legs = (leg for leg in self.legs if leg.receiver == at and leg.disposition.moves)
        return next((leg.disposition for leg in legs), None)

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """All calls that the mail's senders make."""
        return tuple(attempt for leg in self.legs for attempt in leg.attempts)

    @property
    def next_move(self) -> datetime | None:
        """When the queue that waits moves by itself."""
        return next((leg.next_move for leg in self.legs if leg.next_move), None)

    @property
    def reason(self) -> Reason:
        """Why it becomes so: that of the first leg that mail does not leave by, or the last."""
        stuck = [leg for leg in self.legs if leg.disposition is self.disposition]
        return (stuck or self.legs)[0].reason
