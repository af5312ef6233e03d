"""Combinations of settings as people read them: the flows of each, and what changes marked."""

from collections.abc import Iterator, Sequence

from labkit.console import Column, Table, line
from mta_lab.rehearsal.cells import NOBODY, direction, events, row, sources, word
from mta_lab.rehearsal.changes import Change
from mta_lab.rehearsal.report import Flow
from mta_lab.rehearsal.whatif import Case
from mta_lab.topology.disposition import Disposition

#: The columns, and how wide they are: together they fit into 80.
_COLUMNS = {"from -> to": 22, "becomes": 14, "source seen": 15, "events": 25}
_AS_IT_IS = "as the file has it"
_MARK = "*"
_NO_MAIL = "no mail"


def tables(before: Sequence[Flow], cases: Sequence[Case]) -> Iterator[Table]:
    """A table for the file as it is, and one for each combination, where changes are marked."""
    yield _table(_AS_IT_IS, before, ())
    for number, case in enumerate(cases, 1):
        yield _table(f"{number}. {_settings(case)}", case.flows, case.changes)


def remarks(cases: Sequence[Case]) -> Iterator[str]:
    """What a mark says, which combinations deliver all mail, and what was seen of those played."""
    good = [str(number) for number, case in enumerate(cases, 1) if _delivers(case)]
    yield f"{_MARK} differs from the file; {len(cases)} combinations"
    yield f"all mail is delivered with {', '.join(good) or 'none of them'}"
    for number, case in enumerate(cases, 1):
        if case.proved:
            yield f"{number} was {case.proved}"


def markdown(before: Sequence[Flow], cases: Sequence[Case]) -> Iterator[str]:
    """The lines of one table in Markdown."""
    yield row(("", "settings", "from", "to", "becomes", "source seen", "events", "change"))
    yield row(["---"] * 8)
    yield from _rows("", _AS_IT_IS, before, ())
    for number, case in enumerate(cases, 1):
        yield from _rows(str(number), _settings(case), case.flows, case.changes)


def _table(title: str, flows: Sequence[Flow], changes: Sequence[Change]) -> Table:
    made = Table(*(Column(each, width=width) for each, width in _COLUMNS.items()), title=title)
    changed = {(change.sender, change.receiver) for change in changes}
    for flow in flows:
        mark = _MARK if (flow.sender, flow.receiver) in changed else " "
        becomes = line(f"{mark} ").append(word(flow.disposition))
        ends = direction(flow.sender, flow.receiver)
        made.add_row(ends, becomes, sources(flow), events(flow))
    for change in _gone(changes):
        made.add_row(direction(change.sender, change.receiver), f"{_MARK} {_NO_MAIL}", "", "")
    return made


def _rows(
    number: str, settings: str, flows: Sequence[Flow], changes: Sequence[Change]
) -> Iterator[str]:
    kinds = {(each.sender, each.receiver): "; ".join(each.kinds) for each in changes}
    for flow in flows:
        ends = flow.sender, flow.receiver or NOBODY
        seen, logged = "; ".join(sources(flow)), "; ".join(events(flow))
        change = kinds.get((flow.sender, flow.receiver), "")
        yield row((number, settings, *ends, flow.disposition, seen, logged, change))
    for each in _gone(changes):
        ends = each.sender, each.receiver or NOBODY
        yield row((number, settings, *ends, _NO_MAIL, "", "", "; ".join(each.kinds)))


def _gone(changes: Sequence[Change]) -> list[Change]:
    """The flows that are no more."""
    return [change for change in changes if change.after is None]


def _settings(case: Case) -> str:
    return ", ".join(f"{path}={value}" for path, value in case.settings.items())


def _delivers(case: Case) -> bool:
    """Whether all mail of the file is delivered."""
    return not _gone(case.changes) and all(
        flow.disposition is Disposition.DELIVERED for flow in case.flows
    )
