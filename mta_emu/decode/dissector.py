"""What is in a capture file: the MTAs' associations, and what else uses TPKT."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from mta_emu.decode.association import Association
from mta_emu.decode.capture import Capture
from mta_emu.decode.framing import BEGINNINGS
from mta_emu.decode.otherusers import UNKNOWN, OtherUser
from mta_emu.decode.segment import Segment
from mta_emu.decode.steps import Side
from mta_emu.decode.tcp import Connection, Connections, Octets, Said

X400_PORT = 102
_ENOUGH = 6  # octets that show whether it is a TPKT with a CR


class OtherConnections(NamedTuple):
    """Connections of another user of TPKT: how many, and the ends of the first."""

    user: OtherUser
    number: int
    first: Connection


@dataclass(frozen=True)
class Dissection:
    """What is in a capture file."""

    associations: list[Association]
    others: list[OtherConnections]
    capture: Capture

    @property
    def complete(self) -> bool:
        """Whether nothing of the associations is missing, so that silence proves something."""
        whole = not self.capture.cut_short
        return whole and all(association.said.complete for association in self.associations)

    @property
    def broken(self) -> int:
        """How often the protocol was broken."""
        return sum(association.said.broken for association in self.associations)

    @property
    def deviations(self) -> int:
        """How often somebody deviated from it without harm."""
        return sum(association.said.deviations for association in self.associations)


@dataclass
class _Conversation:
    """A TCP connection that is an association, is none, or has not said enough yet."""

    connection: Connection
    by_port: bool
    association: Association | None = None
    over: bool = False  # nothing more of it matters
    _held: list[Said] = field(default_factory=list)
    _beginnings: dict[Side, bytes] = field(default_factory=lambda: dict.fromkeys(Side, b""))

    def feed(self, segment: Segment) -> None:
        """Take a segment of the connection."""
        if not self.over:
            self._hear(self.connection.feed(segment))

    def ended(self, frame: int, time: int) -> None:
        """The capture ends."""
        if not self.over:
            self._hear(self.connection.ended(frame, time))
        if self.association and not self.association.other:
            self.association.capture_ended()

    @property
    def other(self) -> OtherUser | None:
        """Whose connection it is, when it uses TPKT and is none of the MTAs'."""
        if self.association is None:
            return None
        if self.association.other is None and not self.by_port and not self.association.is_session:
            return UNKNOWN
        return self.association.other

    def _hear(self, parts: Iterable[Said]) -> None:
        for said in parts:
            if self.association is None:
                self._decide(said)
            if self.association:
                self._pass_on(said)
            else:
                self._held.append(said)
            if self.over:
                return

    def _decide(self, said: Said) -> None:
        side = self._side(said)
        if isinstance(said.part, Octets):
            self._beginnings[side] += said.part.octets[:_ENOUGH]
        beginning = self._beginnings[side]
        if self.by_port or BEGINNINGS[side].match(beginning):
            self.association = Association(self.connection)
            for held in self._held:
                self._pass_on(held)
            self._held.clear()
        elif len(beginning) >= _ENOUGH:
            self.over = True
            self._held.clear()

    def _pass_on(self, said: Said) -> None:
        if self.association:
            self.association.feed(self._side(said), said.part, said.frame, said.time)
            self.over = self.association.other is not None

    def _side(self, said: Said) -> Side:
        return Side.CALLING if said.sender == self.connection.calling else Side.CALLED


def dissect(path: Path, ports: Collection[int] = (X400_PORT,)) -> list[Association]:
    """The associations that `examine` finds in a capture file."""
    return examine(path, ports).associations


def examine(path: Path, ports: Collection[int] = (X400_PORT,)) -> Dissection:
    """Everything of interest in a pcap or pcapng file ("-" is standard input).

    Raises NotACapture or OSError.
    """
    capture, dissector = Capture(path), Dissector(ports)
    for segment in capture.segments():
        dissector.feed(segment)
    dissector.ended()
    return dissector.found(capture)


class Dissector:
    """Finds what is of interest in the segments of a capture as they come.

    The associations, in the order of their beginnings, are every TCP connection on one of `ports`,
    and every other one that begins with a TPKT and a CR and whose first TSDU is a session connect,
    but for those that show whose else they are.
    """

    def __init__(self, ports: Collection[int] = (X400_PORT,)) -> None:
        """Know nothing yet."""
        self._ports = ports
        self._connections = Connections(ports)
        self._conversations: dict[int, _Conversation] = {}
        self._last: Segment | None = None

    @property
    def last_frame(self) -> int:
        """The packet that brought the last segment; 0 before there was one."""
        return self._last.frame if self._last else 0

    def feed(self, segment: Segment) -> None:
        """Take the next segment."""
        self._last = segment
        connection = self._connections.of(segment)
        conversation = self._conversations.get(id(connection))
        if conversation is None:
            by_port = not {segment.source.port, segment.destination.port}.isdisjoint(self._ports)
            conversation = _Conversation(connection, by_port)
            self._conversations[id(connection)] = conversation
        conversation.feed(segment)

    def ended(self) -> None:
        """The capture has no more of them."""
        if self._last:
            for conversation in self._conversations.values():
                conversation.ended(self._last.frame, self._last.time)

    def found(self, capture: Capture) -> Dissection:
        """What has been found until now in the segments of a capture."""
        every = self._conversations.values()
        mine = [each for each in every if each.association and not each.other]
        associations = [each.association for each in mine if each.association]
        return Dissection(associations, _others(every), capture)


def _others(conversations: Iterable[_Conversation]) -> list[OtherConnections]:
    found: dict[OtherUser, OtherConnections] = {}
    for conversation in conversations:
        if user := conversation.other:
            known = found.get(user) or OtherConnections(user, 0, conversation.connection)
            found[user] = known._replace(number=known.number + 1)
    return list(found.values())
