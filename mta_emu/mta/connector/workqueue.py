"""The work queue: what no connector has transferred yet, and its alarms (666 and 667, Q163085)."""

from collections.abc import Callable

from mta_emu.mta.policy.alarms import WORK_EVENTS, QueueAlarm


class WorkQueue:
    """Keeps the sum of all queues, and watches it."""

    def __init__(self, alarm: QueueAlarm, log: Callable[..., None]) -> None:
        """`log` takes an event's number and values."""
        self._alarm = alarm
        self._log = log
        self._queued: dict[str, int] = {}
        self.total = 0

    def changed(self, connector: str, queued: int) -> None:
        """Take note of how many messages a connector has queued now."""
        self.total += queued - self._queued.get(connector, 0)
        self._queued[connector] = queued
        if alarm := self._alarm.watch(self.total):
            self._log(WORK_EVENTS[alarm], count=self.total)

    def gone(self, connector: str) -> None:
        """Take note that a connector is no longer there."""
        self.total -= self._queued.pop(connector, 0)
