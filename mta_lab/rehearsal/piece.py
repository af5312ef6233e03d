"""A piece of a connection's way, from whoever began it to whoever accepts it, and its way back."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from labkit.addresses import IPAddress
from mta_lab.engines.decision import Syn


@dataclass(frozen=True)
class Passed:
    """A firewall that forwarded a SYN: as it came, and as it left."""

    box: str
    came: Syn
    left: Syn

    @property
    def translated(self) -> bool:
        """Whether the source address is another one since."""
        return self.came.source != self.left.source

    @property
    def redirected(self) -> bool:
        """Whether the destination address is another one since."""
        return self.came.destination != self.left.destination


@dataclass(frozen=True)
class Answers:
    """The answers to a SYN, on a part of their way: who is seen to send them, and to whom."""

    sender: IPAddress
    to: IPAddress


@dataclass
class Piece:
    """A piece of the way: where it began, and the firewalls that forwarded it."""

    begins: str
    transparent: bool = False  # its source address is another host's
    forwarded: list[Passed] = field(default_factory=list)

    def back(self) -> Iterator[list[Passed]]:
        """The firewalls on the way back, in parts: each but the last ends where a source changed.

        The answers are for the address that the last one gave, until that turns it back.
        """
        part: list[Passed] = []
        for each in reversed(self.forwarded):
            part.append(each)
            if each.translated:
                yield part
                part = []
        yield part
