"""What was rehearsed, as the page shows it: with the addresses of the topology file.

A prediction is a tree: legs, attempts, steps; a step has its answer, why, and where that is
configured.
"""

from collections.abc import Iterable, Iterator

from labkit.config import Section
from mta_lab.lab.placement import Placement
from mta_lab.rehearsal.cells import direction
from mta_lab.rehearsal.prediction import Attempt, Leg, Step
from mta_lab.rehearsal.report import Flow
from mta_lab.rehearsal.suggest.suggestion import Suggestion
from mta_lab.rehearsal.whatif import Case
from mta_lab.topology.disposition import Disposition


class Line(Section):
    """A step of a trace."""

    where: str
    """The host that is asked."""
    question: str
    """What it is asked."""
    answer: str
    """What it answers."""
    reason: str
    """Why."""
    configured: str
    """Where that is configured; empty: nowhere."""


class Branch(Section):
    """A leg of the way, or an attempt to open an association for it."""

    text: str
    """Which one."""
    disposition: Disposition
    """What becomes of it."""
    steps: tuple[Line, ...]
    """Its steps."""
    branches: tuple["Branch", ...] = ()
    """The attempts of a leg."""


class Cell(Section):
    """The first message from one MTA to another."""

    sender: str
    """The first MTA."""
    receiver: str
    """The last MTA; empty: nobody has a mailbox for it."""
    disposition: Disposition
    """What becomes of it."""
    reason: str
    """Why."""
    configured: str
    """Where that is configured; empty: nowhere."""
    sources: dict[str, str]
    """The source address that each called MTA sees."""
    events: dict[str, tuple[int, ...]]
    """The events that each MTA logs, in order."""
    next_move: str
    """When a queue that waits moves by itself, lab time; empty: never, or nothing waits."""
    trace: tuple[Branch, ...]
    """How it comes to that."""


class Tried(Section):
    """One combination of settings."""

    settings: dict[str, str]
    """Them."""
    becomes: dict[str, Disposition]
    """What becomes of the mail, by "FROM -> TO"."""
    changes: dict[str, str]
    """What changes of it from the lab as it is."""


class Mend(Section):
    """Edits of the topology file by which mail is mended."""

    edits: tuple[str, ...]
    """In words."""
    mends: tuple[str, ...]
    """The mail that waited, as "FROM -> TO"."""
    others: tuple[str, ...]
    """What else changes for mail."""
    harms: bool
    """Whether other mail is lost by it, or waits longer."""
    diff: str
    """The file's; passwords are hidden."""


def cell(flow: Flow, placement: Placement) -> Cell:
    """A flow with its trace."""
    text = placement.in_file_text
    return Cell(
        sender=flow.sender,
        receiver=flow.receiver or "",
        disposition=flow.disposition,
        reason=text(flow.reason.text),
        configured=str(flow.reason.place or ""),
        sources={name: str(placement.in_file(each)) for name, each in flow.sources.items()},
        events=flow.events,
        next_move=flow.next_move.isoformat(timespec="seconds") if flow.next_move else "",
        trace=tuple(_leg(leg, placement) for leg in (*flow.legs, *flow.report)),
    )


def tried(case: Case) -> Tried:
    """A case of what-if."""
    return Tried(
        settings=case.settings,
        becomes={direction(each.sender, each.receiver): each.disposition for each in case.flows},
        changes={
            direction(each.sender, each.receiver): ", ".join(each.kinds) for each in case.changes
        },
    )


def mend(found: Suggestion) -> Mend:
    """A suggestion."""
    return Mend(
        edits=found.edits,
        mends=found.mends,
        others=tuple(
            f"{direction(each.sender, each.receiver)}: {', '.join(each.kinds)}"
            for each in found.others
        ),
        harms=found.harms,
        diff=found.diff,
    )


def _leg(leg: Leg, placement: Placement) -> Branch:
    return Branch(
        text=f"{leg.sender} to {leg.receiver or 'nobody'}",
        disposition=leg.disposition,
        steps=tuple(_lines(leg.steps, placement)),
        branches=tuple(_attempts(leg.attempts, placement)),
    )


def _attempts(attempts: Iterable[Attempt], placement: Placement) -> Iterator[Branch]:
    for attempt in attempts:
        for number, each in enumerate((attempt, *attempt.alternatives)):
            other = ", from another address of the host" if number else ""
            yield Branch(
                text=f"{each.caller} calls over {each.connector}{other}",
                disposition=each.disposition,
                steps=tuple(_lines(each.steps, placement)),
            )


def _lines(steps: Iterable[Step], placement: Placement) -> Iterator[Line]:
    text = placement.in_file_text
    for step in steps:
        yield Line(
            where=step.where,
            question=text(step.question),
            answer=text(step.answer),
            reason=text(step.reason.text),
            configured=str(step.reason.place or ""),
        )
