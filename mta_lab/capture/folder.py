"""A folder of captures: a file for each time that a topology's networks were captured."""

import os
from datetime import datetime
from glob import escape
from pathlib import Path

_WHEN = "%Y%m%dT%H%M%SZ"
_ANY = f"{'[0-9]' * 8}T{'[0-9]' * 6}Z"


def new_file(folder: Path, topology: str, now: datetime) -> Path:
    """What a capture that begins `now`, in UTC, is called."""
    return folder / f"{topology}-{now.strftime(_WHEN)}.pcapng"


def latest(folder: Path, topology: str) -> Path | None:
    """The capture of a topology that was begun last; None when there is none that may be read."""
    found = folder.glob(f"{escape(topology)}-{_ANY}.pcapng")
    return max((each for each in found if os.access(each, os.R_OK)), default=None)
