"""Where the reading of a packet has come to, and how it ends without a TCP segment."""

import struct
from dataclasses import dataclass
from typing import Any

from mta_emu.decode.fragments import Fragments

_CUT_OFF = "a packet that is cut off within its headers"


class Unread(Exception):  # noqa: N818, nothing is wrong with such a packet
    """A packet has no TCP that is read here; the text says what it is.

    `may_hide_tcp` where there may be TCP in it all the same.
    """

    def __init__(self, what: str, *, may_hide_tcp: bool = True) -> None:
        super().__init__(what)
        self.may_hide_tcp = may_hide_tcp


class Unfinished(Exception):  # noqa: N818, it is what a fragment is
    """A fragment of a datagram of which more must come."""


@dataclass
class Cursor:
    """Where in a packet the reading has come to: between `at` and `end`.

    `end` lies beyond `octets` where the capture cut the packet. `hosts` are the source and the
    destination of the last IP header.
    """

    octets: bytes
    at: int
    end: int
    time: int
    fragments: Fragments
    hosts: tuple[bytes, bytes] = (b"", b"")
    ip_headers: int = 0

    def take(self, form: str) -> tuple[Any, ...]:
        """Read fields in network order, and move behind them. Raises Unread: it is cut off."""
        length = struct.calcsize(">" + form)
        if self.at + length > min(len(self.octets), self.end):
            raise Unread(_CUT_OFF)
        found = struct.unpack_from(">" + form, self.octets, self.at)
        self.at += length
        return found

    def skip(self, count: int) -> None:
        """Move on by `count` octets."""
        self.at += count

    def peek(self) -> int:
        """The next octet. Raises Unread."""
        if self.at >= min(len(self.octets), self.end):
            raise Unread(_CUT_OFF)
        return self.octets[self.at]

    def until(self, length: int) -> None:
        """Let the contents end `length` octets from here, unless they end before."""
        self.end = min(self.end, self.at + length)
