"""The retry timer of a connector: no call is made while it runs (Q157630).

When it begins because of an open that failed, what waits is sent another way where there is a
better one; when it ends, what was tried too often is given up before the connector calls again.
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.connector.shared import Shared


class Retry:
    """Says until when a connector does not call; its timer is the connector's one timer."""

    def __init__(self, config: ConnectorConfig, shared: Shared, ended: Callable[[], None]) -> None:
        """`ended` is called when the connector may call again."""
        self._config = config
        self._shared = shared
        self._ended = ended
        self._work: set[asyncio.Task[None]] = set()
        self.ending = False  # its time is over, and the queue is put in order
        self._stopped = False
        self.until: datetime | None = None

    @property
    def settled(self) -> bool:
        """Whether nothing is done with the queue just now."""
        return not self._work

    def begin(self, seconds: int) -> bool:
        """Let the timer run for some lab seconds; False when it runs already, or never again."""
        if self.until or self._stopped:
            return False
        self.until = self._shared.clock.now() + timedelta(seconds=seconds)
        return True

    def reroute(self) -> None:
        """Send what waits another way, where there is a better one now."""
        self._spawn(self._shared.rerouter.reroute(self._config.name))

    def check(self) -> None:
        """End the timer when its time is over."""
        if self.until and self.until <= self._shared.clock.now() and not self.ending:
            self.ending = True
            self._spawn(self._end())

    def skip(self) -> None:
        """Let the connector call at once."""
        self.until = None

    def stop(self) -> None:
        """Leave the queue alone from now on: the connector ends."""
        self._stopped = True
        for task in self._work:
            task.cancel()

    async def _end(self) -> None:
        most = self._config.override.max_open_retries
        try:
            await self._shared.rerouter.give_up(self._config.name, most)
        finally:
            self.ending, self.until = False, None
            self._ended()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)
