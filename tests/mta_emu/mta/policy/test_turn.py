"""The turn as a table, and as a property: whatever happens, nobody waits for ever (Q166594)."""

from collections import deque
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, fields, replace
from math import nextafter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mta.policy.turn import (
    COURTESY,
    PATIENCE,
    Standing,
    TurnStep,
    decide,
    something_to_recover,
)

NOW, LIFETIME, IDLE_LIMIT = 100.0, 300.0, 7200.0
INF = float("inf")


def standing(*, initiator: bool = True, two_way: bool = True, **changes: Any) -> Standing:
    opened = Standing.opened_at(
        NOW, initiator=initiator, two_way=two_way, lifetime=LIFETIME, idle_limit=IDLE_LIMIT
    )
    return replace(opened, **changes)


CALLER, CALLED = standing(), standing(initiator=False)


@pytest.mark.parametrize(
    ("who", "has_turn", "mail", "closing", "step"),
    [
        # with the turn
        (CALLER, True, True, False, TurnStep.TRANSFER),
        (
            CALLER.turn_requested(),
            True,
            True,
            False,
            TurnStep.TRANSFER,
        ),  # all that waits goes first
        (CALLER.turn_requested(), True, False, False, TurnStep.GIVE),
        (CALLED.turn_requested(), True, False, False, TurnStep.GIVE),
        (CALLER.turn_requested().release_wanted(), True, False, False, TurnStep.GIVE),
        (CALLER.turn_requested().release_wanted(), True, False, True, TurnStep.RELEASE),
        (CALLED.turn_requested(), True, False, True, TurnStep.GIVE),  # the caller releases
        (CALLER.release_wanted(), True, True, False, TurnStep.TRANSFER),
        (CALLER.release_wanted(), True, False, False, TurnStep.RELEASE),
        (CALLED.release_wanted(), True, False, False, TurnStep.WAIT),  # only the initiator releases
        (CALLER, True, False, False, TurnStep.WAIT),
        # without it
        (CALLER, False, True, False, TurnStep.ASK),
        (CALLER.turn_asked(), False, True, False, TurnStep.WAIT),
        (CALLER.turn_asked().turn_received(), False, True, False, TurnStep.ASK),
        (CALLER.turn_asked().discarded(), False, True, False, TurnStep.ASK),  # X.225: it was purged
        (CALLER.turn_asked().recovered(NOW), False, True, False, TurnStep.ASK),
        (CALLER.receiving_begun(), False, True, False, TurnStep.WAIT),
        (CALLER.receiving_begun().received(NOW), False, True, False, TurnStep.ASK),
        (CALLER.receiving_begun().refused(), False, True, False, TurnStep.ASK),
        (CALLER.turn_asked().receiving_begun().refused(), False, True, False, TurnStep.ASK),
        (CALLER.release_wanted(), False, False, False, TurnStep.ASK),
        (CALLED, False, True, False, TurnStep.WAIT),  # the caller may begin
        (CALLED.receiving_begun().received(NOW), False, True, False, TurnStep.ASK),
        (CALLED.release_wanted(), False, False, False, TurnStep.WAIT),
        (standing(initiator=False, two_way=False), False, True, False, TurnStep.WAIT),
        # in a transfer of ours, and in a release
        (CALLER.transfer_begun(NOW + 9), True, True, False, TurnStep.WAIT),
        (CALLER.transfer_begun(NOW), True, True, False, TurnStep.ABANDON),
        (CALLER.transfer_begun(NOW + 9).sending_ends(), True, False, True, TurnStep.ABANDON),
        (CALLER.transfer_begun(NOW).transfer_abandoned(NOW), True, False, False, TurnStep.WAIT),
        (
            CALLER.transfer_begun(NOW).transfer_abandoned(NOW - PATIENCE),
            True,
            False,
            False,
            TurnStep.ABORT,
        ),
        (CALLER.transfer_begun(NOW + 9).transfer_ended(NOW), True, True, False, TurnStep.TRANSFER),
        (CALLER.release_requested(NOW), True, True, False, TurnStep.WAIT),
        (CALLER.release_requested(NOW - PATIENCE), True, True, False, TurnStep.ABORT),
    ],
)
def test_steps(who: Standing, has_turn: bool, mail: bool, closing: bool, step: TurnStep) -> None:
    decision = decide(who, NOW, has_turn=has_turn, mail=mail, closing=closing)
    assert decision.step is step
    assert decision.reason.text


