"""TPDUs out of one direction of a TCP connection (RFC 1006), also from the middle of one."""

import re
from collections.abc import Iterator

from mta_emu.decode.steps import Side
from mta_emu.osi.tpkt import TpktReader

#: What the first octets of each side look like: a TPKT with a CR, and one with a CC.
BEGINNINGS = {
    Side.CALLING: re.compile(rb"\x03.[\x00-\x7f].[\x06-\xfe][\xe0-\xef]", re.DOTALL),
    Side.CALLED: re.compile(rb"\x03.[\x00-\x7f].[\x06-\xfe][\xd0-\xdf]", re.DOTALL),
}

#: A TPKT header before a TPDU of class 0: DT, or one with references.
_PLAUSIBLE = re.compile(
    rb"\x03\x00..(?:\x02\xf0[\x00\x80]|[\x04-\xfe][\xe0\xd0\x80\x70])", re.DOTALL
)
_HEADER = 7  # octets that the pattern looks at


class Tpdus:
    """Cuts a direction into TPDUs; after a gap it searches for where the next TPKT begins."""

    def __init__(self, *, from_the_beginning: bool) -> None:
        self._reader: TpktReader | None = TpktReader() if from_the_beginning else None
        self._searched = b""

    def feed(self, octets: bytes) -> Iterator[bytes]:
        """Take octets and yield each TPDU that is complete.

        Raises ProtocolError at a header that is not RFC 1006's; `lost` finds the next good one.
        """
        if self._reader is None:
            self._searched += octets
            found = _PLAUSIBLE.search(self._searched)
            if not found:
                self._searched = self._searched[1 - _HEADER :]
                return
            octets, self._searched = self._searched[found.start() :], b""
            self._reader = TpktReader()
        yield from self._reader.feed(octets)

    def lost(self) -> None:
        """What follows is not known to begin a TPKT: search for one."""
        self._reader = None
