"""What stands above a program: it stays until all of it has ended, and leaves nothing."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from mta_lab.play import keeper
from tests.patience import PATIENCE

Begin = Callable[..., subprocess.Popen[str]]
#: Says its number, and does not end at SIGTERM.
STUBBORN = "import os, signal; signal.signal(15, signal.SIG_IGN); print(os.getpid(), flush=True); "
STUBBORN += "signal.pause()"


@pytest.fixture
def status(tmp_path: Path) -> Path:
    return tmp_path / "status.txt"


@pytest.fixture
def begin(status: Path) -> Iterator[Begin]:
    started: list[subprocess.Popen[str]] = []

    def start(*command: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, keeper.__file__, status, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env={**os.environ, "MTA_LAB_HOST": "A", "MTA_LAB_DIRECTORY": "/nowhere"},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with suppress(ProcessLookupError):
            process.terminate()
        process.wait(PATIENCE)


def runs(number: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(number, 0)
        return True
    return False


@pytest.mark.parametrize(
    ("command", "code"),
    [(["true"], 0), (["sh", "-c", "exit 3"], 3), (["sh", "-c", "kill -9 $$"], 128 + 9)],
)
def test_its_status_is_the_program_s(
    begin: Begin, status: Path, command: list[str], code: int
) -> None:
    status.write_text("left by an earlier one")
    assert begin(*command).wait(PATIENCE) == code
    assert status.read_text() == f"{code}\n"


def test_a_program_that_is_not_there_is_said(begin: Begin, status: Path) -> None:
    said, _ = begin("no-such-program").communicate(timeout=PATIENCE)
    assert said == "cannot start no-such-program: No such file or directory\n"
    assert status.read_text() == "127\n"


def test_only_the_keeper_bears_the_name_of_the_host(begin: Begin) -> None:
    said, _ = begin("sh", "-c", "echo ${MTA_LAB_HOST-none} $MTA_LAB_DIRECTORY").communicate()
    assert said == "none /nowhere\n"


def test_it_stays_while_a_child_of_the_program_runs_and_ends_it_at_sigterm(
    begin: Begin, status: Path
) -> None:
    process = begin("sh", "-c", "env -i sleep 1000 & echo $!")
    assert process.stdout
    number = int(process.stdout.readline())
    while not (status.exists() and status.read_text()):  # written when the program ends
        assert process.poll() is None
    assert runs(number)
    process.terminate()
    assert process.wait(PATIENCE) == 0
    assert not runs(number)


def test_what_left_the_group_and_ignores_sigterm_is_killed(begin: Begin) -> None:
    process = begin("setsid", "--fork", "env", "-i", sys.executable, "-c", STUBBORN)
    assert process.stdout
    number = int(process.stdout.readline())
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0
    assert time.monotonic() - begun >= 5  # it had its time
    assert not runs(number)
