"""Which frames a display filter selects: tshark says."""

import re
import shutil
import subprocess
from pathlib import Path

from labkit.config import ConfigurationError

_PATIENCE = 60.0  # seconds; captures of exercises are small
_BY_NUMBER = re.compile(r"\bframe\b", re.IGNORECASE)


class NotAFilter(Exception):  # noqa: N818 - what it is, not that it is an error
    """tshark cannot use a display filter, or it says nothing about packets; the text is why."""


def selected(capture: Path, display_filter: str) -> tuple[int, ...]:
    """The numbers of the frames of a capture that a display filter selects.

    Raises NotAFilter when it is none, or when it names frames by their numbers or times, and
    ConfigurationError when there is no tshark.
    """
    if "\0" in display_filter:
        raise NotAFilter("a filter has no NUL")
    if _BY_NUMBER.search(display_filter):
        raise NotAFilter("a filter must say what the packets have in common, not which frames")
    tshark = shutil.which("tshark")
    if tshark is None:
        raise ConfigurationError("display filters need tshark (Debian package tshark)")
    fields = ("-T", "fields", "-e", "frame.number")
    try:
        done = subprocess.run(
            (tshark, "-n", "-r", capture, "-Y", display_filter, *fields),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
        )
    except subprocess.TimeoutExpired as error:
        raise NotAFilter(f"tshark is not done with it after {_PATIENCE:g} seconds") from error
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if not line.startswith("Running as")]
        raise NotAFilter(" ".join(said) or "tshark cannot use it")
    return tuple(map(int, done.stdout.split()))
