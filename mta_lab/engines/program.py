"""Asks another program about a file that somebody else wrote, and waits for it only so long."""

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from labkit.errors import ConfigurationError

#: Wall seconds. A file may include one that has no end, such as /dev/zero.
PATIENCE = 120.0

Answer = subprocess.CompletedProcess[str]


def answer(
    command: Sequence[str],
    file: str,
    directory: Path | None = None,
    patience: float = PATIENCE,
) -> Answer:
    """Run a command about `file` to its end, with nothing to read on standard input.

    It and all that it started are ended when `patience`, in wall seconds, is over, or when we are
    interrupted. Raises ConfigurationError: it did not end.
    """
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        cwd=directory,
        start_new_session=True,
    )
    try:
        said, wrong = process.communicate(timeout=patience)
    except subprocess.TimeoutExpired as error:
        raise ConfigurationError(
            f"{file}: {command[0]} did not come to an end of it in {patience:g} s; "
            "does it include a file that has no end?"
        ) from error
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    return subprocess.CompletedProcess(command, process.returncode, said, wrong)
