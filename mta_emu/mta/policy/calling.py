"""When a connector opens associations, how many, and what each of them carries. Pure functions.

Theory of operation. Mail waits in two lanes: urgent mail, with the reports, which have no priority
of their own (Q215472), and all the rest. For the rest one association is opened for every
`threshold` queued messages, up to nine; urgent mail has one of its own, the tenth (Q194589). What
the peer opened carries everything and counts among the nine.

A connector calls while its schedule is active and no retry timer runs. Over a schedule of selected
times that is closed, urgent mail goes all the same, on an association of its own that ends after
its lifetime (Q217131); a registry value turns that off.

`decide` says how many to open now, why, and until when nothing is to be done unless something
happens. Mail that no association can take always has such a time, but for three reasons: the
schedule never lets this side call, all associations that there may be are open, the MTA stops (or
puts the queue in order, and then asks again).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from labkit.reason import Reason
from mta_emu.mta.configuration.pages import ConnectorConfig, Override
from mta_emu.mta.policy.schedule import (
    ActivationState,
    activation_state,
    initiation,
    next_change,
)
from mta_emu.mts.fields import Priority

#: Associations of a connector for normal and non-urgent mail; urgent mail has one more (Q194589).
ORDINARY_LIMIT = 9
ASSOCIATION_LIMIT = ORDINARY_LIMIT + 1


class Lane(Enum):
    """What an association is for; the values are the priorities that it carries."""

    URGENT = (Priority.URGENT,)
    ORDINARY = (Priority.NORMAL, Priority.NON_URGENT)

    @classmethod
    def of(cls, priority: Priority) -> "Lane":
        """The lane of mail with a priority."""
        return cls.URGENT if priority is Priority.URGENT else cls.ORDINARY


ANY_LANE = tuple(Lane)


@dataclass(frozen=True)
class Link:
    """An open association, as far as it matters here."""

    ours: bool  # this side opened it
    urgent: bool = False  # for urgent mail
    able: bool = True  # mail that is queued now will leave by it, if its lane may


@dataclass(frozen=True)
class Standing:
    """How a connector stands; lanes that are not named have nothing."""

    queued: Mapping[Lane, int] = field(default_factory=dict)  # in hand or not
    waiting: Mapping[Lane, int] = field(default_factory=dict)  # in nobody's hand
    opening: Mapping[Lane, int] = field(default_factory=dict)  # associations
    links: Sequence[Link] = ()
    retry: datetime | None = None  # when the retry timer that runs ends
    held: bool = False  # it has ended, and the queue is put in order before another call
    closing: bool = False  # the MTA stops


class Calls(NamedTuple):
    """How many associations to open now by lane, and why, or why none.

    `until` is when to decide again though nothing has happened (None: never); when it is over by
    now, the retry timer is to be ended. `beyond_limit`: more
    associations would be opened for ordinary mail if there might be more (None: it was not asked).
    """

    open: Mapping[Lane, int]
    reason: Reason
    until: datetime | None
    beyond_limit: bool | None

    @property
    def total(self) -> int:
        """How many associations to open now."""
        return sum(self.open.values())


@dataclass
class LimitWarning:
    """Event 57: more associations are wanted than there may be, which is logged once (Q194589)."""

    _given: bool = False

    def due(self, calls: Calls) -> bool:
        """Whether the event is to be logged after a decision; takes note that it was."""
        if calls.beyond_limit is None:
            return False
        due = calls.beyond_limit and not self._given
        self._given = calls.beyond_limit
        return due


def transfer_seconds(override: Override, priority: Priority, octets: int) -> int:
    """The lab seconds that a transfer may take, by priority and length (Override page)."""
    seconds = {
        Priority.URGENT: override.transfer_timeout_urgent,
        Priority.NORMAL: override.transfer_timeout_normal,
        Priority.NON_URGENT: override.transfer_timeout_non_urgent,
    }[priority]
    return seconds * math.ceil(octets / 1024)


class Caller:
    """The decisions of one connector."""

    def __init__(self, connector: ConnectorConfig, *, urgent_when_closed: bool = True) -> None:
        """Decide as the pages of `connector` say, and a registry value (Q217131)."""
        self._connector = connector
        self._urgent_when_closed = urgent_when_closed

    def decide(self, standing: Standing, now: datetime) -> Calls:
        """Which associations to open at lab time `now`."""
        wanted = math.ceil(
            standing.queued.get(Lane.ORDINARY, 0) / self._connector.override.threshold
        )
        missing = {
            lane: count
            for lane in Lane
            if self.may_open(lane, standing, now)
            and (count := self._missing(lane, standing, now, wanted)) > 0
        }
        times = [standing.retry, next_change(self._connector.schedule, now)]
        until = min((time for time in times if time), default=None)
        asked = standing.waiting.get(Lane.ORDINARY, 0) and self.may_open(
            Lane.ORDINARY, standing, now
        )
        beyond_limit = wanted > ORDINARY_LIMIT if asked else None
        return Calls(missing, self._reason(standing, now, missing), until, beyond_limit)

    def next_call(self, standing: Standing, now: datetime) -> datetime | None:
        """When it opens an association if nothing else happens; None: never.

        That is later than the end of the retry timer when the schedule is closed then.
        """
        moment: datetime | None = now
        while moment and not (calls := self.decide(standing, moment)).total:
            moment = calls.until
            if moment and standing.retry and standing.retry <= moment:
                standing = replace(standing, retry=None)
        return moment

    def may_open(self, lane: Lane, standing: Standing, now: datetime) -> bool:
        """Whether this side may open an association for a lane."""
        blocked = standing.retry or standing.held or standing.closing
        return self._scheduled(lane, now) and not blocked

    def lanes(self, link: Link, standing: Standing, now: datetime) -> tuple[Lane, ...]:
        """What an association carries.

        One that the peer opened carries everything, what this side called carries nothing once
        the slot of the week grid is over. Of those one is for urgent mail alone, which goes with
        the other mail only while no association of its own can be had.
        """
        if standing.closing:
            return ()
        if not link.ours:
            return ANY_LANE
        if link.urgent:
            return (Lane.URGENT,) if self._scheduled(Lane.URGENT, now) else ()
        if not self._scheduled(Lane.ORDINARY, now):
            return ()
        own = self.may_open(Lane.URGENT, standing, now) or self._called(Lane.URGENT, standing)
        return (Lane.ORDINARY,) if own else (Lane.ORDINARY, Lane.URGENT)

    def moves(self, standing: Standing, now: datetime) -> bool:
        """Whether mail waits that an association takes, or that one may be opened for."""
        return any(
            standing.waiting.get(lane, 0)
            and (self.may_open(lane, standing, now) or self.able(lane, standing, now))
            for lane in Lane
        )

    def able(self, lane: Lane, standing: Standing, now: datetime) -> int:
        """How many associations mail of a lane can leave by."""
        return sum(each.able and lane in self.lanes(each, standing, now) for each in standing.links)

    def _scheduled(self, lane: Lane, now: datetime) -> bool:
        state = activation_state(self._connector.schedule, now)
        if state is ActivationState.WILL_BECOME_ACTIVE:
            return lane is Lane.URGENT and self._urgent_when_closed
        return state is ActivationState.ACTIVE_NOW

    def _called(self, lane: Lane, standing: Standing) -> int:
        """How many associations this side has for a lane, or is about to have."""
        urgent = lane is Lane.URGENT
        have = sum(each.ours and each.urgent is urgent for each in standing.links)
        return have + standing.opening.get(lane, 0)

    def _missing(self, lane: Lane, standing: Standing, now: datetime, wanted: int) -> int:
        """How many associations are to be opened for a lane that may be."""
        if not standing.waiting.get(lane, 0):
            return 0
        opening = standing.opening.get(Lane.ORDINARY, 0)
        used = opening + sum(not (each.ours and each.urgent) for each in standing.links)
        if lane is Lane.URGENT:
            return min(1 - self._called(lane, standing), ASSOCIATION_LIMIT - used)
        return min(wanted - self.able(lane, standing, now) - opening, ORDINARY_LIMIT - used)

    def _reason(self, standing: Standing, now: datetime, missing: Mapping[Lane, int]) -> Reason:
        name, override = self._connector.name, self._connector.override
        waiting = sum(standing.waiting.values())
        if standing.closing:
            return Reason("calling", f"connector {name} calls no more: it ends")
        if standing.retry:
            text = f"connector {name} calls again at {standing.retry:%Y-%m-%d %H:%M:%S} UTC"
            place = override.place("open_interval")
            return Reason("retry timer", text, seen=standing.retry.isoformat(), place=place)
        scheduled = initiation(self._connector, now)
        if not missing and scheduled.seen != scheduled.expected:
            return scheduled
        if missing:
            calls = sum(missing.values())
            times = {1: "once", 2: "twice"}.get(calls, f"{calls} times")
            mail = "the message that waits" if waiting == 1 else f"{waiting} messages that wait"
            text = f"connector {name} calls {times} for {mail}"
            return Reason("calling", text, place=override.place("threshold"))
        why = "no mail waits" if not waiting else "its associations take what waits"
        return Reason("calling", f"connector {name} need not call: {why}")
