"""Events that repeat in a flood: ten stand in the log, the rest are counted, as syslog does.

So nobody who makes one event by the thousand pushes the others out. Pure.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

_SINGLE = 10  # that stand for themselves
_WINDOW = timedelta(seconds=60)  # of lab time without one, after which it is no repeat

#: What repeats: an event about a connector.
Key = tuple[int, str]


@dataclass
class _Series:
    """Events of one key with less than the window between each and the next."""

    last: datetime
    count: int = 0


class Repeats:
    """Counts the events of an MTA."""

    def __init__(self) -> None:
        self._series: dict[Key, _Series] = {}

    def number(self, key: Key, now: datetime) -> int:
        """Which repeat an event is that comes now; 0: it stands for itself."""
        series = self._series.get(key)
        if series is None or now - series.last > _WINDOW:
            series = self._series[key] = _Series(now)
        series.last = now
        series.count += 1
        return max(series.count - _SINGLE, 0)


def is_published(repeat: int) -> bool:
    """Whether a repeat is published: at first each, then ever fewer (1, 2, 4, 8, ...)."""
    return repeat & (repeat - 1) == 0
