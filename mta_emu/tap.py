"""A record of what the MTA's sockets sent and received, for captures without CAP_NET_RAW."""

import base64
import json
import time
from pathlib import Path


class Tap:
    """Writes one JSON object a line for everything that happens on a socket.

    Times are the wall's (seconds since the epoch), because they become a capture's timestamps.
    """

    def __init__(self, path: Path) -> None:
        self._stream = path.open("a", encoding="ascii")

    def record(self, local: str, remote: str, what: str, octets: bytes = b"") -> None:
        """Write one line.

        `local` and `remote` are "address:port"; `what` is "open" or "accept" (the connection is
        made), "sent" or "received" (`octets`), "eof" or "reset" (from the peer), "close".
        """
        line = {"time": time.time(), "local": local, "remote": remote, "what": what}
        if octets:
            line["data"] = base64.b64encode(octets).decode("ascii")
        self._stream.write(json.dumps(line) + "\n")
        self._stream.flush()
