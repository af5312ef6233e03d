"""A process of a lab: awaited, and ended in good order or by force."""

import asyncio
import signal
import subprocess
import sys

import pytest

from mta_lab.play import process as processes
from mta_lab.play.process import HostFailedError, Process
from tests.patience import PATIENCE

WAIT = "import signal; print(flush=True); signal.pause()"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WAIT}"


def begin(program: str) -> subprocess.Popen[bytes]:
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert child.stdout
    child.stdout.readline()  # it has come so far
    return child


async def test_its_end_is_told_before_it_is_awaited() -> None:
    told: list[bool] = []
    child = begin(WAIT)
    process = Process("A", child, lambda: told.append(process.ended.is_set()))
    child.send_signal(signal.SIGKILL)
    async with asyncio.timeout(PATIENCE):
        await process.ended.wait()
    assert (told, process.status) == ([False], -signal.SIGKILL)
    process.send_signal(signal.SIGTERM)  # to nobody


async def test_another_s_child_has_no_status() -> None:
    child = begin(WAIT)
    process = Process("A", child.pid, lambda: None)
    await process.stop()
    assert process.status is None
    child.wait()


async def test_one_that_does_not_end_is_killed_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(processes, "GRACE_SECONDS", 0.3)
    process = Process("A", begin(STUBBORN), lambda: None)
    with pytest.raises(HostFailedError, match=r"A: did not end within 0\.3 s of SIGTERM"):
        await process.stop()
    assert process.status == -signal.SIGKILL


def test_one_that_is_gone_cannot_be_watched() -> None:
    async def watch(number: int) -> None:
        Process("A", number, lambda: None)

    child = begin("print(flush=True)")
    child.wait()
    with pytest.raises(OSError, match="No such process"):
        asyncio.run(watch(child.pid))
