"""TCP/IP control blocks: one for each association and one for the listener (Q166602)."""


class ControlBlocks:
    """Hands out control block indices, the lowest free one first."""

    def __init__(self, count: int) -> None:
        """Have `count` blocks."""
        self.count = count
        self._taken: set[int] = set()

    def take(self) -> int | None:
        """The index of a block that is now in use; None when none is free."""
        index = next((i for i in range(1, self.count + 1) if i not in self._taken), None)
        if index is not None:
            self._taken.add(index)
        return index

    def give_back(self, index: int) -> None:
        """Let a block be used again."""
        self._taken.discard(index)
