"""An association read from one of our own sockets (tap.py), as if it were in a capture."""

from collections.abc import Iterator

from labkit.addresses import End
from mta_emu.decode.association import Association
from mta_emu.decode.segment import Address
from mta_emu.decode.steps import Side
from mta_emu.decode.tcp import Connection, Finished, Octets, Opened, Part


class Overheard:
    """What both ends of a connection say, of which one is ours."""

    def __init__(self, local: str, remote: str, *, we_call: bool, judged: bool = True) -> None:
        """`local` and `remote` are the ends, "address:port"; `we_call`: the connection is ours.

        Where our own stack says what is wrong with what comes, it need not be `judged` here, too.
        """
        ends = _address(local), _address(remote)
        calling, called = ends if we_call else reversed(ends)
        self.us = Side.CALLING if we_call else Side.CALLED
        connection = Connection(calling, called, complete=True, opened_with=0)
        self.association = Association(connection, judged=judged)

    def record(self, what: str, octets: bytes, time: int) -> None:
        """Take one thing (see Tap) that happened at a time, in nanoseconds since the epoch."""
        for side, part in self._parts(what, octets):
            self.association.feed(side, part, 0, time)

    def _parts(self, what: str, octets: bytes) -> Iterator[tuple[Side, Part]]:
        match what:
            case "open" | "accept":
                yield Side.CALLING, Opened()
                yield Side.CALLED, Opened()
            case "sent" | "received":
                yield self.us if what == "sent" else self.us.other, Octets(octets)
            case "eof" | "reset":
                yield self.us.other, Finished(reset=what == "reset")
            case "close":
                yield self.us, Finished(reset=False)


def _address(end: str) -> Address:
    address, port = End.parse(end)
    return Address(str(address), port)
