"""The associations in a capture file."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from mta_emu.decode.association import Association
from mta_emu.decode.capture import Capture
from mta_emu.decode.framing import BEGINNING
from mta_emu.decode.segment import Segment
from mta_emu.decode.steps import Side
from mta_emu.decode.tcp import Connection, Connections, Octets, Said

X400_PORT = 102
_ENOUGH = 6  # octets that tell a TPKT with a CR


@dataclass
class _Conversation:
    """A TCP connection that is an association, is none, or has not said enough to tell."""

    connection: Connection
    by_port: bool
    association: Association | None = None
    other: bool = False
    _held: list[Said] = field(default_factory=list)
    _beginning: bytes = b""

    def feed(self, parts: Iterable[Said]) -> None:
        """Hear what came out of the connection."""
        for said in parts:
            if not self.other and self.association is None:
                self._decide(said)
            if self.association:
                self._pass_on(said)
            elif not self.other:
                self._held.append(said)

    def _decide(self, said: Said) -> None:
        if said.sender == self.connection.calling and isinstance(said.part, Octets):
            self._beginning += said.part.octets[:_ENOUGH]
        if self.by_port or BEGINNING.match(self._beginning):
            self.association = Association(self.connection)
            for held in self._held:
                self._pass_on(held)
            self._held.clear()
        elif len(self._beginning) >= _ENOUGH:
            self.other = True
            self._held.clear()

    def _pass_on(self, said: Said) -> None:
        side = Side.CALLING if said.sender == self.connection.calling else Side.CALLED
        if self.association:
            self.association.feed(side, said.part, said.frame, said.time)


def dissect(path: Path, ports: Collection[int] = (X400_PORT,)) -> list[Association]:
    """Every association in a pcap or pcapng file, in the order of their beginnings.

    That is every TCP connection on one of `ports`, and every other one that begins with a TPKT
    and a CR and whose first TSDU is a session connect. Raises NotACapture or OSError.
    """
    connections = Connections(ports)
    conversations: dict[int, _Conversation] = {}
    last: Segment | None = None
    for segment in Capture(path).segments():
        last = segment
        connection = connections.of(segment)
        conversation = conversations.get(id(connection))
        if conversation is None:
            by_port = not {segment.source.port, segment.destination.port}.isdisjoint(ports)
            conversation = conversations[id(connection)] = _Conversation(connection, by_port)
        conversation.feed(connection.feed(segment))
    if last:
        for conversation in conversations.values():
            conversation.feed(conversation.connection.ended(last.frame, last.time))
    return [
        conversation.association
        for conversation in conversations.values()
        if conversation.association
        and (conversation.by_port or conversation.association.is_session is not False)
    ]
