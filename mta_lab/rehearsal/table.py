"""Predictions as people read them: a table of 80 columns, Markdown, and the trace as a tree."""

from collections.abc import Iterator, Sequence

from labkit.console import Column, Table, Text, Tree, line
from labkit.text import visible
from mta_lab.rehearsal.prediction import Attempt, Disposition, Leg, Step
from mta_lab.rehearsal.report import Flow, Report

#: The columns, and how wide they are: together they fit into 80.
_COLUMNS = {"from -> to": 22, "becomes": 12, "source seen": 15, "events": 27}
_STYLES = {Disposition.DELIVERED: "green", Disposition.COLLECTED: "yellow"}
_BAD = "red"


def table(report: Report) -> Table:
    """A row for each pair of MTAs."""
    made = Table(*(Column(heading, width=width) for heading, width in _COLUMNS.items()))
    for flow in report.flows:
        style = _STYLES.get(flow.disposition, _BAD)
        made.add_row(
            _direction(flow), line((flow.disposition, style)), _sources(flow), _events(flow)
        )
    return made


def remarks(report: Report) -> Iterator[str]:
    """Why mail is not delivered and when it moves, then what differs from the file's `expect`."""
    for flow in report.flows:
        if flow.disposition is not Disposition.DELIVERED:
            yield f"{_direction(flow)}: {flow.reason}"
            yield f"  {_next(flow)}"
    if report.not_modelled:
        yield f"{report.not_modelled}; nothing is compared with what the file expects"
    for each in report.disagreements:
        yield f"not as the file expects: {each}"


def markdown(report: Report) -> Iterator[str]:
    """The lines of the table in Markdown, with the reasons in it, for a change ticket."""
    yield "| from | to | becomes | source seen | events | why | moves next |"
    yield "|---|---|---|---|---|---|---|"
    for flow in report.flows:
        why = str(flow.reason)
        sources, events = "; ".join(_sources(flow)), "; ".join(_events(flow))
        moves = "" if flow.disposition is Disposition.DELIVERED else _next(flow)
        cells = (flow.sender, _receiver(flow), flow.disposition, sources, events, why, moves)
        yield f"| {' | '.join(map(_cell, cells))} |"


def traces(report: Report) -> Iterator[Tree]:
    """The trace of each flow: leg, attempt, step."""
    for flow in report.flows:
        root = Tree(line((f"{_direction(flow)}: {flow.disposition}", "bold")))
        for leg in flow.legs:
            _add_leg(root, leg)
        yield root


def _add_leg(root: Tree, leg: Leg) -> None:
    branch = root.add(line(f"{leg.sender} -> {leg.receiver or 'nobody'}: {leg.disposition}"))
    _add_steps(branch, leg.steps)
    for attempt in leg.attempts:
        _add_attempt(branch, attempt, f"call over connector {attempt.connector}")
        for other in attempt.alternatives:
            _add_attempt(branch, other, "or, from another address of the host")


def _add_attempt(branch: Tree, attempt: Attempt, what: str) -> None:
    text = f"{what}: {attempt.disposition if not attempt.accepted else 'accepted'}"
    _add_steps(branch.add(line((text, "" if attempt.accepted else _BAD))), attempt.steps)


def _add_steps(branch: Tree, steps: Sequence[Step]) -> None:
    for step in steps:
        branch.add(_step(step))


def _step(step: Step) -> Text:
    return line(f"{step.where}, {step.question}: ", (step.answer, "bold"), f"; {step.reason}")


def _direction(flow: Flow) -> str:
    return f"{flow.sender} -> {_receiver(flow)}"


def _receiver(flow: Flow) -> str:
    return flow.receiver or "nobody"


def _sources(flow: Flow) -> list[str]:
    """The addresses that called MTAs see; with their names where a relay is between."""
    if len(flow.sources) == 1:
        return [str(source) for source in flow.sources.values()]
    return [f"{source} at {name}" for name, source in flow.sources.items()] or ["-"]


def _events(flow: Flow) -> list[str]:
    return [f"{name} {' '.join(map(str, each))}" for name, each in flow.events.items()] or ["-"]


def _next(flow: Flow) -> str:
    """When the queue moves."""
    by = " and ".join(flow.collected_by)
    when = f"{flow.next_move:%Y-%m-%d %H:%M:%S} UTC" if flow.next_move else ""
    if by:
        return f"moves when {by} calls; " + (f"is tried again at {when}" if when else "never else")
    if flow.disposition in (Disposition.LOOPING, Disposition.REPORTED, Disposition.NO_CONNECTOR):
        return "the sender gets a report"
    return f"is tried again at {when}" if when else "never moves by itself"


def _cell(text: str) -> str:
    return visible(text).replace("|", "\\|")
