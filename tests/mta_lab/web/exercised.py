"""An exercise that `mta-lab exercise web` serves, for tests that do it in a browser."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.mta_lab.conftest import ROOT, elsewhere
from tests.mta_lab.exercises.solving import Given
from tests.patience import PATIENCE


def new(name: str, seed: str, directory: Path) -> Given:
    """An exercise, made in a process of its own: in this one a browser's event loop may run."""
    done = elsewhere("exercise", "new", name, "--seed", seed, "-o", directory)
    assert done.returncode == 0, done.stderr
    return Given(directory)


@contextmanager
def exercise_web(directory: Path, *options: str) -> Iterator[str]:
    """The address of its page, while the block runs."""
    command = [sys.executable, "-m", "mta_lab", "exercise", "web", str(directory), "--json"]
    process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert process.stdout
        yield json.loads(process.stdout.readline())["url"]
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)


def checked(given: Given) -> tuple[int, int]:
    """The points that `check` gives, and all that there are; it plays a repair on a loop."""
    said = json.loads(elsewhere("exercise", "check", given.directory, "--json").stdout)
    return said["points"], said["of"]
