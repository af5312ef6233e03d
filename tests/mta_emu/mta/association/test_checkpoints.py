"""Checkpoints are confirmed once they are on the disk, and no more often than the disk writes."""

import asyncio

import pytest

from mta_emu.mta.association.checkpoints import Checkpoints
from tests.patience import PATIENCE


class Disk:
    """Writes when it is let, and notes what was confirmed."""

    def __init__(self) -> None:
        self.writing = asyncio.Semaphore(0)
        self.may_write = asyncio.Semaphore(0)
        self.confirmed: list[int] = []
        self.checkpoints = Checkpoints(self._secure, self._confirm)

    async def _secure(self) -> None:
        self.writing.release()
        await self.may_write.acquire()

    async def _confirm(self, serial: int) -> None:
        self.confirmed.append(serial)

    async def work(self) -> None:
        task = self.checkpoints._task
        assert task
        async with asyncio.timeout(PATIENCE):
            await task


async def test_nothing_is_confirmed_before_it_is_written() -> None:
    disk = Disk()
    disk.checkpoints.reached(1)
    await disk.writing.acquire()
    assert disk.confirmed == []
    disk.may_write.release()
    await disk.work()
    assert disk.confirmed == [1]


async def test_those_that_come_while_the_disk_writes_are_confirmed_as_one() -> None:
    disk = Disk()
    disk.checkpoints.reached(1)
    await disk.writing.acquire()
    for serial in (2, 3, 4):
        disk.checkpoints.reached(serial)
    for _ in range(2):
        disk.may_write.release()
    await disk.work()
    assert disk.confirmed == [1, 4]
    disk.checkpoints.reached(5)  # and it begins again
    disk.may_write.release()
    await disk.work()
    assert disk.confirmed == [1, 4, 5]


async def test_after_the_end_none_is_confirmed() -> None:
    disk = Disk()
    disk.checkpoints.reached(1)
    await disk.writing.acquire()
    task = disk.checkpoints._task
    assert task
    disk.checkpoints.stop()
    disk.may_write.release()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert disk.confirmed == []
    disk.checkpoints.stop()


async def test_a_confirmation_may_end_it() -> None:
    """Confirming can show that the association is over: the task is not cancelled by itself."""

    async def secure() -> None:
        pass

    async def confirm(_: int) -> None:
        checkpoints.stop()

    checkpoints = Checkpoints(secure, confirm)
    checkpoints.reached(1)
    task = checkpoints._task
    assert task
    await task
