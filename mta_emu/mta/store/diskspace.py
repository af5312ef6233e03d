"""Work that waits until a disk that is full has space again."""

from collections import deque
from collections.abc import Callable

from mta_emu.mta.store.database import Database, DiskFullError


class DiskSpace:
    """Whether the disk takes anything, and what is to be done as soon as it does."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[tuple[Callable[[], None], Callable[[], None]]] = deque()

    def watch(self, on_full: Callable[[], None], on_failure: Callable[[Exception], None]) -> None:
        """Call `on_full` whenever something does not fit on the disk, `on_failure` when it fails.

        After a failure nothing may go on: the database is put right when it is opened again.
        """
        self._database.on_full = on_full
        self._database.on_failure = on_failure

    @property
    def full(self) -> bool:
        """Whether the disk is full, so that no mail is taken."""
        return self._database.full

    def when_possible(
        self, work: Callable[[], None], done: Callable[[], None] = lambda: None
    ) -> None:
        """Do `work` in a transaction, now or, when the disk is full, as soon as it has space.

        For what nobody waits for, and what is put right at the next start when it does not come to
        it: a message that has been sent, a line of a log. Works are done in their order; `done` is
        called when this one is.
        """
        self._waiting.append((work, done))
        self.catch_up()

    def catch_up(self) -> bool:
        """Try to do what waits; whether nothing is left of it."""
        while self._waiting:
            work, done = self._waiting[0]
            try:
                with self._database.transaction():
                    work()
            except DiskFullError:
                return False
            self._waiting.popleft()
            done()
        return True

    def recover(self) -> bool:
        """Whether a disk that was full has room again, and what waited for it is done."""
        return self.catch_up() and self._database.has_room()
