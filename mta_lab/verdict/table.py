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


#: A verdict as people read it, and its style.
_VERDICTS = {"pass": ("ok", "green"), "fail": ("FAIL", "red"), "played": ("played", "")}


def results_table(results: Iterable[Result]) -> Table:
    """A row for each scenario, and below it one for each direction of its mail."""
    table = Table(
        "from -> to",
        *(Column(heading, no_wrap=True) for heading in ("could\nopen", "source\nseen")),
        *(
            Column(heading, justify="right", no_wrap=True)
            for heading in ("sent", "direct", "picked\nup", "still\nqueued")
        ),
        "events at\nthe sender",
    )
    for result in results:
        table.add_section()
        table.add_row(line(_VERDICTS[result.verdict], f" {result.topology}"))
        for flow in result.flows:
            table.add_row(*_row(result, flow))
    return table


def _row(result: Result, flow: Flow) -> Iterable[str | Text]:
    in_file = {wire: ours for ours, wire in result.addresses.items()}
    source = flow.source_seen and in_file.get(flow.source_seen, flow.source_seen)
    events = " ".join(str(event.id) for event in result.mtas[flow.sender].events)
    yield f"{flow.sender} -> {flow.receiver}"
    yield line((flow.outcome or "-", STATE_STYLES.get(flow.outcome or "", "")))
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