@pytest.mark.parametrize(
    ("who", "has_turn", "mail", "until", "then"),
    [
        (CALLER, True, False, NOW + LIFETIME, TurnStep.RELEASE),
        (CALLER, False, False, NOW + LIFETIME, TurnStep.ASK),
        (standing(two_way=False), True, False, NOW + LIFETIME, TurnStep.RELEASE),
        (CALLED, False, True, NOW + COURTESY, TurnStep.ASK),
        (CALLED, False, False, NOW + IDLE_LIMIT, TurnStep.ABORT),
        (CALLED.receiving_begun(), False, False, NOW + IDLE_LIMIT, TurnStep.ABORT),
        (CALLED.something_received(NOW + 9), False, False, NOW + 9 + IDLE_LIMIT, TurnStep.ABORT),
        (CALLER.turn_asked(), False, False, NOW + IDLE_LIMIT, TurnStep.ABORT),
        (standing(lifetime=9 * IDLE_LIMIT), True, False, NOW + 9 * IDLE_LIMIT, TurnStep.RELEASE),
        (CALLER.transfer_begun(NOW + 9), True, True, NOW + 9, TurnStep.ABANDON),
        (CALLER.release_requested(NOW), True, False, NOW + PATIENCE, TurnStep.ABORT),
    ],
)
def test_waits_that_end(
    who: Standing, has_turn: bool, mail: bool, until: float, then: TurnStep
) -> None:
    now, step = NOW, TurnStep.WAIT
    while step is TurnStep.WAIT:
        step, _, later = decide(who, now, has_turn=has_turn, mail=mail)
        if step is TurnStep.WAIT:
            assert later is not None
            now = later
    assert (now, step) == (until, then)


standings = st.builds(
    Standing,
    initiator=st.booleans(),
    two_way=st.booleans(),
    lifetime=st.sampled_from([0.0, 5.0, 300.0]),
    idle_limit=st.sampled_from([50.0, INF]),
    opened=st.just(NOW),
    used=st.sampled_from([NOW, NOW + 3]),
    last_received=st.sampled_from([NOW, NOW + 3]),
    sending=st.booleans(),
    receiving=st.booleans(),
    received_any=st.booleans(),
    abandoned=st.booleans(),
    asked=st.booleans(),
    wanted=st.booleans(),
    release_due=st.booleans(),
    releasing=st.booleans(),
    stopping=st.booleans(),
    deadline=st.sampled_from([NOW + 7, INF]),
)


@given(
    who=standings,
    after=st.floats(0, 1000),
    has_turn=st.booleans(),
    mail=st.booleans(),
    part=st.floats(0, 1, exclude_max=True),
)
def test_until_then_nothing_is_to_be_done_and_time_always_goes_on(
    who: Standing, after: float, has_turn: bool, mail: bool, part: float
) -> None:
    now = NOW + after
    decision = decide(who, now, has_turn=has_turn, mail=mail)
    if decision.step is not TurnStep.WAIT:
        assert decision.until is None
        return
    end = now + 1e9 if decision.until is None else decision.until
    assert end > now
    between = min(now + (end - now) * part, nextafter(end, now))
    assert decide(who, between, has_turn=has_turn, mail=mail).step is TurnStep.WAIT


# Two sides and what is between them


@dataclass
class Side:
    """One end as association.py carries decisions out, with what RTSE does for it."""

    standing: Standing
    turn: bool
    mail: int = 0
    inbox: deque[str] = field(default_factory=deque)
    refuses: bool = False  # the next message that is whole
    complete: bool = False  # the last one of the peer was taken
    unsent: bool = False  # the rest of what this side transfers
    discarding: bool = False  # that


