"""What changes for the mail from one prediction to another: of two topologies, or after edits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from mta_lab.lab.placement import Placement
from mta_lab.rehearsal.report import Flow
from mta_lab.topology.disposition import Disposition


class Kind(StrEnum):
    """In which way the mail from one MTA to another changes."""

    GAINED = "gained"
    LOST = "lost"
    NOW_COLLECTED = "delivered, now collected"
    NOW_DELIVERED = "collected, now delivered"
    OTHER_DISPOSITION = "another disposition"
    OTHER_CHECK = "stopped by another check"
    OTHER_SOURCE = "another source"
    OTHER_EVENTS = "other events"
    OTHER_TIME = "moves at another time"
    NEW = "new, and does not move"
    GONE = "gone, and did not move"

    @property
    def harms(self) -> bool:
        """Whether mail leaves later than before, or not at all."""
        return self in (Kind.LOST, Kind.NOW_COLLECTED)


@dataclass(frozen=True)
class Change:
    """What changes for the mail from one MTA to another.

    `before` or `after` is null where there is no such mail: no connector leads there. `receiver` is
    null when no MTA has a mailbox for the recipient.
    """

    sender: str
    receiver: str | None
    kinds: tuple[Kind, ...]
    before: Flow | None
    after: Flow | None


@dataclass(frozen=True)
class Comparison:
    """Two topologies or labs by their names, and what changes from the one to the other."""

    before: str
    after: str
    at: datetime
    changes: tuple[Change, ...]


def changes(before: Sequence[Flow], after: Sequence[Flow]) -> tuple[Change, ...]:
    """What changes from one prediction to another, both of the same lab time."""
    old, new = _by_ends(before), _by_ends(after)
    pairs = ((ends, old.get(ends), new.get(ends)) for ends in {**old, **new})
    return tuple(
        Change(*ends, kinds, was, now)
        for ends, was, now in pairs
        if (kinds := tuple(_kinds(was, now)))
    )


def in_file(flow: Flow, placement: Placement) -> Flow:
    """A flow of a lab that is up, with the addresses of its topology file and without its trace."""
    return replace(
        flow,
        reason=replace(flow.reason, text=placement.in_file_text(flow.reason.text)),
        sources={name: placement.in_file(each) for name, each in flow.sources.items()},
        legs=(),
    )


def _by_ends(flows: Sequence[Flow]) -> Mapping[tuple[str, str | None], Flow]:
    return {(flow.sender, flow.receiver): flow for flow in flows}


def _kinds(was: Flow | None, now: Flow | None) -> Iterator[Kind]:
    if was is None or now is None:
        yield _appears(now) if now else _goes(was)
        return
    if was.disposition is not now.disposition:
        yield _becomes(was.disposition, now.disposition)
    else:
        if _check(was) != _check(now):
            yield Kind.OTHER_CHECK
        if was.next_move != now.next_move:
            yield Kind.OTHER_TIME
    if was.sources != now.sources:
        yield Kind.OTHER_SOURCE
    if was.events != now.events:
        yield Kind.OTHER_EVENTS


def _appears(now: Flow) -> Kind:
    return Kind.GAINED if now.disposition.moves else Kind.NEW


def _goes(was: Flow | None) -> Kind:
    return Kind.LOST if was and was.disposition.moves else Kind.GONE


def _becomes(was: Disposition, now: Disposition) -> Kind:
    if was.moves and now.moves:
        return Kind.NOW_DELIVERED if was is Disposition.COLLECTED else Kind.NOW_COLLECTED
    if was.moves is now.moves:
        return Kind.OTHER_DISPOSITION
    return Kind.GAINED if now.moves else Kind.LOST


def _check(flow: Flow) -> str:
    """The check that stops a flow; empty: none does."""
    return "" if flow.disposition is Disposition.DELIVERED else flow.reason.check
