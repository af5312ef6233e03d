"""When a connector calls, as a table, and as properties: mail never waits without a timer."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.reason import Reason
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.policy.calling import (
    ANY_LANE,
    ASSOCIATION_LIMIT,
    ORDINARY_LIMIT,
    Caller,
    Calls,
    Lane,
    LimitWarning,
    Link,
    Standing,
    transfer_seconds,
)
from mta_emu.mta.policy.schedule import ActivationState, activation_state
from mta_emu.mts.fields import Priority

NOW = datetime(1999, 4, 28, 12, tzinfo=UTC)  # a Wednesday
SUNDAY = datetime(1999, 5, 2, 2, tzinfo=UTC)
LATER = NOW + timedelta(seconds=600)
URGENT, ORDINARY = Lane.URGENT, Lane.ORDINARY
SCHEDULES: dict[str, dict[str, Any]] = {
    "always": {},
    "closed": {"activation": "selected-times", "selected_times": {"sunday": ["02:00-03:00"]}},
    "open": {"activation": "selected-times", "selected_times": {"wednesday": ["12:00-13:00"]}},
    "remote-initiated": {"activation": "remote-initiated"},
    "never": {"activation": "never"},
}
OURS, THEIRS, EXTRA = Link(ours=True), Link(ours=False), Link(ours=True, urgent=True)
DEAF = Link(ours=False, able=False)  # a monologue that the peer opened


def connector(schedule: str = "always", threshold: int = 50) -> ConnectorConfig:
    return ConnectorConfig.model_validate(
        {
            "general": {"directory_name": "X", "remote_mta_name": "B"},
            "stack": {"address": "192.0.2.1"},
            "schedule": SCHEDULES[schedule],
            "override": {"threshold": threshold},
        }
    )


def mail(ordinary: int = 0, urgent: int = 0, **more: Any) -> Standing:
    """So many messages wait."""
    counts = {ORDINARY: ordinary, URGENT: urgent}
    return Standing(counts, counts, **more)


@pytest.mark.parametrize(
    ("standing", "calls"),
    [
        (mail(), {}),
        (mail(1), {ORDINARY: 1}),
        (mail(0, 1), {URGENT: 1}),
        (mail(1, 1), {ORDINARY: 1, URGENT: 1}),
        (mail(50), {ORDINARY: 1}),
        (mail(51), {ORDINARY: 2}),  # another for every 50
        (mail(5000), {ORDINARY: 9}),
        (mail(5000, 500), {ORDINARY: 9, URGENT: 1}),
        (mail(51, opening={ORDINARY: 1}), {ORDINARY: 1}),
        (mail(51, links=[OURS]), {ORDINARY: 1}),
        (mail(51, links=[THEIRS]), {ORDINARY: 1}),  # mail leaves by the peer's, too
        (mail(1, links=[DEAF]), {ORDINARY: 1}),
        (mail(1, links=[DEAF] * 9), {}),  # the peer's calls are a part of the nine
        (mail(0, 1, links=[DEAF] * 9), {URGENT: 1}),
        (mail(0, 1, links=[DEAF] * 10), {}),
        (mail(0, 1, links=[OURS]), {URGENT: 1}),
        (mail(0, 9, links=[EXTRA]), {}),  # urgent mail has one
        (mail(0, 9, opening={URGENT: 1}), {}),
        (mail(1, 1, links=[EXTRA]), {ORDINARY: 1}),
        (mail(1, 1, retry=LATER), {}),
        (mail(1, 1, closing=True), {}),
        (mail(1, 1, held=True), {}),
        (Standing({ORDINARY: 51}, {ORDINARY: 0}), {}),  # all are in hand
    ],
)
def test_calls(standing: Standing, calls: dict[Lane, int]) -> None:
    assert Caller(connector()).decide(standing, NOW).open == calls


@pytest.mark.parametrize(
    ("schedule", "registry", "calls", "until"),
    [
        ("always", True, {ORDINARY: 1, URGENT: 1}, None),
        ("open", True, {ORDINARY: 1, URGENT: 1}, NOW.replace(hour=13)),
        ("closed", True, {URGENT: 1}, SUNDAY),  # Q217131
        ("closed", False, {}, SUNDAY),
        ("remote-initiated", True, {}, None),
        ("never", True, {}, None),
    ],
)
def test_the_schedule(
    schedule: str, registry: bool, calls: dict[Lane, int], until: datetime | None
) -> None:
    decision = Caller(connector(schedule), urgent_when_closed=registry).decide(mail(1, 1), NOW)
    assert (decision.open, decision.until) == (calls, until)


@pytest.mark.parametrize(
    ("schedule", "standing", "reason"),
    [
        ("always", mail(), "connector X need not call: no mail waits"),
        ("always", mail(51), "connector X calls twice for 51 messages that wait"),
        (
            "always",
            mail(1, links=[OURS]),
            "connector X need not call: its associations take what waits",
        ),
        ("always", mail(1, retry=LATER), "connector X calls again at 1999-04-28 12:10:00 UTC"),
        ("always", mail(1, closing=True), "connector X calls no more: it ends"),
        (
            "closed",
            mail(1),
            "connector X is not active now, and becomes active on Sunday 1999-05-02 02:00 UTC",
        ),
        ("never", mail(1), "connector X never calls: its activation is never"),
    ],
)
def test_reasons(schedule: str, standing: Standing, reason: str) -> None:
    assert Caller(connector(schedule)).decide(standing, NOW).reason.text == reason


@pytest.mark.parametrize(
    ("schedule", "link", "more", "lanes"),
    [
        ("always", THEIRS, {}, ANY_LANE),
        ("never", THEIRS, {}, ANY_LANE),
        ("always", OURS, {}, (ORDINARY,)),  # urgent mail can have its own
        ("always", OURS, {"retry": LATER}, (ORDINARY, URGENT)),  # unless it cannot
        ("always", OURS, {"retry": LATER, "links": [EXTRA]}, (ORDINARY,)),
        ("always", EXTRA, {}, (URGENT,)),
        ("closed", OURS, {}, ()),
        ("closed", EXTRA, {}, (URGENT,)),
        ("always", THEIRS, {"closing": True}, ()),
    ],
)
def test_what_an_association_carries(
    schedule: str, link: Link, more: dict[str, Any], lanes: tuple[Lane, ...]
) -> None:
    assert Caller(connector(schedule)).lanes(link, mail(1, 1, **more), NOW) == lanes


@pytest.mark.parametrize(
    ("standing", "beyond"),
    [(mail(450), False), (mail(451), True), (mail(), None), (mail(451, retry=LATER), None)],
)
def test_more_than_nine_are_wanted(standing: Standing, beyond: bool | None) -> None:
    assert Caller(connector()).decide(standing, NOW).beyond_limit is beyond


@pytest.mark.parametrize("priority", Priority)
def test_each_priority_has_a_lane(priority: Priority) -> None:
    assert priority in Lane.of(priority).value


counts = st.fixed_dictionaries({lane: st.integers(0, 600) for lane in Lane})
standings = st.builds(
    lambda queued, hand, opening, links, retry, held, closing: Standing(
        queued,
        {lane: max(0, queued[lane] - hand[lane]) for lane in Lane},
        opening,
        links,
        NOW + timedelta(seconds=retry) if retry else None,
        held,
        closing,
    ),
    counts,
    st.fixed_dictionaries({lane: st.integers(0, 20) for lane in Lane}),
    st.fixed_dictionaries({ORDINARY: st.integers(0, 9), URGENT: st.integers(0, 1)}),
    st.lists(
        st.builds(Link, ours=st.booleans(), urgent=st.booleans(), able=st.booleans()), max_size=10
    ),
    st.integers(-10, 600),
    st.booleans(),
    st.booleans(),
)
callers = st.builds(
    lambda schedule, threshold, urgent: (
        connector(schedule, threshold),
        Caller(connector(schedule, threshold), urgent_when_closed=urgent),
    ),
    st.sampled_from(sorted(SCHEDULES)),
    st.integers(1, 100),
    st.booleans(),
)


@given(who=callers, standing=standings)
def test_mail_that_nothing_takes_has_a_timer_or_a_call(
    who: tuple[ConnectorConfig, Caller], standing: Standing
) -> None:
    """The invariant of a connector, but for the reasons that calling.py names."""
    page, caller = who
    calls = caller.decide(standing, NOW)
    assert calls.until is None or calls.until > NOW or calls.until == standing.retry
    state = activation_state(page.schedule, NOW)
    never = state in (ActivationState.NEVER, ActivationState.REMOTE_INITIATED)
    if standing.closing or standing.held or (never and not standing.retry):
        return
    taken = standing.opening[ORDINARY] + sum(not (x.ours and x.urgent) for x in standing.links)
    for lane in Lane:
        limit = ASSOCIATION_LIMIT if lane is URGENT else ORDINARY_LIMIT
        extra = any(x.ours and x.urgent for x in standing.links) and lane is URGENT
        helped = caller.able(lane, standing, NOW) or standing.opening[lane] or extra
        if standing.waiting[lane] and not helped and taken < limit:
            assert calls.open.get(lane) or calls.until


@given(who=callers, standing=standings)
def test_no_more_are_opened_than_there_may_be(
    who: tuple[ConnectorConfig, Caller], standing: Standing
) -> None:
    calls = who[1].decide(standing, NOW)
    taken = standing.opening[ORDINARY] + sum(not (x.ours and x.urgent) for x in standing.links)
    assert all(count > 0 for count in calls.open.values())
    if calls.open.get(ORDINARY):
        assert taken + calls.open[ORDINARY] <= ORDINARY_LIMIT
    if calls.open.get(URGENT):
        assert calls.open[URGENT] == 1
        assert not any(x.ours and x.urgent for x in standing.links)


# A connector over time


class World:
    """A connector that carries the decisions out, with a peer that answers as it is told."""

    def __init__(self, page: ConnectorConfig) -> None:
        self.page, self.caller, self.now = page, Caller(page), NOW
        self.mail: Counter[Lane] = Counter()
        self.opening: Counter[Lane] = Counter()
        self.links: list[Link] = []
        self.retry: datetime | None = None
        self.until: datetime | None = None

    @property
    def standing(self) -> Standing:
        return Standing(self.mail, self.mail, self.opening, self.links, self.retry)

    def wake(self) -> None:
        calls = self.caller.decide(self.standing, self.now)
        self.opening.update(calls.open)
        self.until = calls.until

    def enqueue(self, lane: Lane) -> None:
        self.mail[lane] += 1
        self.wake()

    def answer(self, lane: Lane, *, opened: bool) -> None:
        if not self.opening[lane]:
            return
        self.opening[lane] -= 1
        if opened:
            self.links.append(Link(ours=True, urgent=lane is URGENT))
        else:
            self.retry = self.retry or self.now + timedelta(seconds=600)
        self.wake()

    def end(self, *, broken: bool) -> None:
        if self.links:
            self.links.pop()
            if broken:
                self.retry = self.retry or self.now + timedelta(seconds=120)
        self.wake()

    def transfer(self) -> bool:
        for link in self.links:
            for lane in self.caller.lanes(link, self.standing, self.now):
                if self.mail[lane]:
                    self.mail[lane] -= 1
                    self.wake()
                    return True
        return False

    def pass_time(self) -> bool:
        if self.until is None:
            return False
        self.now = self.until
        if self.retry and self.retry <= self.now:
            self.retry = None
        self.wake()
        return True


HAPPENINGS: dict[str, Callable[[World], object]] = {
    "ordinary mail": lambda world: world.enqueue(ORDINARY),
    "urgent mail": lambda world: world.enqueue(URGENT),
    "opened": lambda world: world.answer(ORDINARY, opened=True),
    "opened for urgent mail": lambda world: world.answer(URGENT, opened=True),
    "refused": lambda world: world.answer(ORDINARY, opened=False),
    "refused for urgent mail": lambda world: world.answer(URGENT, opened=False),
    "released": lambda world: world.end(broken=False),
    "broken": lambda world: world.end(broken=True),
    "transferred": lambda world: world.transfer(),
    "time": lambda world: world.pass_time(),
}


@given(
    schedule=st.sampled_from(["always", "closed", "open"]),
    threshold=st.integers(1, 3),
    story=st.lists(st.sampled_from(sorted(HAPPENINGS)), max_size=40),
)
def test_whatever_happened_the_queue_drains_when_the_peer_answers_again(
    schedule: str, threshold: int, story: list[str]
) -> None:
    world = World(connector(schedule, threshold))
    world.wake()
    for happening in story:
        HAPPENINGS[happening](world)
    for _ in range(1000):
        if not world.mail.total():
            return
        if world.opening.total():
            for lane in Lane:
                world.answer(lane, opened=True)
        elif not world.transfer():
            if world.links:
                world.end(broken=False)  # what carries nothing is released
            else:
                assert world.pass_time(), "mail waits, and nothing will ever happen"
    raise AssertionError("it goes on for ever")


def test_the_limit_is_warned_of_once_until_it_is_kept_again() -> None:
    warning = LimitWarning()
    decisions = [None, True, None, True, False, True]
    due = [warning.due(Calls({}, Reason("", ""), None, beyond)) for beyond in decisions]
    assert due == [False, True, False, False, False, True]


def test_a_transfer_has_more_time_the_longer_it_is() -> None:
    """Override page: 1000, 2000 and 3000 seconds a KB that was begun."""
    override = connector("always").override
    assert transfer_seconds(override, Priority.URGENT, 1024) == 1000
    assert transfer_seconds(override, Priority.NORMAL, 1025) == 4000
    assert transfer_seconds(override, Priority.NON_URGENT, 10) == 3000


@pytest.mark.parametrize(
    ("standing", "moves"),
    [
        (Standing(), False),
        (Standing({ORDINARY: 1}, {ORDINARY: 1}), True),
        (Standing({ORDINARY: 1}), False),  # in somebody's hand
        (Standing({ORDINARY: 1}, {ORDINARY: 1}, retry=LATER), False),
        (Standing({ORDINARY: 1}, {ORDINARY: 1}, links=[Link(ours=False)], retry=LATER), True),
    ],
)
def test_mail_moves_by_what_is_open_or_may_be_opened(standing: Standing, moves: bool) -> None:
    assert Caller(connector("always")).moves(standing, NOW) is moves
