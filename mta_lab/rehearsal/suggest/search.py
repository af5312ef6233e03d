"""The search: breadth-first over edits, from what stops mail to what may mend that.

Each round adds one edit to what the round before has tried: those that the table proposes for the
first flow that still waits. A candidate that lets nothing wait is found. One after which the same
check says no in the same words has mended nothing, and is not tried further.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from labkit.config import ConfigurationError
from mta_lab.rehearsal.report import Flow
from mta_lab.rehearsal.suggest.document import TopologyFile
from mta_lab.rehearsal.suggest.edit import Edit
from mta_lab.rehearsal.suggest.stop import Stop, stops
from mta_lab.rehearsal.suggest.table import edits
from mta_lab.rehearsal.suggest.waiting import Wanted, ends_of
from mta_lab.topology.files import Topology

Edits = tuple[Edit, ...]


@dataclass(frozen=True)
class Tried:
    """A topology with edits, and the flows that wait there."""

    edits: Edits
    topology: Topology
    waiting: Sequence[Flow]

    @property
    def stops(self) -> Iterator[Stop]:
        """What stops the first flow that waits."""
        return stops(self.topology, self.waiting[0])

    @property
    def complaints(self) -> frozenset[str]:
        """Why the first flow waits, in words."""
        sender, receiver = ends_of(self.waiting[0])
        said = (f"{stop.where}: {stop.reason.text}" for stop in self.stops)
        return frozenset((f"{sender} -> {receiver}", *said))


@dataclass
class Search:
    """A search for edits after which nothing waits.

    `most` is how many edits a candidate may have besides those of `base`, `goes_on` says whether
    there is time for another.
    """

    file: TopologyFile
    wanted: Wanted
    now: datetime
    most: int
    goes_on: Callable[[], bool]
    base: Edits = ()
    found: list[Edits] = field(default_factory=list)
    tried: int = 0
    stopped: bool = False

    def run(self) -> None:
        """Search until a round has found something, or there is nothing more to try."""
        topology = self.file.topology(self.base)
        round_ = [Tried(self.base, topology, self.wanted.waiting(topology, self.now))]
        seen: set[frozenset[str]] = set()
        for _ in range(self.most):
            round_ = [each for tried in round_ for each in self._next(tried, seen)]
            if self.found or self.stopped:
                return

    def _next(self, before: Tried, seen: set[frozenset[str]]) -> Iterator[Tried]:
        """Try each edit that may mend what stops mail; yields what may be mended further."""
        for stop in before.stops if before.waiting else ():
            for edit in edits(stop):
                candidate = (*before.edits, edit)
                key = frozenset(repr(each.operations) for each in candidate)
                if key in seen:
                    continue
                seen.add(key)
                if not self.goes_on():
                    self.stopped = True
                    return
                if after := self._try(candidate):
                    if not after.waiting:
                        self.found.append(candidate)
                    elif after.complaints != before.complaints:
                        yield after

    def _try(self, candidate: Edits) -> Tried | None:
        """Predict the topology with edits; None: there is no such topology."""
        self.tried += 1
        try:
            topology = self.file.topology(candidate)
        except ConfigurationError:
            return None
        return Tried(candidate, topology, self.wanted.waiting(topology, self.now))
