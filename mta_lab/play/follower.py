"""What a host says, read from the file that is its standard output: records, or lines of text.

A host outlives the command that started it, and whoever comes later reads what it said from the
start.
"""

import asyncio
import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Generic, TypeVar

from asyncinotify import Inotify, Mask

from labkit.records import UnreadableRecordError

Said = TypeVar("Said")


class Follower(Generic[Said]):
    """Reads the lines that a host has written and goes on writing into a file.

    `read` makes of each line what `heard` gets, a record or a text. Needs the running event loop.
    """

    def __init__(
        self,
        file: Path,
        read: Callable[[bytes], Said],
        heard: Callable[[Said], None],
        offset: int = 0,
    ) -> None:
        """Read what is there from `offset` and listen for more.

        Raises OSError when there is no such file.
        """
        self.error: UnreadableRecordError | None = None  # of the first line that is no record
        self._read_line = read
        self.gone = asyncio.Event()  # the file was removed
        self.heard = heard
        self._partial = b""
        self._loop = asyncio.get_running_loop()
        with ExitStack() as opened:
            self._stream = opened.enter_context(file.open("rb"))
            self._stream.seek(offset)
            self._changes = opened.enter_context(Inotify())
            self._changes.add_watch(file, Mask.MODIFY | Mask.ATTRIB)
            self._opened = opened.pop_all()
        self._loop.add_reader(self._changes.fd, self._changed)
        self.read()

    def read(self) -> None:
        """Read what was written meanwhile."""
        *lines, self._partial = (self._partial + self._stream.read()).split(b"\n")
        for line in lines:
            try:
                said = self._read_line(line)
            except UnreadableRecordError as error:
                self.error = self.error or error
                continue
            self.heard(said)

    def close(self) -> None:
        """Listen no more."""
        self._loop.remove_reader(self._changes.fd)
        self._opened.close()

    def _changed(self) -> None:
        os.read(self._changes.fd, 1 << 16)  # what changed is known: there is one file
        self.read()
        if not os.fstat(self._stream.fileno()).st_nlink:
            self.gone.set()
