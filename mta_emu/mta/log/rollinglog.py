"""A text log that is never too long: a file that has grown too long gets the next number."""

import logging
import os
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from labkit.text import visible

_OLD_FILES = 9


class RollingLog:
    """A text file that makes room for itself: NAME0.log is moved to NAME1.log when it is full."""

    def __init__(self, directory: Path, name: str, size: int) -> None:
        self._at_once = size // 8  # characters, so that a file is no longer than it may be
        self._handler = _Handler(
            directory / f"{name}0.log",
            maxBytes=size,
            backupCount=_OLD_FILES,
            encoding="utf-8",
            delay=True,
        )
        self._handler.namer = lambda path: str(directory / f"{name}{path.rpartition('.')[2]}.log")
        self._together: list[str] = []  # lines that are not written yet
        self._length = 0  # of them, in characters

    def write(self, *lines: str) -> None:
        """Write lines, with those that were added before."""
        self.add(*lines)
        self.write_out()

    def add(self, *lines: str) -> None:
        """Write lines soon, several at once: each time a file is asked for its length and flushed.

        What is too much to be written at once is written meanwhile.
        """
        shown = [visible(line) for line in lines]
        length = sum(map(len, shown))
        if length > self._at_once and len(shown) > 1:
            for line in lines:
                self.add(line)
            return
        if self._together and self._length + length > self._at_once:
            self.write_out()
        self._together += shown
        self._length += length

    def write_out(self) -> None:
        """Write what was added."""
        if self._together:
            text = "\n".join(self._together)
            self._together, self._length = [], 0
            self._handler.emit(logging.makeLogRecord({"msg": text}))

    def close(self) -> None:
        """Close the file."""
        self._handler.close()


class _Handler(RotatingFileHandler):
    """Raises what it meets, and makes files that only their owner reads."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802, ARG002
        """Raise it: whoever calls goes on without the line, and says so once."""
        raise  # noqa: PLE0704, it is called where an exception is handled

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return open(descriptor, "a", encoding="utf-8", errors="backslashreplace")
