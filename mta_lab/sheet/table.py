"""The comparison of two sheets as people read it."""

from collections.abc import Iterator

from mta_lab.rehearsal.cells import direction, events
from mta_lab.rehearsal.changes import Change
from mta_lab.rehearsal.report import Flow
from mta_lab.sheet.comparing import Comparison, Difference


def lines(comparison: Comparison) -> Iterator[str]:
    """The lines of a comparison: each difference with what it does, then the mail as it is."""
    first, second = comparison.first, comparison.second
    for each in comparison.differences:
        yield f"{each.kind}: {first} {each.first_field} | {second} {each.second_field}"
        yield f"  {first}: {each.first}"
        yield f"  {second}: {each.second}"
        yield from (f"  {line}" for line in _does(each))
    if not comparison.differences:
        yield f"{first} and {second} agree in every field"
    for flow in comparison.mail:
        yield f"as the sheets are, {_fate(flow)}"
    if comparison.problem:
        yield "as the sheets are, they make no topology:"
        yield from (f"  {line}" for line in comparison.problem.splitlines())


def _does(difference: Difference) -> Iterator[str]:
    if difference.problem:
        yield from difference.problem.splitlines()
    elif not difference.changes:
        yield "nothing changes for the mail"
    yield from map(_change, difference.changes)


def _change(change: Change) -> str:
    if change.after is None:
        return f"{direction(change.sender, change.receiver)}: no mail"
    return _fate(change.after)


def _fate(flow: Flow) -> str:
    """What becomes of the mail, why, and what is logged."""
    logged = "; ".join(events(flow))
    return f"{direction(flow.sender, flow.receiver)}: {flow.disposition}: {flow.reason} ({logged})"
