"""Values that preserve the octets that they were read from.

An MTA relays what it has no business with as it is, octet for octet: whatever BER form its sender
chose, members of versions to come, extensions that nobody here knows (X.411 14.3). So what was
read remembers its octets, and is written with them as long as it has not been changed. Of a SET
that was changed (sets.py) only the members that were changed are written anew.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from labkit.frozen import replace


class Origin(NamedTuple):
    """What was read, as what, and for a SET: its elements, each with the name of its member."""

    octets: bytes
    value: Any
    elements: tuple[tuple[str | None, bytes], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Preserved:
    """A value that may have come from the wire; `dataclasses.replace` makes changed copies."""

    origin: Origin | None = field(default=None, compare=False, repr=False)

    def came_as(self, octets: bytes) -> Self:
        """The value with the octets that it was read from."""
        return replace(self, origin=Origin(octets, self))

    @property
    def octets(self) -> bytes | None:
        """The octets that it was read from; None when it has changed since or never was."""
        return self.origin.octets if self.origin and self.origin.value == self else None


@dataclass(frozen=True, kw_only=True)
class PreservedSet(Preserved):
    """The model of a SET; `unknown` holds the elements that its type does not have.

    `excess` says which of its members have more elements than they may: those have not been read.
    """

    unknown: tuple[bytes, ...] = ()
    excess: tuple[str, ...] = field(default=(), compare=False)
