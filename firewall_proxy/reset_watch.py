"""Detects at once that a TCP peer has reset, also while nothing is read from its socket."""

import asyncio
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class ResetWatch:
    """One epoll, itself watched by the event loop, that asks its sockets for errors only.

    An event loop learns of a reset only when it reads or writes. A relay must not read while its
    other side does not take what there is, nor while that side is not yet connected, and yet a
    reset goes before the data that still waits. epoll reports errors unasked, so the event mask is
    empty. It is edge-triggered, because otherwise a socket that is closed in both directions would
    report EPOLLHUP without end.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._epoll = select.epoll()
        self._callbacks: dict[int, Callable[[], None]] = {}
        loop.add_reader(self._epoll.fileno(), self._call_back)

    @contextmanager
    def watching(self, connection: socket.socket, on_reset: Callable[[], None]) -> Iterator[None]:
        """Call `on_reset` when `connection` is reset, or soon when it has been already."""
        descriptor = connection.fileno()
        self._callbacks[descriptor] = on_reset
        self._epoll.register(descriptor, select.EPOLLET)
        try:
            yield
        finally:
            self._epoll.unregister(descriptor)
            del self._callbacks[descriptor]

    def close(self) -> None:
        """Stop watching."""
        self._loop.remove_reader(self._epoll.fileno())
        self._epoll.close()

    def _call_back(self) -> None:
        for descriptor, event in self._epoll.poll(0):
            # A callback may have ended the watch of a later one.
            if event & select.EPOLLERR and (on_reset := self._callbacks.get(descriptor)):
                on_reset()
