"""One commit for all that is to be kept at the same moment.

Theory of operation. What a commit costs does not depend on how much it keeps. So a work that writes
waits until the event loop has heard everybody who is ready now: `keep` and `soon` put it into the
group, and the group is done at the loop's next turn, in one transaction and in the order in which
its works came. Then each hears how it went:

    it is committed     `keep` returns what its work returned, `soon` calls `done`
    the work raises     it alone is undone; `keep` raises that
    the commit fails    all are undone; each `keep` raises why, and what came by `soon` is done when
                        the obstacle has passed (diskspace.py)

When the reason is another program's lock, `keep` waits for its release and tries once more.
So nobody hears of something that is not committed, and nothing is confirmed on the wire before.
A group that takes long is cut: what is left of it is the next group.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, NoReturn, TypeVar

from mta_emu.mta.store.database import Database, DatabaseLockedError, UnavailableError
from mta_emu.mta.store.diskspace import DiskSpace

ResultT = TypeVar("ResultT")
_LONGEST = 0.01  # seconds of works in one group, with the event loop waiting


class _Work(NamedTuple):
    """A work of a group, and who hears how it went."""

    do: Callable[[], Any]
    succeeded: Callable[[Any], None]
    failed: Callable[[Exception], None]


class GroupCommit:
    """Does works that write in groups, each in one transaction."""

    def __init__(self, database: Database, disk: DiskSpace) -> None:
        """Write into `database`; `disk` has what waits until that takes something again."""
        self._database = database
        self._disk = disk
        self._waiting: deque[_Work] = deque()

    @property
    def idle(self) -> bool:
        """Whether nothing waits for its commit."""
        return not self._waiting

    async def keep(self, work: Callable[[], ResultT]) -> ResultT:
        """Do a work in the next group; what it returned, once that is committed.

        It is done though the caller is cancelled meanwhile. While another program has locked the
        database it waits. Raises what the work raises, and UnavailableError.
        """
        try:
            return await self._kept(work)
        except DatabaseLockedError:
            await self._disk.released()
            return await self._kept(work)

    async def _kept(self, work: Callable[[], ResultT]) -> ResultT:
        """Do a work in the next group, once."""
        kept: asyncio.Future[ResultT] = asyncio.get_running_loop().create_future()

        def succeeded(result: ResultT) -> None:
            if not kept.done():
                kept.set_result(result)

        def failed(error: Exception) -> None:
            if not kept.done():
                kept.set_exception(error)

        self._add(_Work(work, succeeded, failed))
        return await kept

    def soon(self, work: Callable[[], object], done: Callable[[], None]) -> None:
        """Do a work in the next group, or when an obstacle has passed, and then call `done`.

        For what nobody waits for, as `DiskSpace.when_possible`.
        """

        def failed(error: Exception) -> None:
            if not isinstance(error, UnavailableError):
                raise error
            self._disk.when_possible(work, done)

        self._add(_Work(work, lambda _: done(), failed))

    def _add(self, work: _Work) -> None:
        self._waiting.append(work)
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        """Do a group; what is left of one that takes long has the loop's next turn."""
        self._do_some(time.perf_counter() + _LONGEST)
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._turn)

    def finish(self) -> None:
        """Do all that waits now, while everybody waits."""
        while self._waiting:
            self._do_some(float("inf"))

    def _do_some(self, until: float) -> None:
        """Do works in one transaction, at least one, and let everybody hear."""
        if not self._waiting:
            return
        do = self._do_alone if len(self._waiting) > 1 else _do
        taken: list[_Work] = []
        heard: list[Callable[[], None]] = []
        try:
            with self._database.transaction():
                while self._waiting:
                    taken.append(self._waiting.popleft())
                    heard.append(do(taken[-1]))
                    if time.perf_counter() > until:
                        break
        except Exception as error:
            if not taken:  # no transaction could begin
                taken = [self._waiting.popleft() for _ in range(len(self._waiting))]
            heard = [partial(work.failed, error) for work in taken]
        for each in heard:
            try:
                each()
            except Exception as error:
                asyncio.get_running_loop().call_soon(_raise, error)

    def _do_alone(self, work: _Work) -> Callable[[], None]:
        """Do a work of several; what to call when the transaction is committed.

        Raises what the database raises when it has undone all works of the transaction.
        """
        try:
            return partial(work.succeeded, self._database.alone(work.do))
        except Exception as error:
            if not self._database.in_transaction:
                raise
            return partial(work.failed, error)


def _do(work: _Work) -> Callable[[], None]:
    """Do a work that has the transaction for itself; what to call when it is committed."""
    return partial(work.succeeded, work.do())


def _raise(error: Exception) -> NoReturn:
    raise error
