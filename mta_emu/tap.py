"""What the MTA's sockets sent and received, passed to listeners, or written to a file."""

import base64
import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from labkit.lines import Lines


class Tap(Protocol):
    """Gets everything that happens on a socket."""

    def record(self, local: str, remote: str, what: str, octets: bytes = b"") -> None:
        """Take one thing.

        `local` and `remote` are "address:port"; `what` is "open" or "accept" (the connection is
        made), "sent" or "received" (`octets`), "given up" (why this side ends it because of what
        came: `octets` are text in UTF-8), "eof" or "reset" (from the peer), "close".
        """


#: A block in which a part may fail that others do not depend on.
Guard = Callable[[str], AbstractContextManager[None]]


class Taps:
    """Several taps as one; what one of them raises goes no further."""

    def __init__(self, guarded: Guard, taps: Mapping[str, Tap]) -> None:
        """Have `taps` by what each is called when it fails."""
        self._guarded = guarded
        self._taps = taps

    def record(self, local: str, remote: str, what: str, octets: bytes = b"") -> None:
        """Pass it to every tap."""
        for part, tap in self._taps.items():
            with self._guarded(part):
                tap.record(local, remote, what, octets)


class TapFile:
    """Writes one JSON object per line, for captures without CAP_NET_RAW.

    Times are the wall's (seconds since the epoch), because they become a capture's timestamps.
    """

    def __init__(self, path: Path) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._descriptor = os.open(path, flags, 0o600)
        self._lines = Lines(self._descriptor)

    def record(self, local: str, remote: str, what: str, octets: bytes = b"") -> None:
        """Write one line; see Tap."""
        line = {"time": time.time(), "local": local, "remote": remote, "what": what}
        if octets:
            line["data"] = base64.b64encode(octets).decode("ascii")
        self._lines.write(json.dumps(line))

    def close(self) -> None:
        """Write no more."""
        os.close(self._descriptor)
