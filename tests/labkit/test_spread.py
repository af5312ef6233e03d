"""The same results, in the same order, wherever the work is done."""

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import LocalCluster

from labkit.config import ConfigurationError
from labkit.spread import apart, spread
from tests.dask import dask
from tests.patience import PATIENCE

__all__ = ["dask"]  # a fixture

ROOT = Path(__file__).parents[2]
WHO = ["__import__('os').getpid()"] * 16  # evaluated where the work is done


@pytest.fixture(params=["here", "two processes", "cluster"])
def where(request: pytest.FixtureRequest) -> tuple[int, str]:
    """The jobs and the scheduler's address."""
    if request.param == "cluster":
        return 1, request.getfixturevalue("dask")
    return (2 if request.param == "two processes" else 1), ""


def test_the_results_come_in_the_order_of_the_items(where: tuple[int, str]) -> None:
    assert [*spread(abs, range(-50, 0), *where)] == [*range(50, 0, -1)]


def test_there_may_be_nothing_to_do(where: tuple[int, str]) -> None:
    assert [*spread(abs, [], *where)] == []


def test_what_the_function_raises_is_raised_here(where: tuple[int, str]) -> None:
    results = spread(int, ["1", "not a number", "3"], *where)
    assert next(results) == 1
    with pytest.raises(ValueError, match="not a number"):
        next(results)


def test_what_is_not_asked_for_is_given_up(where: tuple[int, str]) -> None:
    results = spread(abs, range(-500, 0), *where)
    assert next(results) == 500
    results.close()  # returns, and the fixture's cluster is as good as before
    assert [*spread(abs, [-1], *where)] == [1]


def test_the_work_is_done_elsewhere_when_that_is_asked_for(where: tuple[int, str]) -> None:
    workers = {*spread(eval, WHO, *where)}
    assert (workers == {os.getpid()}) is (where == (1, ""))


def meet(directory: Path) -> int:
    """Leave a mark, and wait for that of another process."""
    (directory / str(os.getpid())).touch()
    while len(found := [*directory.iterdir()]) < 2:
        time.sleep(0.01)
    return len(found)


@pytest.mark.parametrize("where", ["two processes", "cluster"], indirect=True)
def test_two_share_the_work(where: tuple[int, str], tmp_path: Path) -> None:
    assert [*spread(meet, [tmp_path] * 2, *where)] == [2, 2]


@pytest.mark.parametrize("address", ["127.0.0.1", "foo://127.0.0.1:1", "x y:1", "tcp://:1"])
def test_what_is_no_address_is_said(address: str) -> None:
    with pytest.raises(ConfigurationError, match=r"write tcp://HOST:PORT"):
        next(spread(abs, [1], dask=address))


def test_a_cluster_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labkit.spread._CONNECT", 0.5)
    with pytest.raises(ConfigurationError, match=r"no Dask scheduler at tcp://127\.0\.0\.1:9"):
        next(spread(abs, [1], dask="tcp://127.0.0.1:9"))


@pytest.fixture
def idle() -> Iterator[str]:
    """A scheduler without workers."""
    with LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=":0") as cluster:
        yield cluster.scheduler_address


def test_the_first_worker_of_a_cluster_is_waited_for(
    idle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cluster that was just started has none yet."""
    monkeypatch.setattr("labkit.spread._CONNECT", PATIENCE)
    command = [sys.executable, "-m", "distributed.cli.dask_worker", idle, "--no-nanny"]
    with subprocess.Popen([*command, "--nthreads", "1", "--no-dashboard"]) as worker:
        try:
            assert [*spread(abs, [-1], dask=idle)] == [1]
        finally:
            worker.terminate()


def test_a_cluster_without_workers_is_said(idle: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labkit.spread._CONNECT", 0.5)
    with pytest.raises(ConfigurationError, match="has no workers"):
        next(spread(abs, [1], dask=idle))


def wait_for_ever(directory: Path) -> None:
    """Leave a mark that has our number, and wait."""
    (directory / str(os.getpid())).touch()
    signal.pause()


def started(directory: Path, count: int) -> list[int]:
    """The processes that have left their marks, once they are so many."""
    deadline = time.monotonic() + 120
    while len(found := [*directory.iterdir()]) < count and time.monotonic() < deadline:
        time.sleep(0.01)
    return [int(each.name) for each in found]


def have_ended(processes: list[int]) -> bool:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if not any(Path(f"/proc/{number}/cmdline").exists() for number in processes):
            return True
        time.sleep(0.01)
    return False


def fail_when_two_wait(directory: Path) -> None:
    if directory.name == "marks":
        wait_for_ever(directory)
    assert len(started(directory / "marks", 1)) == 1
    raise ValueError("the others need not go on")


def test_processes_at_work_end_when_one_fails(tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    results = spread(fail_when_two_wait, [tmp_path, marks], 2)
    with pytest.raises(ValueError, match="need not go on"):
        next(results)
    assert have_ended(started(marks, 1))


PARENT = """
import sys
from pathlib import Path
from labkit.spread import apart, spread
from tests.labkit.test_spread import wait_for_ever
[*spread(wait_for_ever, [Path(sys.argv[1])] * 2, 2)]
"""


def test_processes_end_when_the_one_that_waits_for_them_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, tmp_path], cwd=ROOT)
    processes = started(tmp_path, 2)
    assert len(processes) == 2
    parent.kill()
    parent.wait()
    assert have_ended(processes)


async def test_a_work_apart_lets_the_loop_go_on() -> None:
    """It is done in another process, and raises here what it raises there."""
    beside = asyncio.create_task(asyncio.sleep(0, "beside"))
    assert await apart(eval, WHO[0]) != os.getpid()
    assert beside.done()
    with pytest.raises(ValueError, match="not a number"):
        await apart(int, "not a number")


def left_behind(directory: Path) -> None:
    """Say that one has begun, and, when one is interrupted, that one has cleaned up."""
    try:
        (directory / "begun").touch()
        time.sleep(PATIENCE)
    finally:
        (directory / "cleaned up").touch()


async def test_a_work_apart_that_nobody_waits_for_is_interrupted(tmp_path: Path) -> None:
    others = {*multiprocessing.active_children()}
    working = asyncio.create_task(apart(left_behind, tmp_path))
    async with asyncio.timeout(PATIENCE):
        while not (tmp_path / "begun").exists():  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(0.01)
    players = {*multiprocessing.active_children()} - others
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    for each in players:
        each.join(PATIENCE)
    assert (tmp_path / "cleaned up").exists()
