"""Suggestions: the edits that were found, ranked, each with its diff and what else changes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mta_lab.rehearsal.cells import direction
from mta_lab.rehearsal.changes import Change, changes
from mta_lab.rehearsal.proof.proving import Proved, Proving
from mta_lab.rehearsal.report import Flow, flows_of
from mta_lab.rehearsal.suggest.document import TopologyFile
from mta_lab.rehearsal.suggest.search import Edits
from mta_lab.rehearsal.suggest.strategy import Strategy, places
from mta_lab.rehearsal.suggest.waiting import Wanted, ends_of
from mta_lab.rehearsal.whatif import without_legs

_OURS = ("proxy", "router")  # the engines whose configuration is in the topology file
_LOOKED_AT, _SHOWN = 30, 10  # of what was found: those that are ranked, and those that are shown


@dataclass(frozen=True)
class Suggestion:
    """Edits that mend mail, in words, and in how many places the file changes.

    `mends` are the flows that waited and no longer do; `others` is what else changes for the mail,
    which is predicted with empty queues. `diff` is one of the file; passwords are hidden in it.
    `proved` is null unless it was played.
    """

    edits: tuple[str, ...]
    places: int
    mends: tuple[str, ...]
    others: tuple[Change, ...]
    diff: str
    proved: Proved | None = None

    @property
    def harms(self) -> bool:
        """Whether other mail is lost by it, or waits longer."""
        return any(kind.harms for change in self.others for kind in change.kinds)


@dataclass(frozen=True)
class Suggestions:
    """What mends the mail of a topology that waits, the smallest edits first.

    `more` counts what was found besides, and changes the file in more places. `stopped` says that
    time was up before all was tried. `not_edited` are the firewalls with configuration files of
    their own, which are never edited.
    """

    topology: str
    at: datetime
    waiting: tuple[Flow, ...]
    suggestions: tuple[Suggestion, ...]
    more: int
    tried: int
    stopped: bool
    not_edited: tuple[str, ...]

    @property
    def unmended(self) -> tuple[Flow, ...]:
        """The flows that no suggestion mends."""
        mended = {ends for each in self.suggestions for ends in each.mends}
        return tuple(
            flow for flow in self.waiting if direction(flow.sender, flow.receiver) not in mended
        )


def suggest(
    file: TopologyFile,
    now: datetime,
    wanted: Wanted,
    most: int,
    goes_on: Callable[[], bool],
) -> tuple[Suggestions, list[Edits]]:
    """Search for what mends the mail that waits at lab time `now`; and the edits of each, ranked.

    Where nothing mends all of it, what mends one flow is suggested. `most` is how many edits one
    flow may take; `goes_on` says whether there is time. Raises ConfigurationError for a wrong
    file.
    """
    topology = file.topology()
    before = flows_of(topology, now)
    waiting = wanted.waiting(topology, now)
    strategy = Strategy(file, wanted, now, most, goes_on)
    found = sorted(strategy.find(), key=places)
    ranked = sorted(
        ((_suggestion(file, before, waiting, each, now), each) for each in found[:_LOOKED_AT]),
        key=lambda pair: _rank(pair[0]),
    )[:_SHOWN]
    return (
        Suggestions(
            topology.name,
            now,
            without_legs(waiting),
            tuple(suggestion for suggestion, _ in ranked),
            len(found) - len(ranked),
            strategy.tried,
            strategy.stopped,
            tuple(name for name, each in topology.firewalls.items() if each.engine not in _OURS),
        ),
        [edits for _, edits in ranked],
    )


def _suggestion(
    file: TopologyFile, before: Sequence[Flow], waiting: Sequence[Flow], edits: Edits, now: datetime
) -> Suggestion:
    # of the text that would be written, so that it is what was predicted
    topology = file.read_back(edits)
    after = flows_of(topology, now)
    left = {ends_of(flow) for flow in Wanted().waiting(topology, now)}
    mended = [ends_of(flow) for flow in waiting if ends_of(flow) not in left]
    found = changes(without_legs(before), without_legs(after))
    return Suggestion(
        tuple(edit.text for edit in edits),
        places(edits),
        tuple(direction(*ends) for ends in mended),
        tuple(each for each in found if (each.sender, each.receiver) not in mended),
        file.diff(edits),
    )


def proved(
    file: TopologyFile, found: Suggestions, edits: Sequence[Edits], proving: Proving
) -> Iterator[Suggestion]:
    """Play each suggestion, and compare; raises as a run does for what cannot be played."""
    for number, (each, applied) in enumerate(zip(found.suggestions, edits, strict=True), 1):
        name = f"{found.topology}-{number}"
        yield replace(each, proved=proving.prove(file.read_back(applied), name))


def _rank(suggestion: Suggestion) -> tuple[object, ...]:
    """What harms other mail last; then few places first, and then what changes little else."""
    return suggestion.harms, suggestion.places, len(suggestion.others)
