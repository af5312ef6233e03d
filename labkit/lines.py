"""Lines into files and pipes that may be full, slow or gone: they hold up and end nobody.

A line that was written in part is completed before the next one begins, so that whoever reads finds
only whole lines.
"""

import os
import threading
from collections import deque
from collections.abc import Callable

_MOST_WAITING = 10_000  # lines; what comes beyond them is not written
_TOGETHER = 0.01  # seconds, in which lines gather


class Lines:
    """Writes lines to a file descriptor, at once."""

    def __init__(self, descriptor: int) -> None:
        self.kept = False  # of the lines that could not be written, what is left comes next
        self._descriptor = descriptor
        self._unfinished = b""

    def write(self, *lines: str) -> None:
        """Write lines, or raise OSError: then none was written, or what is left is `kept`."""
        octets = b"".join(line.encode("utf-8", "backslashreplace") + b"\n" for line in lines)
        self.kept = False
        if self._unfinished:
            self._unfinished = self._write(self._unfinished)
        try:
            self._unfinished = self._write(octets)
        except OSError:
            self.kept = bool(self._unfinished)
            raise

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
    """Writes lines on a thread of its own, because nobody knows how long a reader takes.

    A line is written at once, and what comes right after it together: to wake the thread for each
    one would cost more than what the lines are about.
    """

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
        self._closing = threading.Event()
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="lines", daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        """Have a line written soon; it is lost when too many wait."""
        with self._changed:
            if len(self._waiting) == _MOST_WAITING:
                self._lost += 1
                return
            self._waiting.append(line)
            if len(self._waiting) == 1:  # else the thread has not taken those before it yet
                self._changed.notify()

    def close(self, patience: float = 2.0) -> None:
        """Write what waits, for as long as `patience` in seconds, and no more."""
        with self._changed:
            self._closing.set()
            self._changed.notify()
        self._thread.join(patience)

    def _run(self) -> None:
        well = True
        while True:
            with self._changed:
                while not self._waiting and not self._closing.is_set():
                    self._changed.wait()
                if not self._waiting:
                    return
                lines = tuple(self._waiting)
                self._waiting.clear()
            try:
                self._lines.write(*lines)
            except OSError as error:
                self._lost += 0 if self._lines.kept else len(lines)
                if well:
                    self._failed(error)
                well = False
            else:
                if not well or self._lost:
                    lost, self._lost = self._lost, 0
                    self._works(lost)
                well = True
            self._closing.wait(_TOGETHER)
