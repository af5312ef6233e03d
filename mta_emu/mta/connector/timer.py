"""The one timer of a connector, on the lab clock, and the watchdog that sees that it is set."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from labkit.clock import LabClock
from mta_emu.mta.log.journal import Journal

WATCH_INTERVAL = 60.0  # wall seconds between two looks of the watchdog
_LATE = 5.0  # wall seconds that the loop may be late with a timer


class Timer:
    """Calls back at a moment of lab time; there is one such moment, or none."""

    def __init__(self, clock: LabClock, on_time: Callable[[], None]) -> None:
        self._clock = clock
        self._on_time = on_time
        self._handle: asyncio.TimerHandle | None = None

    def set(self, until: datetime | None) -> None:
        """Call back then, and at no other moment that was set before; None: not at all."""
        if self._handle:
            self._handle.cancel()
            self._handle = None
        if until:
            seconds = self._clock.wall_seconds((until - self._clock.now()).total_seconds())
            loop = asyncio.get_running_loop()
            self._handle = loop.call_later(max(0.0, seconds), self._fire)

    def _fire(self) -> None:
        self._handle = None
        self._on_time()

    @property
    def running(self) -> bool:
        """Whether it is going to call back."""
        late = asyncio.get_running_loop().time() - _LATE
        return self._handle is not None and self._handle.when() > late


class Watchdog:
    """Looks now and then whether a part of the MTA stands still that must not, and says so."""

    def __init__(
        self, part: str, journal: Journal, stuck: Callable[[], str], mend: Callable[[], None]
    ) -> None:
        """`stuck` says why the part stands still, or nothing; then `mend` lets it go on."""
        self._part = part
        self._journal = journal
        self._stuck = stuck
        self._mend = mend
        self._handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Look after every interval from now on."""
        self._handle = asyncio.get_running_loop().call_later(WATCH_INTERVAL, self.look)

    def look(self) -> None:
        """Look now."""
        self.start()
        if why := self._stuck():
            self._journal.failed(self._part, why)
            self._mend()
        else:
            self._journal.works(self._part)

    def stop(self) -> None:
        """Look no more."""
        if self._handle:
            self._handle.cancel()
