"""Queue alarms: a queue that is backlogged, and one whose backlog has subsided (Q163085)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Alarm(Enum):
    """What a change of a queue's length sets off."""

    BACKLOGGED = "backlogged"
    SUBSIDED = "subsided"


#: The events of the alarms of a connector's queue, and of the work queue.
OUTBOUND_EVENTS: Mapping[Alarm, int] = {Alarm.BACKLOGGED: 659, Alarm.SUBSIDED: 660}
WORK_EVENTS: Mapping[Alarm, int] = {Alarm.BACKLOGGED: 666, Alarm.SUBSIDED: 667}


@dataclass
class QueueAlarm:
    """Watches the length of one queue: `on` messages are a backlog, `off` are none any more.

    Without an `off`, or with one above `on`, half of `on` stands for it; without an `on` there is
    no alarm.
    """

    on: int | None
    off: int | None = None
    _backlogged: bool = field(default=False, init=False)

    @property
    def effective_off(self) -> int | None:
        """At how many messages the backlog has subsided."""
        if self.on is None:
            return None
        return self.off if self.off is not None and self.off <= self.on else self.on // 2

    def watch(self, length: int) -> Alarm | None:
        """Take note of the queue's length; the alarm that it sets off, if any."""
        on, off = self.on, self.effective_off
        if on is None or off is None:
            return None
        if not self._backlogged and length >= on:
            self._backlogged = True
            return Alarm.BACKLOGGED
        if self._backlogged and length <= off:
            self._backlogged = False
            return Alarm.SUBSIDED
        return None
