"""Work that waits until the database takes something again: its disk is full, or it is locked."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from mta_emu.mta.store.database import (
    Database,
    DatabaseLockedError,
    DiskFullError,
    UnavailableError,
)

_PATIENCE = 30.0  # wall seconds that mail waits for another program to release the database


class DiskSpace:
    """Whether the database takes anything, and what is to be done as soon as it does."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[tuple[Callable[[], object], Callable[[], None]]] = deque()
        self._on_obstacle: Callable[[UnavailableError], None] = lambda _: None
        self._passed = asyncio.Event()
        database.on_obstacle = self._met

    def watch(
        self,
        on_obstacle: Callable[[UnavailableError], None],
        on_failure: Callable[[Exception], None],
    ) -> None:
        """Call `on_obstacle` whenever something cannot be kept, `on_failure` when the disk fails.

        After an obstacle call `recover` until it has passed. After a failure nothing may go on: the
        database is put right when it is opened again.
        """
        self._on_obstacle = on_obstacle
        self._database.on_failure = on_failure

    @property
    def full(self) -> bool:
        """Whether the disk is full, so that no mail is taken."""
        return isinstance(self._database.obstacle, DiskFullError)

    @property
    def locked(self) -> bool:
        """Whether another program has locked the database, so that no mail is taken."""
        return isinstance(self._database.obstacle, DatabaseLockedError)

    @property
    def available(self) -> bool:
        """Whether mail is taken."""
        return self._database.obstacle is None

    @property
    def obstacle(self) -> UnavailableError | None:
        """Why no mail is taken."""
        return self._database.obstacle

    def _met(self, obstacle: UnavailableError) -> None:
        self._passed.clear()
        self._on_obstacle(obstacle)

    async def ready(self) -> None:
        """Wait a while for another program to release the database, if one has locked it now."""
        self._database.look_for_lock()
        await self.released()

    async def released(self) -> None:
        """Wait a while for another program to release the database, if it is known to be locked."""
        if self.locked:
            with suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE):
                    await self._passed.wait()

    def when_possible(
        self, work: Callable[[], object], done: Callable[[], None] = lambda: None
    ) -> None:
        """Do `work` in a transaction, now or, when there is an obstacle, as soon as it has passed.

        For what nobody waits for, and what is put right at the next start when it does not come to
        it: a message that has been sent, a line of a log. Works are done in their order; `done` is
        called when this one is.
        """
        self._waiting.append((work, done))
        if self.available:
            self.catch_up()

    def catch_up(self) -> bool:
        """Try to do what waits; whether nothing is left of it."""
        while self._waiting:
            work, done = self._waiting[0]
            try:
                with self._database.transaction():
                    work()
            except UnavailableError:
                return False
            except Exception:
                self._waiting.popleft()  # it would never be done
                raise
            self._waiting.popleft()
            done()
        return True

    def recover(self) -> bool:
        """Whether an obstacle has passed, and what waited for it is done."""
        if self.catch_up() and self._database.is_available():
            self._passed.set()
            return True
        return False
