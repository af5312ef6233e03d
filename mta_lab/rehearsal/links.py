"""An association in a rehearsal: both sides decide what to do as policy/turn.py says."""

from dataclasses import dataclass, field
from datetime import datetime

from labkit.reason import Reason
from mta_emu.mta.policy import calling, turn
from mta_emu.mta.policy.turn import Decision
from mta_lab.rehearsal.forgetting import Memory
from mta_lab.rehearsal.prediction import Attempt
from mta_lab.rehearsal.running import Letter, RunningConnector, RunningMta


@dataclass(eq=False)
class Side:
    """One side of an association: whose it is, and its standing."""

    mta: RunningMta
    connector: RunningConnector
    standing: turn.Standing
    sends: Letter | None = None  # a transfer that does not finish

    @property
    def initiator(self) -> bool:
        """Whether this side opened the association."""
        return self.standing.initiator


@dataclass(eq=False)
class Association:
    """An open association, of which `attempt` tells as people read it."""

    attempt: Attempt
    caller: Side
    called: Side
    urgent: bool
    used: datetime  # when something went over it last, in lab time
    opened: Attempt = field(init=False)  # the call as it was made
    turn: Side = field(init=False)
    largest_apdu: int | None = field(init=False)  # octets of the longest that it can transfer
    forgotten: Memory | None = None  # a firewall's, that has forgotten its connection

    def __post_init__(self) -> None:
        self.turn, self.opened = self.caller, self.attempt
        self.largest_apdu = self.attempt.largest_apdu

    @property
    def sides(self) -> tuple[Side, Side]:
        """Who has the turn goes first."""
        return (self.turn, self.other(self.turn))

    def other(self, side: Side) -> Side:
        """The side at the other end."""
        return self.called if side is self.caller else self.caller

    def link(self, side: Side) -> calling.Link:
        """The association as the policy of calls looks at it, from one side."""
        able = self.attempt.two_way or side is self.turn
        able = able and not side.standing.releasing
        return calling.Link(side.initiator, self.urgent, able)

    def why_stalls(self, octets: int) -> Reason | None:
        """Why the transfer of an APDU of so many octets cannot finish; None: it can."""
        if memory := self.forgotten:
            text = f"{memory.firewall} has forgotten the connection, and drops what comes by it"
            seconds = f"a packet every {memory.seconds} s"
            return Reason("firewall", text, seconds, "a longer silence", memory.place)
        if self.largest_apdu is not None and octets > self.largest_apdu:
            text = f"a packet of the {octets} octets is larger than gets through, silently"
            return Reason("packet size", text)
        return None

    @property
    def busy(self) -> bool:
        """Whether something is under way that one side has to finish."""
        return any(each.standing.busy for each in (self.caller, self.called))

    def decide(self, side: Side, now: float, *, mail: bool) -> Decision:
        """What a side does now."""
        return turn.decide(
            side.standing,
            now,
            has_turn=side is self.turn,
            mail=mail,
            closing=side.connector.closing,
        )

    def give_turn(self) -> None:
        """Let the turn go to the side that asked."""
        giver, taker = self.sides
        giver.standing = giver.standing.turn_given()
        taker.standing = taker.standing.turn_received()
        self.turn = taker

    def recovers(self, side: Side) -> bool:
        """Whether a side goes on with it when the connection is lost."""
        return turn.something_to_recover(
            initiator=side.initiator,
            in_hand=side.sends is not None or self.other(side).sends is not None,
            has_turn=side is self.turn,
        )
