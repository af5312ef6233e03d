"""BER as far as no compiler is needed: tags, lengths, and indefinite forms made definite (X.209).

Everything that arrives passes through `definite` before a type is decoded: it proves that every
length stays inside what was received and that nesting ends, so no decoder has to.
"""

from collections.abc import Iterator
from math import inf

from mta_emu.osi.errors import ProtocolError

MAX_DEPTH = 64  # a message forwarded ten times nests less than half as deep

_CONSTRUCTED = 0x20
_LONG_TAG = 0x1F
_MAX_TAG_OCTETS = 5
_MAX_LENGTH_OCTETS = 4
_END_OF_CONTENTS = b"\x00\x00"
_OF_ONE_OCTET = [bytes((octet,)) for octet in range(256)]  # identifiers, not made anew each time
_OCTET_STRING, _OCTET_STRINGS = b"\x04", b"\x24"


class Incomplete(ProtocolError):  # noqa: N818, not an error while more is to come
    """The octets end inside an identifier or a length."""


def header(octets: bytes | bytearray, at: int = 0) -> tuple[bytes, int | None, int]:
    """Read an identifier and a length at `at`: (identifier octets, length, where contents begin).

    The length is None in the indefinite form. Raises Incomplete when they are cut off,
    ProtocolError when they are too long or a primitive value has no length.
    """
    start = at
    try:
        leading = octets[at]
        at += 1
        if leading & _LONG_TAG != _LONG_TAG:
            identifier = _OF_ONE_OCTET[leading]
        else:
            while octets[at] & 0x80:
                at += 1
                if at - start >= _MAX_TAG_OCTETS:
                    raise ProtocolError(f"a BER tag is longer than {_MAX_TAG_OCTETS} octets")
            at += 1
            identifier = bytes(octets[start:at])
        first = octets[at]
    except IndexError:
        raise Incomplete("a BER identifier or length is cut off") from None
    at += 1
    if first < 0x80:
        return identifier, first, at
    if first == 0x80:
        if not identifier[0] & _CONSTRUCTED:
            raise ProtocolError(f"primitive BER value 0x{identifier.hex()} of indefinite length")
        return identifier, None, at
    count = first & 0x7F
    length = int.from_bytes(octets[at : at + count], "big")
    if count > _MAX_LENGTH_OCTETS and length >> 8 * _MAX_LENGTH_OCTETS:
        raise ProtocolError(f"a BER length of {count} octets: at most {_MAX_LENGTH_OCTETS}")
    if at + count > len(octets):
        raise Incomplete("a BER identifier or length is cut off")
    return identifier, length, at + count


def encode_length(length: int) -> bytes:
    """The shortest definite form of a length (X.209 6.3)."""
    if length < 0x80:
        return bytes((length,))
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((0x80 | len(octets),)) + octets


def opening(identifier: bytes, length: int) -> bytes:
    """What a value with so many octets of contents begins with."""
    return identifier + encode_length(length)


def tlv(identifier: bytes, contents: bytes) -> bytes:
    """A value from its identifier octets and contents."""
    return opening(identifier, len(contents)) + contents


def contents(octets: bytes) -> bytes:
    """The contents of a value. Raises ProtocolError."""
    _, length, start = header(octets)
    stop = _end(octets, 0, length, start)
    return octets[start : stop - len(_END_OF_CONTENTS) if length is None else stop]


def elements(octets: bytes, most: float = inf) -> list[bytes]:
    """The values that `octets` is made of, each as it is, and no more of them than `most`.

    Raises ProtocolError.
    """
    found: list[bytes] = []
    at = 0
    while at < len(octets) and len(found) < most:
        _, length, start = header(octets, at)
        stop = _end(octets, at, length, start)
        found.append(octets[at:stop])
        at = stop
    return found


def children(octets: bytes) -> Iterator[bytes]:
    """The values inside a value, each as it is, found when asked for. Raises ProtocolError."""
    _, length, at = header(octets)
    end = len(octets) if length is None else at + length
    while at < end and not (length is None and octets[at : at + 2] == _END_OF_CONTENTS):
        _, inside, start = header(octets, at)
        stop = _end(octets, at, inside, start)
        yield octets[at:stop]
        at = stop


def retagged(identifier: bytes, octets: bytes) -> bytes:
    """The contents of a value under another identifier, as IMPLICIT tags put them."""
    if octets.startswith(identifier):
        return octets
    return tlv(identifier, contents(octets))


def _end(octets: bytes, at: int, length: int | None, start: int) -> int:
    """Where the value at `at` ends, whose header says a length and where its contents start."""
    if length is None:
        return _definite(octets, at, len(octets), MAX_DEPTH)[1]
    stop = start + length
    if stop > len(octets):
        raise ProtocolError("a BER value is cut off")
    return stop


def definite(octets: bytes) -> bytes:
    """The first BER value in `octets`, all lengths definite; what is definite stays as it is.

    Raises ProtocolError when a length lies, an end is missing or the nesting is too deep.
    """
    return first(octets)[0]


def first(octets: bytes) -> tuple[bytes, int]:
    """The first value in `octets` like `definite`, and where it ends.

    Raises Incomplete when more octets could complete it, ProtocolError when none could.
    """
    value, end = _definite(octets, 0, len(octets), MAX_DEPTH)
    return octets[:end] if value is None else value, end


