"""Takes TCP connections, and says so when the process has no file descriptor left for one.

Event loops differ in what they do then, and some drop the caller without a word. Here the caller
waits in the kernel's queue until a descriptor is free.
"""

import asyncio
import errno
import os
import resource
import socket
from collections.abc import Callable, Iterable

from labkit.addresses import End
from labkit.sockets import listening_socket

#: What accept() says when the process, or the machine, can open nothing more.
EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_RETRY = 1.0  # wall seconds until accept() is tried again
_AT_ONCE = 16  # connections that are taken before others may work
_QUEUE = 128  # callers that wait in the kernel
_OTHERS = 256  # file descriptors for anything else: the store, logs, doors


def make_room(connections: int) -> None:
    """Let the process open so many connections, and what else it needs, if the system allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHERS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


class Acceptor:
    """Listening sockets; each connection goes to a callback, not blocking and not yet read."""

    def __init__(
        self,
        accepted: Callable[[socket.socket], None],
        exhausted: Callable[[OSError], None],
        recovered: Callable[[], None] = lambda: None,
    ) -> None:
        """Call `exhausted` once when nothing more can be accepted, `recovered` when it can."""
        self._accepted = accepted
        self._exhausted = exhausted
        self._recovered = recovered
        self._sockets: list[socket.socket] = []
        self._failing = False
        self._retry: asyncio.TimerHandle | None = None

    def listen(self, ends: Iterable[End]) -> None:
        """Begin to listen at `ends`. Raises OSError when an address cannot be had; then none is."""
        listening: list[socket.socket] = []
        try:
            for end in ends:
                listening.append(listening_socket(end, _QUEUE))
        except OSError as error:
            for each in listening:
                each.close()
            raise OSError(error.errno, os.strerror(error.errno or 0), str(end)) from error
        self.take_from(listening)

    def take_from(self, listening: Iterable[socket.socket]) -> None:
        """Take the connections of sockets that listen, and do not block; `close` closes them."""
        self._sockets.extend(listening)
        self._begin()

    def close(self) -> None:
        """Take no more connections."""
        self._pause()
        if self._retry:
            self._retry.cancel()
        for each in self._sockets:
            each.close()
        self._sockets.clear()

    def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        for each in self._sockets:
            loop.add_reader(each, self._accept, each)

    def _pause(self) -> None:
        loop = asyncio.get_running_loop()
        for each in self._sockets:
            loop.remove_reader(each)

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            try:
                sock, _ = listening.accept()
            except OSError as error:
                if error.errno in EXHAUSTED:
                    self._wait(error)
                return  # nobody waits, or the caller is gone already
            if self._failing:
                self._failing = False
                self._recovered()
            sock.setblocking(False)
            self._accepted(sock)

    def _wait(self, error: OSError) -> None:
        self._pause()
        self._retry = asyncio.get_running_loop().call_later(_RETRY, self._begin)
        if not self._failing:
            self._failing = True
            self._exhausted(error)
