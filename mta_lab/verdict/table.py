"""What people see: the lines of a run while it lasts, the table of results, the drawing."""

from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

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
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    table.add_column("scenario", overflow="fold")
    for heading in ("from -> to", "could\nopen", "source\nseen"):
        table.add_column(heading, no_wrap=True)
    for heading in ("sent", "delivered\ndirectly", "picked\nup", "still\nqueued"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("events at\nthe sender", overflow="fold", min_width=len("1290 289 1294 301"))
    for result in results:
        for number, flow in enumerate(result.flows):
            last = number == len(result.flows) - 1
            table.add_row(*_row(result, flow, first=number == 0), end_section=last)
    return table


def _row(result: Result, flow: Flow, *, first: bool) -> Iterable[Text]:
    in_file = {wire: ours for ours, wire in result.addresses.items()}
    source = flow.source_seen and in_file.get(flow.source_seen, flow.source_seen)
    events = " ".join(str(event.id) for event in result.mtas[flow.sender].events)
    verdict = Text("ok", "green") if result.verdict == "pass" else Text("FAIL", "red")
    yield verdict if first else Text()
    yield Text(result.topology if first else "")
    yield Text(f"{flow.sender} -> {flow.receiver}")
    yield Text(flow.outcome, STATE_STYLES.get(flow.outcome, ""))
    yield Text(str(source or "-"))
    for figure in (flow.sent, flow.delivered_directly, flow.picked_up, flow.queued_at_end):
        yield Text(str(figure))
    yield Text(events or "-", "yellow")


def print_results(out: Console, results: list[Result]) -> None:
    """Print the table, the differences, and where the captures lie."""
    out.print(results_table(results))
    for result in results:
        for difference in result.differences:
            out.print(
                f"[red]{result.topology}[/]: {difference.where}: "
                f"expected {difference.expected}, observed {difference.observed}"
            )
    for result in results:
        out.print(_capture_text(result), soft_wrap=True)


def _capture_text(result: Result) -> Text:
    capture = result.capture
    rule = f"-d {capture.decode_as} " if capture.decode_as else ""
    origin = "" if capture.method == "kernel" else " (built from the sockets, not captured)"
    lost = f", {capture.dropped} packets lost" if capture.dropped else ""
    return Text.assemble(
        f"{result.topology}: {capture.packets} packets in {capture.file}{origin}{lost}; open it: ",
        (f"wireshark {rule}{capture.file}", "bold"),
    )