class _Around:
    """The constructed values around a place: where they end, by their lengths or at a mark."""

    def __init__(self) -> None:
        self._ends: list[int | None] = []  # None: at a mark
        self._limits: list[float] = [inf]  # the first end of all

    def __bool__(self) -> bool:
        return bool(self._ends)

    @property
    def marked(self) -> bool:
        """Whether the innermost one ends at a mark."""
        return bool(self._ends) and self._ends[-1] is None

    def check(self, stop: int) -> None:
        """Raise ProtocolError when a value that ends at `stop` goes beyond one around it."""
        if stop > self._limits[-1]:
            raise ProtocolError("a BER value goes beyond the value around it")

    def enter(self, stop: int | None) -> None:
        """Go into a constructed value that ends at `stop`. Raises ProtocolError."""
        if len(self._ends) == MAX_DEPTH:
            raise ProtocolError(f"BER values nest deeper than {MAX_DEPTH}")
        self._ends.append(stop)
        self._limits.append(self._limits[-1] if stop is None else stop)

    def leave(self) -> None:
        """Leave the innermost one."""
        self._ends.pop()
        self._limits.pop()

    def leave_all(self, at: int) -> None:
        """Leave those that end `at` a place."""
        while self._ends and self._ends[-1] == at:
            self.leave()


class EndFinder:
    """Finds where a value ends whose octets are still coming, looking at each of them once."""

    def __init__(self) -> None:
        self._at = 0
        self._around = _Around()

    def find(self, octets: bytes | bytearray) -> int:
        """Where the first value in `octets` ends: those of the last call, and what came since.

        Raises like `first`.
        """
        if not (self._at or self._around):  # nothing was looked at yet, and all may have come
            _, length, start = header(octets)
            if length is not None and start + length <= len(octets):
                return _definite(octets, 0, len(octets), MAX_DEPTH)[1]
        while True:
            if self._around.marked and octets[self._at : self._at + 2] == _END_OF_CONTENTS:
                self._at += 2
                self._around.leave()
            else:
                self._step(octets)
            self._around.leave_all(self._at)
            if not self._around:
                return self._at

    def _step(self, octets: bytes | bytearray) -> None:
        """Step over a primitive value, or into a constructed one."""
        identifier, length, start = header(octets, self._at)
        stop = start + (length or 0)
        self._around.check(stop)
        if identifier[0] & _CONSTRUCTED:
            self._around.enter(None if length is None else stop)
            self._at = start
        elif stop > len(octets):
            raise Incomplete("a BER value is cut off")
        else:
            self._at = stop


class StringReader:
    """Reads an OCTET STRING of any form that comes in pieces, and holds none of it."""

    def __init__(self) -> None:
        self.complete = False
        self.rest = b""  # of what was fed last, behind the complete string
        self._header = b""  # as far as it has come
        self._left = 0  # octets still to come of the current piece
        self._at = 0  # octets of the string that are behind
        self._around = _Around()

    def feed(self, octets: bytes) -> bytes:
        """The contents that `octets` brought; what follows the string lies in `rest`.

        Raises ProtocolError.
        """
        found = []
        octets, self._header, at = self._header + octets, b"", 0
        while at < len(octets) and not self.complete:
            if not self._left:
                try:
                    start = self._enter(octets, at)
                except Incomplete:
                    self._header = octets[at:]
                    break
                self._at += start - at
                at = start
            piece = octets[at : at + self._left]
            at += len(piece)
            self._at += len(piece)
            self._left -= len(piece)
            found.append(piece)
            if not self._left:
                self._around.leave_all(self._at)
                self.complete = not self._around
        self.rest = octets[at:] if self.complete else b""
        return b"".join(found)

    def _enter(self, octets: bytes, at: int) -> int:
        """Read the header that begins at `at`, and where it ends."""
        identifier, length, start = header(octets, at)
        stop = self._at + start - at + (length or 0)
        self._around.check(stop)
        if identifier == b"\x00" and self._around.marked:
            self._around.leave()
        elif identifier == _OCTET_STRING:
            self._left = length or 0
        elif identifier == _OCTET_STRINGS:
            self._around.enter(None if length is None else stop)
        else:
            raise ProtocolError(f"BER tag 0x{identifier.hex()} where an OCTET STRING must be")
        return start


def _definite(octets: bytes | bytearray, at: int, end: int, depth: int) -> tuple[bytes | None, int]:
    """The value at `at`, None where it is definite already, and where it ends."""
    if not depth:
        raise ProtocolError(f"BER values nest deeper than {MAX_DEPTH}")
    identifier, length, start = header(octets, at)
    stop = end if length is None else start + length
    if start > end or stop > end:
        raise Incomplete(f"a BER length of {length} octets, {end - start} are there")
    if not identifier[0] & _CONSTRUCTED:
        return None, stop
    if length is None:
        return _indefinite(octets, identifier, start, end, depth)
    parts: list[bytes | bytearray] = []  # up to `at`, once there is a value that was not definite
    at = inside = start
    while inside < stop:
        try:
            part, after = _definite(octets, inside, stop, depth - 1)
        except Incomplete as error:  # more octets would not be inside this value
            raise ProtocolError(str(error)) from error
        if part is not None:
            parts += (octets[at:inside], part)
            at = after
        inside = after
    if not parts:
        return None, stop
    return tlv(identifier, b"".join((*parts, octets[at:stop]))), stop


def _indefinite(
    octets: bytes | bytearray, identifier: bytes, at: int, end: int, depth: int
) -> tuple[bytes, int]:
    parts: list[bytes | bytearray] = []
    while at < end:
        if octets[at : at + 2] == _END_OF_CONTENTS:
            return tlv(identifier, b"".join(parts)), at + 2
        part, after = _definite(octets, at, end, depth - 1)
        parts.append(octets[at:after] if part is None else part)
        at = after
    raise Incomplete("a BER value of indefinite length does not end")
