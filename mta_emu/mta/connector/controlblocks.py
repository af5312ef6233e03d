"""TCP/IP control blocks: one for each association and one for the listener (Q166602).

So that one caller cannot take them all, callers from one address get three quarters of the blocks
at most; where there are few, as in Q166602's example, all of them.
"""

from collections import Counter

from labkit.addresses import IPAddress

_SHARED_FROM = 16  # blocks; below that there is nothing to share out


class ControlBlocks:
    """Hands out control block indices, the lowest free one first."""

    def __init__(self, count: int) -> None:
        """Have `count` blocks."""
        self.count = count
        self.share = count * 3 // 4 if count >= _SHARED_FROM else count
        self._taken: dict[int, IPAddress | None] = {}
        self._callers: Counter[IPAddress] = Counter()

    def take(self, caller: IPAddress | None = None) -> int | None:
        """The index of a block that is now in use, for a `caller`'s address or for ourselves.

        None when none is free, or the caller has its share.
        """
        if caller is not None and self._callers[caller] >= self.share:
            return None
        index = next((i for i in range(1, self.count + 1) if i not in self._taken), None)
        if index is not None:
            self._taken[index] = caller
            if caller is not None:
                self._callers[caller] += 1
        return index

    def held_by(self, caller: IPAddress) -> int:
        """How many blocks a caller has."""
        return self._callers[caller]

    def give_back(self, index: int) -> None:
        """Let a block be used again."""
        caller = self._taken.pop(index, None)
        if caller is not None:
            self._callers[caller] -= 1
            if not self._callers[caller]:
                del self._callers[caller]
