"""Predictions as people read them: a table of 80 columns, Markdown, and the trace as a tree."""

from collections.abc import Iterator, Sequence

from labkit.console import Column, Table, Text, Tree, line
from mta_lab.rehearsal.cells import BAD, NOBODY, direction, events, row, sources, word
from mta_lab.rehearsal.prediction import Attempt, Leg, Step
from mta_lab.rehearsal.report import Flow, Report
from mta_lab.topology.disposition import Disposition

#: The columns, and how wide they are: with what is between them 80, unless an address is of IPv6.
_COLUMNS = {"from -> to": 20, "becomes": 12, "source seen": 15, "events": 27}
_FEWEST_FOR_EVENTS = 18


def table(report: Report) -> Table:
    """A row for each pair of MTAs."""
    longest = max((len(each) for flow in report.flows for each in sources(flow)), default=0)
    more = max(0, longest - _COLUMNS["source seen"])  # an address is not folded
    widths = _COLUMNS | {
        "source seen": _COLUMNS["source seen"] + more,
        "events": max(_COLUMNS["events"] - more, _FEWEST_FOR_EVENTS),
    }
    made = Table(*(Column(heading, width=width) for heading, width in widths.items()))
    for flow in report.flows:
        ends = direction(flow.sender, flow.receiver)
        made.add_row(ends, word(flow.disposition), sources(flow), events(flow))
    return made


def remarks(report: Report) -> Iterator[str]:
    """Why mail is not delivered and when it moves, then what differs from the file's `expect`."""
    if not report.flows:
        yield "no mail: no connector leads to a mailbox of another MTA"
    for flow in report.flows:
        if flow.disposition is not Disposition.DELIVERED:
            yield f"{direction(flow.sender, flow.receiver)}: {flow.reason}"
            yield f"  {_next(flow)}"
    yield from _in_the_play(report)
    for each in report.waiting:
        yield str(each)
        yield f"  {each.what_comes()}"
    if report.not_modelled:
        yield f"{report.not_modelled}; nothing is compared with what the file expects"
    for differs in report.disagreements:
        yield f"not as the file expects: {differs}"


def markdown(report: Report) -> Iterator[str]:
    """The lines of the table in Markdown, with the reasons in it, for a change ticket."""
    yield "| from | to | becomes | source seen | events | why | moves next |"
    yield "|---|---|---|---|---|---|---|"
    for flow in report.flows:
        why = str(flow.reason)
        seen, logged = "; ".join(sources(flow)), "; ".join(events(flow))
        moves = "" if flow.disposition is Disposition.DELIVERED else _next(flow)
        receiver = flow.receiver or NOBODY
        yield row((flow.sender, receiver, flow.disposition, seen, logged, why, moves))
    if others := [*_in_the_play(report)]:
        yield ""
        yield from (f"- {each}" for each in others)


def _in_the_play(report: Report) -> Iterator[str]:
    """The mail of the file's play that comes to another word than the first message does."""
    first = {(flow.sender, flow.receiver): flow.disposition for flow in report.flows}
    for each in report.played:
        pair = each.sender, each.receiver
        if first.get(pair, each.disposition) is not each.disposition:
            messages = "its message is" if each.sent == 1 else f"its {each.sent} messages are"
            yield f"{direction(*pair)}: in the file's play {messages} {each.disposition}"


def traces(report: Report) -> Iterator[Tree]:
    """The trace of each flow: leg, attempt, step."""
    for flow in report.flows:
        root = Tree(line((f"{direction(flow.sender, flow.receiver)}: {flow.disposition}", "bold")))
        for leg in flow.legs:
            _add_leg(root, leg)
        for leg in flow.report:
            _add_leg(root, leg, "the report, ")
        yield root


def _add_leg(root: Tree, leg: Leg, what: str = "") -> None:
    branch = root.add(line(f"{what}{leg.sender} -> {leg.receiver or 'nobody'}: {leg.disposition}"))
    _add_steps(branch, leg.steps)
    for attempt in leg.attempts:
        _add_attempt(branch, attempt, f"call over connector {attempt.connector}")
        for other in attempt.alternatives:
            _add_attempt(branch, other, "or, from another address of the host")


def _add_attempt(branch: Tree, attempt: Attempt, what: str) -> None:
    text = f"{what}: {attempt.disposition if not attempt.accepted else 'accepted'}"
    _add_steps(branch.add(line((text, "" if attempt.accepted else BAD))), attempt.steps)


def _add_steps(branch: Tree, steps: Sequence[Step]) -> None:
    for step in steps:
        branch.add(_step(step))


def _step(step: Step) -> Text:
    return line(f"{step.where}, {step.question}: ", (step.answer, "bold"), f"; {step.reason}")


def _next(flow: Flow) -> str:
    """When the queue moves."""
    by = " and ".join(flow.collected_by)
    when = f"{flow.next_move:%Y-%m-%d %H:%M:%S} UTC" if flow.next_move else ""
    if by:
        return f"moves when {by} calls; " + (f"is tried again at {when}" if when else "never else")
    if not all(leg.taken for leg in flow.legs):
        return "its MTA does not take it from the sender"
    if flow.disposition in (Disposition.LOOPING, Disposition.REPORTED, Disposition.NO_CONNECTOR):
        return "the sender gets a report"
    return f"is tried again at {when}" if when else "never moves by itself"
