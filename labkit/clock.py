"""The lab clock: lab time that starts with the wall's and may run faster.

Every timer of the MTA and every log line uses it, so that a day of retries plays in seconds.
"""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Annotated

from pydantic import AwareDatetime, Field

from labkit.config import Section

#: Lab seconds per wall second at most: a day in 86 ms.
FASTEST = 1_000_000.0
TimeScale = Annotated[float, Field(gt=0, le=FASTEST)]
#: A moment in lab time that X.400 can write: UTCTime has two digits of the year, 1950 to 2049.
LabTime = Annotated[
    AwareDatetime, Field(ge=datetime(1950, 1, 1, tzinfo=UTC), lt=datetime(2050, 1, 1, tzinfo=UTC))
]


@dataclass(frozen=True)
class LabClock:
    """Lab time: `start` at wall time `origin`, then `scale` lab seconds per wall second.

    Without a `start`, lab time begins as the wall's. Processes given the same three agree on the
    time.
    """

    scale: float = 1.0
    origin: datetime = field(default_factory=lambda: datetime.now(UTC))
    start: datetime | None = None

    def __post_init__(self) -> None:
        """Check that time goes forward."""
        if self.scale <= 0:
            raise ValueError(f"time scale {self.scale}: must be greater than 0")

    def now(self) -> datetime:
        """The lab time, in UTC."""
        elapsed = time.time() - self._began
        return (self.start or self.origin) + timedelta(seconds=elapsed * self.scale)

    @cached_property
    def _began(self) -> float:
        """The origin in seconds, as the wall's clock counts them."""
        return self.origin.timestamp()

    def on_wall(self, lab_time: datetime) -> datetime:
        """The wall's time at a lab time."""
        return self.origin + (lab_time - (self.start or self.origin)) / self.scale

    def wall_seconds(self, lab_seconds: float) -> float:
        """How long `lab_seconds` last on the wall."""
        return lab_seconds / self.scale

    async def sleep(self, lab_seconds: float) -> None:
        """Wait for `lab_seconds` of lab time."""
        await asyncio.sleep(self.wall_seconds(lab_seconds))


class Clock(Section):
    """The lab clock in a configuration file."""

    scale: TimeScale = 1.0
    """Lab seconds per wall second."""
    origin: LabTime = Field(default_factory=lambda: datetime.now(UTC))
    """The wall's time when the lab clock began; the time of the start when it is not given."""
    start: LabTime | None = None
    """The lab time that it began with; the wall's when it is not given."""

    def lab_clock(self) -> LabClock:
        """The clock so described."""
        return LabClock(self.scale, self.origin, self.start)