class Link:
    """Two sides, an abstract channel each way, and a clock."""

    def __init__(self, *, two_way: bool, lifetime: float) -> None:
        self.now = 0.0
        self.over = self.released = False
        self.caller, self.called = (
            Side(
                Standing.opened_at(
                    0, initiator=initiator, two_way=two_way, lifetime=lifetime, idle_limit=INF
                ),
                initiator,
            )
            for initiator in (True, False)
        )

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.caller, self.called

    def other(self, side: Side) -> Side:
        return self.called if side is self.caller else self.caller

    def act(self, side: Side) -> bool:
        """Let a side do what it decides, or transfer on; whether that was anything."""
        step, _, _ = decide(side.standing, self.now, has_turn=side.turn, mail=side.mail > 0)
        there = self.other(side).inbox
        match step:
            case TurnStep.TRANSFER:
                assert side.turn
                side.standing = side.standing.transfer_begun(self.now + 10_000)
                there.append("start")
                side.unsent = True
            case TurnStep.GIVE:
                side.turn, side.standing = False, side.standing.turn_given()
                there.append("give")
            case TurnStep.ASK:
                side.standing = side.standing.turn_asked()
                there.append("please")
            case TurnStep.RELEASE:
                side.standing = side.standing.release_requested(self.now)
                there.append("release")
            case TurnStep.ABANDON:
                side.standing = side.standing.transfer_abandoned(self.now)
                self.discard(side)
            case TurnStep.ABORT:
                self.over = True
            case TurnStep.WAIT if side.unsent:
                side.unsent = False
                there.append("end")
                return True
        return step is not TurnStep.WAIT

    def discard(self, side: Side) -> None:
        if not side.discarding:
            side.unsent, side.discarding = False, True
            self.other(side).inbox.append("discard")

    def hear(self, side: Side) -> None:  # noqa: PLR0912, a line for each thing on the wire
        """Let a side take the next thing that the other has sent."""
        if not side.inbox:
            return
        there, at = self.other(side).inbox, side.standing.something_received(self.now)
        match side.inbox.popleft():
            case "start":
                side.complete, at = False, at.receiving_begun()
            case "end" if side.refuses:
                side.refuses, at = False, at.refused()
                there.append("exception")
            case "end":
                side.complete, at = True, at.received(self.now)
                there.append("confirm")
            case "exception":
                self.discard(side)
            case "confirm":
                side.mail, at = side.mail - 1, at.transfer_ended(self.now)
            case "discard" if side.complete:
                self.over = True  # what is complete cannot be discarded: RTAB
            case "discard":
                at = at.discarded()
                purged = [each for each in there if each != "please"]
                there.clear()
                there.extend((*purged, "discarded"))
            case "discarded":
                side.mail, side.discarding = side.mail - 1, False  # the message rests
                at = at.transfer_ended(self.now)
            case "please" if side.turn:
                at = at.turn_requested()
            case "give":
                side.turn, at = True, at.turn_received()
            case "release":
                there.append("released")
            case "released":
                self.over = self.released = True
        side.standing = at

    def cut(self) -> None:
        """Lose the connection, and recover the association as recovery.py and RTSE do.

        One that is not recovered is over, which is no story: then nothing is cut.
        """
        caller, called = self.sides
        sender = next((each for each in self.sides if each.standing.sending), None)
        in_hand = sender is not None or caller.standing.receiving
        if caller.standing.releasing or not (in_hand or not caller.turn):
            return
        for side in self.sides:
            side.inbox.clear()
        called.turn = not caller.turn  # X.228 7.8: as the initiator has it
        for side in self.sides:
            side.standing = side.standing.recovered(self.now)
        if sender is None:
            return
        receiver = self.other(sender)
        assert sender.turn
        if receiver.complete:
            self.over = True  # the resumption is answered by RTAB: transfer completed
        elif sender.discarding:
            receiver.inbox.extend(("start", "discard"))
        else:
            receiver.inbox.append("start")
            sender.unsent = True

    @property
    def state(self) -> tuple[object, ...]:
        """All that the further story depends on."""
        return (
            self.now,
            self.over,
            *(
                (
                    *(getattr(side, each.name) for each in fields(side) if each.name != "inbox"),
                    tuple(side.inbox),
                )
                for side in self.sides
            ),
        )

    def run_down(self) -> None:
        """Let everything happen that still does, until there is nothing or it is over."""
        for _ in range(10_000):
            if self.over:
                return
            moved = False
            for side in self.sides:
                while side.inbox and not self.over:
                    self.hear(side)
                    moved = True
                while not self.over and self.act(side):
                    moved = True
            if moved or self.over:
                continue
            times = [
                until
                for side in self.sides
                if (
                    until := decide(
                        side.standing, self.now, has_turn=side.turn, mail=side.mail > 0
                    ).until
                )
            ]
            if not times:
                return
            self.now = min(times)
        raise AssertionError("it goes on for ever")


