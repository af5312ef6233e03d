"""Full collections are made when they hold nobody, and cycles are always collected."""

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from labkit import garbage
from labkit.garbage import collected_in_time
from labkit.loop import run
from tests.patience import PATIENCE

SOON = 0.001


class Cycle:
    """Refers to itself."""

    def __init__(self) -> None:
        self.itself = self


def old_garbage() -> weakref.ref[Cycle]:
    """A cycle that nobody has, and that only a full collection finds."""
    cycle = Cycle()
    found = weakref.ref(cycle)
    gc.collect(1)  # now it is among what is old
    del cycle
    gc.collect(1)
    assert found() is not None
    return found


def make_due() -> None:
    for _ in range(garbage._DUE):
        gc.collect(1)


async def gone(found: weakref.ref[Cycle]) -> None:
    async with asyncio.timeout(PATIENCE):
        while found() is not None:  # noqa: ASYNC110, no collection says that it is over
            await asyncio.sleep(SOON)


@pytest.fixture
def full() -> Iterator[list[int]]:
    """How many full collections there were, as one number after the other."""
    made: list[int] = []

    def count(phase: str, info: dict[str, int]) -> None:
        if phase == "stop" and info["generation"] == 2:
            made.append(len(made) + 1)

    gc.collect()
    gc.callbacks.append(count)
    yield made
    gc.callbacks.remove(count)


async def test_old_cycles_are_collected() -> None:
    with collected_in_time(SOON):
        found = old_garbage()
        make_due()
        await gone(found)


async def test_also_when_much_stays_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "_LITTLE", 0)
    monkeypatch.setattr(garbage, "_LATEST", 2)
    with collected_in_time(SOON):
        keep = [bytearray(1000) for _ in range(10)]
        found = old_garbage()
        make_due()
        await gone(found)
        assert keep


async def test_none_is_made_while_much_is_in_memory(
    monkeypatch: pytest.MonkeyPatch, full: list[int]
) -> None:
    monkeypatch.setattr(garbage, "_LITTLE", 1000)
    with collected_in_time(SOON):
        keep = [[each] for each in range(100_000)]  # by count, some would have been made here
        make_due()
        await asyncio.sleep(20 * SOON)
        assert not full
        keep.clear()
        async with asyncio.timeout(PATIENCE):
            while not full:  # noqa: ASYNC110, no collection says that it is over
                await asyncio.sleep(SOON)


async def test_none_is_made_that_is_not_due(full: list[int]) -> None:
    with collected_in_time(SOON):
        await asyncio.sleep(20 * SOON)
        assert not full


def test_the_thresholds_are_put_back() -> None:
    before = gc.get_threshold()

    async def main() -> tuple[int, int, int]:
        return gc.get_threshold()

    assert run(main())[:2] == before[:2]
    assert run(main())[2] > 1_000_000
    assert gc.get_threshold() == before
