"""The records of a host, read from the file that is its standard output.

A host outlives the command that started it, and whoever comes later reads what it said from the
start.
"""

import asyncio
import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from asyncinotify import Inotify, Mask

from labkit.records import Record, RecordKinds, UnreadableRecordError


class Follower:
    """Reads the records that a host has written and goes on writing into a file.

    `heard` gets each record in its order. Needs the running event loop.
    """

    def __init__(
        self, file: Path, kinds: RecordKinds, heard: Callable[[Record], None], offset: int = 0
    ) -> None:
        """Read what is there from `offset` and listen for more.

        Raises OSError when there is no such file.
        """
        self.error: UnreadableRecordError | None = None  # of the first line that is no record
        self._kinds = kinds
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
                record = self._kinds.read(line)
            except UnreadableRecordError as error:
                self.error = self.error or error
                continue
            self.heard(record)

    def close(self) -> None:
        """Listen no more."""
        self._loop.remove_reader(self._changes.fd)
        self._opened.close()

    def _changed(self) -> None:
        os.read(self._changes.fd, 1 << 16)  # what changed is known: there is one file
        self.read()
        if not os.fstat(self._stream.fileno()).st_nlink:
            self.gone.set()
