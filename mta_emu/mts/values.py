"""BER values of a content, read where they lie.

Of a content of any size only identifiers and lengths are read, and the octets of the few values
that somebody asks for. Whatever the content is, that is a bounded number of headers and of octets.
"""

from collections.abc import Iterator
from typing import NamedTuple

from mta_emu.mts.pieces import Octets, Read
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError

MAX_HEADERS = 25_000  # of one content; to read them takes less than 50 ms
MAX_OCTETS = 8 << 20  # of all the values that are read whole
_LONGEST_HEADER = 16  # octets
_AHEAD = 512  # octets that are read for several headers at once
_CONSTRUCTED = 0x20
_END_OF_CONTENTS = b"\x00"


class Value(NamedTuple):
    """A value: where it begins, its contents begin and end, and what follows begins.

    In the indefinite form two octets stand between the end of the contents and what follows.
    """

    identifier: bytes
    at: int
    start: int
    stop: int
    after: int

    @property
    def whole(self) -> range:
        """Where it lies, with identifier and length."""
        return range(self.at, self.after)

    @property
    def contents(self) -> range:
        """Where its contents lie."""
        return range(self.start, self.stop)

    @property
    def constructed(self) -> bool:
        """Whether there are values in it."""
        return bool(self.identifier[0] & _CONSTRUCTED)


class Values:
    """The values of a content that `read` reads; every method may raise ProtocolError."""

    def __init__(self, read: Read, size: int) -> None:
        self._read = read
        self._size = size
        self.here = False  # whether all of its octets are
        self._left = MAX_HEADERS
        self._octets_left = MAX_OCTETS
        self._ahead, self._ahead_at = b"", 0

    @classmethod
    def of(cls, octets: bytes) -> "Values":
        """The values of a content that is here."""
        values = cls(lambda at, size: octets[at : at + size], len(octets))
        values.here = True
        return values

    def anew(self) -> "Values":
        """The same, with all of the bounds before it again."""
        values = Values(self._read, self._size)
        values.here = self.here
        return values

    def whole(self) -> Value:
        """The value that the content is; what follows it is not looked at."""
        return self._value(0, self._size)

    def inside(self, around: Value) -> Iterator[Value]:
        """The values in a constructed one."""
        at = around.start
        while at < around.stop:
            found = self._value(at, around.stop)
            yield found
            at = found.after

    def find(self, around: Value, *identifiers: bytes) -> Value | None:
        """The value that is found by going into the first with each identifier."""
        found: Value | None = around
        for identifier in identifiers:
            if found is None:
                return None
            inside = self.inside(found)
            found = next((each for each in inside if each.identifier == identifier), None)
        return found

    def octets(self, value: Value) -> bytes:
        """A value as it is, with identifier and length."""
        return self.read(value.whole)

    def read(self, where: range) -> bytes:
        """Octets that are no more than are looked into."""
        if not self.here:
            if len(where) > self._octets_left:
                raise ProtocolError(f"more than {MAX_OCTETS} octets are not looked into")
            self._octets_left -= len(where)
        return self._read(where.start, len(where))

    def string(self, value: Value) -> Octets:
        """The octets of a string of any form; those that lie elsewhere are left there."""
        found = tuple(self._segments(value, ber.MAX_DEPTH))
        return b"".join(self.read(each) for each in found) if self.here else found

    def short_string(self, value: Value) -> bytes:
        """The octets of a string that is read whole."""
        return b"".join(self.read(each) for each in self._segments(value, ber.MAX_DEPTH))

    def _segments(self, value: Value, depth: int) -> Iterator[range]:
        if not value.constructed:
            yield value.contents
        elif not depth:
            raise ProtocolError(f"a string nests deeper than {ber.MAX_DEPTH}")
        else:
            for each in self.inside(value):
                yield from self._segments(each, depth - 1)

    def _value(self, at: int, end: int) -> Value:
        identifier, length, start = self._header(at)
        if length is None:
            stop, after = self._end_of(start, end)
        else:
            stop = after = start + length
        if after > end:
            raise ProtocolError(f"a BER length of {length} octets goes beyond the value around it")
        return Value(identifier, at, start, stop, after)

    def _end_of(self, at: int, end: int) -> tuple[int, int]:
        """Where contents of indefinite length end, and what follows them begins."""
        depth = 1
        while at < end:
            identifier, length, start = self._header(at)
            if identifier == _END_OF_CONTENTS:
                depth -= 1
                if not depth:
                    return at, start
            elif length is None:
                depth += 1
            at = start + (length or 0)
        raise ProtocolError("a BER value of indefinite length does not end")

    def _header(self, at: int) -> tuple[bytes, int | None, int]:
        """The header at an offset, which is counted."""
        if not self._left:
            raise ProtocolError(f"more than {MAX_HEADERS} values are not looked into")
        self._left -= 1
        start = at - self._ahead_at
        if not 0 <= start <= len(self._ahead) - _LONGEST_HEADER:
            self._ahead, self._ahead_at, start = self._read(at, _AHEAD), at, 0
        identifier, length, after = ber.header(self._ahead, start)
        return identifier, length, after + self._ahead_at
