"""Which searches are made: for all mail at once, and where that is much, flow after flow.

One edit that mends everything is looked for first. What several things stop is mended one flow
after another, which is quick, though it may take more edits than are needed; so all mail at once is
searched for again, with as many. What mends one flow and not the others is kept for the end.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from mta_lab.rehearsal.suggest.document import TopologyFile
from mta_lab.rehearsal.suggest.search import Edits, Search
from mta_lab.rehearsal.suggest.waiting import Ends, Wanted, ends_of

_MORE_ROUNDS = 2  # than there are flows: what mends one may stop another


@dataclass
class Strategy:
    """What is to be mended, with how many edits at most for one flow, and while there is time."""

    file: TopologyFile
    wanted: Wanted
    now: datetime
    most: int
    goes_on: Callable[[], bool]
    tried: int = 0
    stopped: bool = False
    _of_one: dict[Ends, list[Edits]] = field(default_factory=dict)

    def find(self) -> list[Edits]:
        """What mends all that waits; where nothing does, what mends one flow or another."""
        waiting = self.wanted.waiting(self.file.topology(), self.now)
        if not waiting:
            return []
        if found := self._search(self.wanted, 1):
            return found
        several = len(waiting) > 1
        for most in range(1, self.most + 1):
            if several and (chain := self._one_after_another(most)):
                others = self._search(self.wanted, min(len(chain), self.most))
                return [*others, *([] if _held(chain, others) else [chain])]
            if several:
                self._each([ends_of(flow) for flow in waiting], most)
            if most > 1 and (found := self._search(self.wanted, most)):
                return found
        return [edits for found in self._of_one.values() for edits in found]

    def _search(self, wanted: Wanted, most: int, base: Edits = ()) -> list[Edits]:
        search = Search(self.file, wanted, self.now, most, self.goes_on, base)
        search.run()
        self.tried += search.tried
        self.stopped |= search.stopped
        return search.found

    def _one_after_another(self, most: int) -> Edits | None:
        """Mend the first flow that waits, then the next; None where one cannot be mended."""
        edits: Edits = ()
        waiting = self.wanted.waiting(self.file.topology(), self.now)
        for _ in range(len(waiting) + _MORE_ROUNDS):
            found = self._search(Wanted(ends_of(waiting[0])), most, edits)
            if not found:
                return None
            edits = min(found, key=places)
            waiting = self.wanted.waiting(self.file.topology(edits), self.now)
            if not waiting:
                return edits
        return None

    def _each(self, waiting: list[Ends], most: int) -> None:
        """Mend each flow for itself that no search with fewer edits has mended."""
        for ends in waiting:
            if ends not in self._of_one and (found := self._search(Wanted(ends), most)):
                self._of_one[ends] = found


def places(edits: Edits) -> int:
    """In how many places the file changes."""
    return sum(len(edit.operations) for edit in edits)


def _held(edits: Edits, others: list[Edits]) -> bool:
    """Whether the same edits are among others, in whatever order."""
    return {edit.text for edit in edits} in [{edit.text for edit in each} for each in others]
