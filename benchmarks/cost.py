"""What a run of mail costs: messages per second, and processor time per message at each process."""

import os
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_TICK = os.sysconf("SC_CLK_TCK")
_USER_TIME = 11  # of the fields behind the name in /proc/PID/stat; the system's is the next one


def processor_seconds(process: int) -> float:
    """The processor time that a process, and no child of it, has taken, in seconds."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[_USER_TIME : _USER_TIME + 2])) / _TICK


@dataclass(frozen=True)
class Cost:
    """What one run cost: messages per second, and milliseconds of processor time per message."""

    rate: float
    processor: tuple[float, ...] = ()  # at each process that is counted

    @classmethod
    def middle(cls, runs: list["Cost"]) -> "Cost":
        """The medians of several runs."""
        columns = zip(*(each.processor for each in runs), strict=True)
        return cls(median(each.rate for each in runs), tuple(map(median, columns)))
