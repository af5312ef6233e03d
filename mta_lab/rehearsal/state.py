"""A topology at work without a packet: its MTAs, associations and calls at one moment.

Theory of operation. A rehearsal has the same parts as a run: MTAs with connectors and queues
(running.py), associations with two sides (links.py), and the calls between them (call.py). Whatever
happens to one of them, the policy that it runs with is asked what it does next (here, mailing.py
and run.py), until nothing moves any more; then the clock jumps to the next moment at which one of
them would look again.

    mail comes -> distributor -> queues -> Caller.decide -> calls -> associations
                       ^                                                   |
                       +------------------- turn.decide: transfer <--------+

What happens at one moment happens in a fixed order: calls that have begun end first, so that all
messages of one step are queued before the first call succeeds.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mta_emu.mta.policy import turn
from mta_emu.mta.policy.calling import Lane, Link
from mta_lab.rehearsal.links import Association, Side
from mta_lab.rehearsal.prediction import Attempt
from mta_lab.rehearsal.running import RunningConnector, RunningMta
from mta_lab.rehearsal.trail import LegDraft
from mta_lab.rehearsal.world import World

_LIMIT_REACHED = 57
_MICROSECONDS = 1_000_000


@dataclass
class State:
    """A topology at work at lab time `now`.

    `opening` are the calls that have begun. `events` are those that each MTA has logged, `attempts`
    the calls that have ended.
    """

    world: World
    now: datetime
    associations: list[Association] = field(default_factory=list)
    opening: list[tuple[RunningMta, RunningConnector, Lane]] = field(default_factory=list)
    events: dict[str, list[int]] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    mtas: dict[str, RunningMta] = field(default_factory=dict)  # those that have been needed
    _began: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.now

    def mta(self, name: str) -> RunningMta:
        """An MTA at work."""
        if name not in self.mtas:
            self.mtas[name] = RunningMta(name, self.world.mtas[name])
        return self.mtas[name]

    # Time: turns are counted in wall seconds, as in a running MTA; all else is lab time

    @property
    def wall(self) -> float:
        """Wall seconds since the beginning."""
        return (self.now - self._began).total_seconds() / self._scale

    def lab_time(self, wall: float) -> datetime:
        """The lab time of a moment in wall seconds; not before it."""
        return self._began + timedelta(microseconds=math.ceil(wall * self._scale * _MICROSECONDS))

    def wall_seconds(self, lab_seconds: float) -> float:
        """What lab seconds are on the wall's clock."""
        return lab_seconds / self._scale

    @property
    def _scale(self) -> float:
        return self.world.topology.time_scale

    # What is logged

    def log(self, mta: str, events: Iterable[int], draft: LegDraft | None = None) -> None:
        """Log those events that diagnostics logging shows; they are a leg's, too."""
        logged = self.world.logged(mta, events)
        if logged:
            self.events.setdefault(mta, []).extend(logged)
        if draft:
            draft.events.extend(logged)

    # Connectors

    def sides(self, connector: RunningConnector) -> Iterator[tuple[Association, Side]]:
        """The associations of a connector, each with the connector's own side."""
        for association in self.associations:
            for side in (association.caller, association.called):
                if side.connector is connector:
                    yield association, side

    def links(self, connector: RunningConnector) -> list[Link]:
        """The same, as the policy of calls looks at them."""
        return [association.link(side) for association, side in self.sides(connector)]

    def wake(self, mta: RunningMta, connector: RunningConnector) -> None:
        """Let a connector look at its queue: it begins calls, and warns."""
        calls = connector.caller.decide(connector.standing(self.links(connector)), self.now)
        for letter in connector.queue:
            if not letter.explained:
                answer = "calls" if calls.total else "does not call"
                letter.draft.step("schedule", answer, calls.reason)
                letter.explained = True
        for lane, count in calls.open.items():
            connector.opening[lane] += count
            self.opening.extend([(mta, connector, lane)] * count)
        if connector.limit.due(calls):
            self.log(mta.name, (_LIMIT_REACHED,))
        self.length_changed(mta, connector)

    def length_changed(self, mta: RunningMta, connector: RunningConnector) -> None:
        """Log the alarms that the length of a queue sets off."""
        self.log(mta.name, mta.alarms(connector))

    def lanes(self, association: Association, side: Side) -> tuple[Lane, ...]:
        """What mail a side sends over an association."""
        connector = side.connector
        standing = connector.standing(self.links(connector))
        return connector.caller.lanes(association.link(side), standing, self.now)

    def side(self, name: str, connector: str, attempt: Attempt, *, initiator: bool) -> Side:
        """The side that an MTA has of an association that has just been opened."""
        mta = self.mta(name)
        config = mta.connector(connector).config
        standing = turn.Standing.opened_at(
            self.wall,
            initiator=initiator,
            two_way=attempt.two_way,
            lifetime=self.wall_seconds(config.override.lifetime),
            idle_limit=self.wall_seconds(mta.config.server.transport_stack.idle_limit) or math.inf,
        )
        return Side(mta, mta.connector(connector), standing)

    @property
    def logged(self) -> dict[str, tuple[int, ...]]:
        """The events that each MTA has logged, in order."""
        return {name: tuple(events) for name, events in self.events.items()}
