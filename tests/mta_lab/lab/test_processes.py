"""The processes of a lab are found by what is in their environment, and ended."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from mta_lab.lab import processes
from mta_lab.lab.processes import end, environment, processes_of, running
from tests.patience import PATIENCE

_WAITS = "print('here', flush=True); input()"
_STAYS = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {_WAITS}"

Started = subprocess.Popen[str]


@pytest.fixture
def started() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def start(stack: ExitStack, lab: Path, host: str | None, program: str = _WAITS) -> Started:
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        env=environment(lab, host),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    stack.enter_context(process)
    stack.callback(process.kill)
    assert process.stdout
    assert process.stdout.readline() == "here\n"
    return process


def test_they_are_found_by_lab_and_host(started: ExitStack, tmp_path: Path) -> None:
    host, command = (start(started, tmp_path / "x", name) for name in ("EXTERNAL", None))
    other = start(started, tmp_path / "xx", "EXTERNAL")
    assert {*processes_of(tmp_path / "x")} == {host.pid, command.pid}
    assert [*processes_of(tmp_path / "x", "EXTERNAL")] == [host.pid]
    assert [*processes_of(tmp_path / "x", "EXTERN")] == []
    assert [*processes_of(tmp_path / "xx")] == [other.pid]
    assert os.getpid() not in {int(each.name) for each in running()}


def test_what_a_host_starts_is_not_the_host(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MTA_LAB_HOST", "EXTERNAL")
    assert "MTA_LAB_HOST" not in environment(tmp_path)
    assert environment(tmp_path, "INTERNAL")["MTA_LAB_HOST"] == "INTERNAL"
    assert environment(tmp_path)["PATH"].startswith(str(Path(sys.executable).parent))


def test_they_end_by_sigterm_or_when_they_do_not_by_sigkill(
    started: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_GRACE_SECONDS", 0.3)
    willing = start(started, tmp_path, "A")
    stubborn = start(started, tmp_path, "B", _STAYS)
    end([willing.pid, stubborn.pid])
    assert willing.wait(PATIENCE) == -signal.SIGTERM
    assert stubborn.wait(PATIENCE) == -signal.SIGKILL
    end([willing.pid])  # gone already
    assert [*processes_of(tmp_path)] == []