def _mail(side: Side) -> None:
    side.mail += 1


def _refuse(side: Side) -> None:
    side.refuses = True


def _late(side: Side) -> None:
    if side.standing.sending and not side.standing.abandoned:
        side.standing = replace(side.standing, deadline=0.0)


#: What may happen to a side, or (None) to the link.
HAPPENINGS: dict[str, Callable[[Link, Side], object]] = {
    "acts": lambda link, side: link.act(side),
    "hears": lambda link, side: link.hear(side),
    "has mail": lambda _, side: _mail(side),
    "refuses": lambda _, side: _refuse(side),
    "is late": lambda _, side: _late(side),
    "is cut off": lambda link, _: link.cut(),
    "waits": lambda link, _: setattr(link, "now", link.now + 1),
}
happenings = st.lists(st.tuples(st.sampled_from(sorted(HAPPENINGS)), st.booleans()), max_size=40)


def play(link: Link, story: list[tuple[str, bool]]) -> None:
    for happening, of_caller in story:
        if link.over:
            return
        HAPPENINGS[happening](link, link.caller if of_caller else link.called)
        assert not (link.caller.turn and link.called.turn), "both have the turn"
    link.run_down()


#: How often each thing happens at most in the stories that are all told.
ONCE = {"has mail": 2, "refuses": 1, "is late": 1, "is cut off": 1, "waits": 1}


def test_no_story_in_which_each_thing_happens_once_leaves_both_waiting() -> None:
    """Every order of what may happen, and of what the sides do meanwhile."""
    first = (Link(two_way=True, lifetime=INF), ())
    seen, left = {(first[0].state, ())}, [first]
    while left:
        link, told = left.pop()
        for happening, happen in HAPPENINGS.items():
            if happening in ONCE and told.count(happening) == ONCE[happening]:
                continue
            for number in (0, 1):
                after = deepcopy(link)
                happen(after, after.sides[number])
                then = tuple(sorted((*told, happening))) if happening in ONCE else told
                if (after.state, then) in seen or after.over:
                    continue
                seen.add((after.state, then))
                left.append((after, then))
        stuck = deepcopy(link)
        stuck.run_down()
        assert stuck.over or not any(side.mail for side in stuck.sides), told
    assert len(seen) > 10_000


@given(story=happenings)
def test_no_reachable_state_leaves_both_waiting_while_one_has_mail(
    story: list[tuple[str, bool]],
) -> None:
    link = Link(two_way=True, lifetime=INF)
    play(link, story)
    assert link.over or (link.caller.mail, link.called.mail) == (0, 0)


@given(story=happenings, two_way=st.booleans())
def test_every_association_ends(story: list[tuple[str, bool]], two_way: bool) -> None:
    link = Link(two_way=two_way, lifetime=LIFETIME)
    play(link, story)
    assert link.over
    if link.released:
        assert link.caller.mail == 0


@pytest.mark.parametrize(
    ("initiator", "in_hand", "has_turn", "recovers"),
    [
        (True, False, True, False),  # idle: it can as well call again
        (True, False, False, True),
        (True, True, True, True),
        (False, False, False, False),
        (False, False, True, True),
        (False, True, False, True),
    ],
)
def test_what_is_in_hand_or_a_turn_elsewhere_is_recovered(
    initiator: bool, in_hand: bool, has_turn: bool, recovers: bool
) -> None:
    found = something_to_recover(initiator=initiator, in_hand=in_hand, has_turn=has_turn)
    assert found is recovers
