"""Stands between a program's standard input and output and a control socket.

`python3 -c TEXT SOCKET` runs it in a container, whose image need not have it; so it imports nothing
of ours. It ends when either side does.
"""

import os
import socket
import sys
import threading

_CHUNK = 65536  # octets


def main(path: str) -> None:
    """Pass octets both ways. Raises OSError when nobody listens at the socket."""
    with socket.socket(socket.AF_UNIX) as mta, os.fdopen(1, "wb", buffering=0) as client:
        mta.connect(path)
        threading.Thread(target=_pass_in, args=(mta,), daemon=True).start()
        while octets := mta.recv(_CHUNK):
            while octets:
                octets = octets[client.write(octets) :]


def _pass_in(mta: socket.socket) -> None:
    """Pass on what the client says until it goes, and then let the MTA see that it has."""
    while octets := os.read(0, _CHUNK):
        mta.sendall(octets)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
