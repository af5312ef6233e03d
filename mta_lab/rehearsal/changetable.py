"""Changes as people read them: a table of 80 columns, the reasons, and Markdown for a ticket."""

from collections.abc import Iterator, Sequence

from labkit.console import Column, Table, Text, line
from mta_lab.rehearsal.cells import BAD, NOBODY, NOTHING, direction, events, row, sources
from mta_lab.rehearsal.changes import Change, Kind
from mta_lab.rehearsal.report import Flow
from mta_lab.topology.disposition import Disposition

#: The columns, and how wide they are: together they fit into 80.
_COLUMNS = {"from -> to": 17, "change": 17, "before": 20, "after": 20}
_GOOD = (Kind.GAINED, Kind.NOW_DELIVERED)


def table(changes: Sequence[Change]) -> Table:
    """A row for each two MTAs whose mail changes."""
    made = Table(*(Column(heading, width=width) for heading, width in _COLUMNS.items()))
    for change in changes:
        made.add_row(
            direction(change.sender, change.receiver),
            _kinds(change),
            _becomes(change.before),
            _becomes(change.after),
        )
    return made


def remarks(changes: Sequence[Change]) -> Iterator[str]:
    """Why mail is not delivered afterwards."""
    for change in changes:
        if why := _why(change):
            yield f"{direction(change.sender, change.receiver)}: {why}"


def markdown(changes: Sequence[Change]) -> Iterator[str]:
    """The lines of the table in Markdown, with the reasons in it."""
    yield row(("from", "to", "change", "before", "after", "why"))
    yield row(["---"] * 6)
    for change in changes:
        becomes = ("; ".join(_becomes(each)) for each in (change.before, change.after))
        receiver = change.receiver or NOBODY
        yield row((change.sender, receiver, "; ".join(change.kinds), *becomes, _why(change)))


def _kinds(change: Change) -> Text:
    """In which ways it changes, one per line, in the colour of the worst."""
    harms = any(kind.harms for kind in change.kinds)
    style = BAD if harms else "green" if change.kinds[0] in _GOOD else "yellow"
    return line(("; ".join(change.kinds), style))


def _becomes(flow: Flow | None) -> list[str]:
    """What becomes of the mail, the addresses that called MTAs see, and the events."""
    if flow is None:
        return ["no mail"]
    lists = (sources(flow), events(flow))
    return [flow.disposition, *(each for cells in lists for each in cells if each != NOTHING)]


def _why(change: Change) -> str:
    flow = change.after
    return "" if flow is None or flow.disposition is Disposition.DELIVERED else str(flow.reason)
