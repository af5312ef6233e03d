"""An MTA in a rehearsal: its connectors with their queues, what it has logged and delivered.

Nothing is decided here: policy/calling.py says when a connector calls, policy/alarms.py when a
queue is backlogged, the distributor what becomes of what comes.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from labkit.reason import Reason
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.policy.alarms import OUTBOUND_EVENTS, WORK_EVENTS, QueueAlarm
from mta_emu.mta.policy.calling import Caller, Lane, LimitWarning, Link, Standing
from mta_emu.mta.policy.reports import ThisMta
from mta_emu.mta.store.postponed import Deferred
from mta_emu.mta.store.queuegroups import QueueGroup
from mta_emu.mta.store.queues import QueueEntry
from mta_lab.rehearsal.dispatching import Kept
from mta_lab.rehearsal.trail import LegDraft, Trail
from mta_lab.topology.disposition import Disposition

_ORDER = tuple(priority for lane in Lane for priority in lane.value)


@dataclass(eq=False)
class Letter:
    """A copy of a message, probe or report in a connector's queue."""

    entry: QueueEntry
    came_by: str  # the connector that it came in by; empty: it was submitted here
    routing_facts: str
    expires: datetime | None
    trail: Trail
    draft: LegDraft
    tries: Counter[str] = field(default_factory=Counter)  # opens that failed, by connector
    reroutes: int = 0
    failures: int = 0  # of transfers
    in_hand: bool = False
    rests_until: datetime | None = None  # after a transfer that failed
    last: bool = False  # behind all others
    explained: bool = False  # why its connector calls or does not

    @property
    def lane(self) -> Lane:
        """The lane that it waits in."""
        return Lane.of(self.entry.priority)

    def group(self, connector: str) -> QueueGroup:
        """What decides about its route."""
        return QueueGroup(
            0, connector, self.came_by, dict(self.tries), self.reroutes, self.routing_facts
        )


@dataclass(frozen=True)
class Postponed:
    """A message that waits in its first MTA for its deferred delivery time."""

    deferred: Deferred
    trail: Trail
    draft: LegDraft


@dataclass(eq=False)
class RunningConnector:
    """A connector: its queue, its retry timer, and what it has warned of."""

    config: ConnectorConfig
    caller: Caller
    alarm: QueueAlarm
    queue: list[Letter] = field(default_factory=list)
    opening: Counter[Lane] = field(default_factory=Counter)
    retry: datetime | None = None
    limit: LimitWarning = field(default_factory=LimitWarning)
    closing: bool = False

    def waiting(self, lanes: Sequence[Lane]) -> list[Letter]:
        """What nobody has in hand of some lanes, the first to leave first."""
        found = [each for each in self.queue if not each.in_hand and each.lane in lanes]
        return sorted(found, key=lambda each: (each.last, _ORDER.index(each.entry.priority)))

    def standing(self, links: Sequence[Link]) -> Standing:
        """How it stands, with these associations."""
        return Standing(
            Counter(each.lane for each in self.queue),
            Counter(each.lane for each in self.queue if not each.in_hand),
            self.opening,
            links,
            self.retry,
            closing=self.closing,
        )


@dataclass(eq=False)
class RunningMta:
    """An MTA with those of its connectors that have been needed, and what it has done."""

    name: str
    config: MtaConfig
    connectors: dict[str, RunningConnector] = field(default_factory=dict)
    contents: Kept = field(default_factory=Kept)
    seen: dict[str, set[str]] = field(default_factory=dict)  # recipients, by MTS identifier
    deferred: list[Postponed] = field(default_factory=list)
    reports: int = 0  # that it has made
    _alarm: QueueAlarm = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Begin with what lies in the queues; what only a running MTA knows is forgotten."""
        registry = self.config.server.registry
        self._alarm = QueueAlarm(registry.work_queue_alarm_on, registry.work_queue_alarm_off)
        for connector in [*self.connectors.values()]:
            self.begin(connector.config)

    def connector(self, name: str) -> RunningConnector:
        """A connector at work."""
        if name not in self.connectors:
            self.begin(next(each for each in self.config.connectors if each.name == name))
        return self.connectors[name]

    def begin(self, config: ConnectorConfig) -> RunningConnector:
        """Let a connector begin to work, on the queue of the one before it."""
        registry = self.config.server.registry
        before = self.connectors.get(config.name)
        self.connectors[config.name] = begun = RunningConnector(
            config,
            Caller(config, urgent_when_closed=registry.urgent_mail_when_closed),
            QueueAlarm(registry.outbound_queue_alarm_on, registry.outbound_queue_alarm_off),
            before.queue if before else [],
        )
        return begun

    def postpone(self, deferred: Deferred, trail: Trail) -> None:
        """Keep a message as it came until its time."""
        draft = trail.begin(self.name)
        text = f"its deferred delivery time is {deferred.until:%Y-%m-%d %H:%M:%S} UTC"
        draft.step("may it go on", "later", Reason("deferred delivery", text))
        draft.ended, draft.next_move = Disposition.WAITING, deferred.until
        self.deferred.append(Postponed(deferred, trail, draft))

    @cached_property
    def this_mta(self) -> ThisMta:
        """The MTA as traces name it."""
        server = self.config.server
        return ThisMta(server.global_domain.for_trace(), server.mta_name)

    def alarms(self, connector: RunningConnector) -> Iterator[int]:
        """The events of the alarms that the length of a connector's queue sets off now."""
        if alarm := connector.alarm.watch(len(connector.queue)):
            yield OUTBOUND_EVENTS[alarm]
        if alarm := self._alarm.watch(sum(len(each.queue) for each in self.connectors.values())):
            yield WORK_EVENTS[alarm]

    @property
    def retrying(self) -> frozenset[str]:
        """The connectors whose retry timer runs."""
        return frozenset(name for name, each in self.connectors.items() if each.retry)
