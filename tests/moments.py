"""Something that happens at a chosen moment of what a block runs: before one of its lines or calls.

Python hears of a signal between two instructions; where it matters, a test is run with each moment.
"""

import os
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class Moments:
    """How many have passed, and whether it has happened."""

    passed = 0

    def __init__(self, chosen: int) -> None:
        self._chosen = chosen

    @property
    def happened(self) -> bool:
        """Whether the chosen one has passed."""
        return self.passed >= self._chosen


@contextmanager
def at_moment(
    chosen: int, happens: Callable[[], object], files: Collection[str]
) -> Iterator[Moments]:
    """Let something happen in the block, at the `chosen` moment (1 is the first) in these files."""
    moments, before, here = Moments(chosen), sys.gettrace(), os.getpid()

    def look(frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code.co_filename not in files or os.getpid() != here:  # but forked
            return None
        if event in {"call", "line"}:
            moments.passed += 1
            if moments.passed == chosen:
                happens()
        return look

    sys.settrace(look)
    try:
        yield moments
    finally:
        sys.settrace(before)
