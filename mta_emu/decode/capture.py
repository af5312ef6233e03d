"""A capture file: its TCP segments, and what else one should know about it."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path

from mta_emu.decode.cursor import Unfinished, Unread
from mta_emu.decode.fragments import Fragments
from mta_emu.decode.headers import find_tcp
from mta_emu.decode.pcap import CutShort, Packet, packets
from mta_emu.decode.segment import Segment, read

STANDARD_INPUT = Path("-")
_FRAGMENTS = "IP fragments without the rest of their datagram"


@dataclass
class Capture:
    """What was in a capture file; complete after the last of its `segments`.

    `unread` counts the packets in which no TCP was found, by what they are; those in `hidden` may
    have held some. `cut_short` says where the file ends too early.
    """

    path: Path
    packets: int = 0
    segments_read: int = 0
    unread: Counter[str] = field(default_factory=Counter)
    hidden: set[str] = field(default_factory=set)
    cut_short: str = ""

    def segments(self) -> Iterator[Segment]:
        """The TCP segments in the order of the file; of a fragmented one, with its last fragment.

        Raises NotACapture when the file is none, OSError when it cannot be read.
        """
        fragments = Fragments()
        with _opened(self.path) as stream:
            try:
                for packet in packets(stream, str(self.path)):
                    self.packets += 1
                    if segment := self._segment(packet, fragments):
                        self.segments_read += 1
                        yield segment
            except CutShort as error:
                self.cut_short = str(error)
        fragments.ended()
        if fragments.given_up:
            self.unread[_FRAGMENTS] += fragments.given_up
            self.hidden.add(_FRAGMENTS)

    def _segment(self, packet: Packet, fragments: Fragments) -> Segment | None:
        try:
            found = find_tcp(packet, fragments)
            return read(self.packets, packet.time, found.hosts, found.octets, found.at, found.end)
        except Unfinished:
            return None
        except Unread as unread:
            what = str(unread)
            self.unread[what] += 1
            if unread.may_hide_tcp:
                self.hidden.add(what)
            return None


@contextmanager
def _opened(path: Path) -> Iterator[BufferedReader]:
    """The file at `path`, or standard input."""
    if path == STANDARD_INPUT:
        with open(sys.stdin.fileno(), "rb", closefd=False) as stream:
            yield stream
    else:
        with path.open("rb") as stream:
            yield stream
