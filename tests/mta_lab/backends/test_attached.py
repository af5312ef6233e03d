"""attached.py is a container: its output, its status, and the signals that it gets."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mta_lab.backends import attached
from tests.patience import PATIENCE

#: Stands for docker: `start` says that it runs and waits for a line in a pipe, which is its status;
#: `kill` writes the line.
_DOCKER = """\
#!/bin/sh
case $1 in
start) echo "running $3"; read status < pipe; exit "$status" ;;
kill) echo "$3 $4" >> killed; echo 7 > pipe ;;
esac
"""


@pytest.fixture
def docker(tmp_path: Path) -> Path:
    (tmp_path / "docker").write_text(_DOCKER)
    (tmp_path / "docker").chmod(0o755)
    os.mkfifo(tmp_path / "pipe")
    return tmp_path


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_go_through_and_the_status_comes_back(docker: Path, number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, attached.__file__, "mta-lab-x-EXTERNAL"],
        cwd=docker,
        env=os.environ | {"PATH": f"{docker}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "running mta-lab-x-EXTERNAL\n"
        process.send_signal(number)
        assert process.wait(PATIENCE) == 7
    assert (docker / "killed").read_text() == f"{number.name} mta-lab-x-EXTERNAL\n"
