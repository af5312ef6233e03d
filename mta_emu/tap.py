"""What the MTA's sockets sent and received, told to whoever listens, or written to a file."""

import base64
import json
import time
from pathlib import Path
from typing import Protocol


class Tap(Protocol):
    """Hears everything that happens on a socket."""

    def record(self, local: str, remote: str, what: str, octets: bytes = b"") -> None:
        """Hear one thing.

        `local` and `remote` are "address:port"; `what` is "open" or "accept" (the connection is
        made), "sent" or "received" (`octets`), "eof" or "reset" (from the peer), "close".
        """


class Taps:
    """Several taps as one."""

    def __init__(self, *taps: Tap) -> None:
        self._taps = taps

    def record(self, local: str, remote: str, what: str, octets: bytes = b"") -> None:
        """Tell every tap."""
        for tap in self._taps:
            tap.record(local, remote, what, octets)


class TapFile:
    """Writes one JSON object a line, for captures without CAP_NET_RAW.

    Times are the wall's (seconds since the epoch), because they become a capture's timestamps.
    """

    def __init__(self, path: Path) -> None:
        self._stream = path.open("a", encoding="ascii")

    def record(self, local: str, remote: str, what: str, octets: bytes = b"") -> None:
        """Write one line; see Tap."""
        line = {"time": time.time(), "local": local, "remote": remote, "what": what}
        if octets:
            line["data"] = base64.b64encode(octets).decode("ascii")
        self._stream.write(json.dumps(line) + "\n")
        self._stream.flush()
