"""Lines into files and pipes that may be full, slow or gone: they hold up and end nobody.

A line that was written in part is completed before the next one begins, so that whoever reads finds
only whole lines.
"""

import os
import threading
from collections import deque
from collections.abc import Callable

_MOST_WAITING = 10_000  # lines; what comes beyond them is not written


class Lines:
    """Writes lines to a file descriptor, at once."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._unfinished = b""

    def write(self, line: str) -> None:
        """Write a line. Raises OSError; what is left of a part that was written comes next."""
        octets = line.encode("utf-8", "backslashreplace") + b"\n"
        if self._unfinished:
            self._unfinished = self._write(self._unfinished)
        self._unfinished = self._write(octets)

    def _write(self, octets: bytes) -> bytes:
        """Write all of some octets, or nothing; what is left is kept, when it was only a part."""
        left = memoryview(octets)
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError:
            if len(left) < len(octets):
                self._unfinished = bytes(left)
            raise
        return b""


class BackgroundLines:
    """Writes lines on a thread of its own, because nobody knows how long a reader takes."""

    def __init__(
        self,
        descriptor: int,
        failed: Callable[[Exception], None] = lambda _: None,
        works: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Call `failed` when lines cannot be written, `works` when they can again.

        `works` gets the number of lines that were lost. Both are called on the thread.
        """
        self._lines = Lines(descriptor)
        self._failed = failed
        self._works = works
        self._waiting: deque[str] = deque()
        self._lost = 0
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="lines", daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        """Have a line written soon; it is lost when too many wait."""
        with self._changed:
            if len(self._waiting) < _MOST_WAITING:
                self._waiting.append(line)
                self._changed.notify()
            else:
                self._lost += 1

    def close(self, patience: float = 2.0) -> None:
        """Write what waits, for as long as `patience` in seconds, and no more."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(patience)

    def _run(self) -> None:
        well = True
        while True:
            with self._changed:
                while not self._waiting and not self._closing:
                    self._changed.wait()
                if not self._waiting:
                    return
                line = self._waiting.popleft()
            try:
                self._lines.write(line)
            except OSError as error:
                self._lost += 1
                if well:
                    self._failed(error)
                well = False
            else:
                if not well or self._lost:
                    lost, self._lost = self._lost, 0
                    self._works(lost)
                well = True
