"""What people see: the lines of a run while it lasts, the table of results, the drawing."""

from collections.abc import Iterable

from labkit.console import Column, Table, Text, display, line
from mta_lab.verdict.result import Flow, Result

STATE_STYLES = {
    "refused": "red",
    "aborted": "red",
    "unreachable": "red",
    "open": "green",
    "accepted": "green",
    "Warning": "yellow",
    "Error": "red",
}


def results_table(results: Iterable[Result]) -> Table:
    """A row for each scenario and direction."""
    table = Table(
        Column("", no_wrap=True),
        "scenario",
        *(
            Column(heading, no_wrap=True)
            for heading in ("from -> to", "could\nopen", "source\nseen")
        ),
        *(
            Column(heading, justify="right", no_wrap=True)
            for heading in ("sent", "delivered\ndirectly", "picked\nup", "still\nqueued")
        ),
        Column("events at\nthe sender", min_width=len("1290 289 1294 301")),
    )
    for result in results:
        for number, flow in enumerate(result.flows):
            last = number == len(result.flows) - 1
            table.add_row(*_row(result, flow, first=number == 0), end_section=last)
    return table


def _row(result: Result, flow: Flow, *, first: bool) -> Iterable[str | Text]:
    in_file = {wire: ours for ours, wire in result.addresses.items()}
    source = flow.source_seen and in_file.get(flow.source_seen, flow.source_seen)
    events = " ".join(str(event.id) for event in result.mtas[flow.sender].events)
    verdict = line(("ok", "green") if result.verdict == "pass" else ("FAIL", "red"))
    yield verdict if first else ""
    yield result.topology if first else ""
    yield f"{flow.sender} -> {flow.receiver}"
    yield line((flow.outcome, STATE_STYLES.get(flow.outcome, "")))
    yield str(source or "-")
    for figure in (flow.sent, flow.delivered_directly, flow.picked_up, flow.queued_at_end):
        yield str(figure)
    yield line((events or "-", "yellow"))


def display_results(results: list[Result]) -> None:
    """Show the table, the differences, and where the captures lie."""
    display(results_table(results))
    for result in results:
        for difference in result.differences:
            display(
                line(
                    (result.topology, "red"),
                    f": {difference.where}: "
                    f"expected {difference.expected}, observed {difference.observed}",
                ),
                wrap=False,
            )
    for result in results:
        display(_capture_text(result), wrap=False)


def _capture_text(result: Result) -> Text:
    capture = result.capture
    rule = f"-d {capture.decode_as} " if capture.decode_as else ""
    origin = "" if capture.method == "kernel" else " (built from the sockets, not captured)"
    lost = f", {capture.dropped} packets lost" if capture.dropped else ""
    return line(
        f"{result.topology}: {capture.packets} packets in {capture.file}{origin}{lost}; open it: ",
        (f"wireshark {rule}{capture.file}", "bold"),
    )
