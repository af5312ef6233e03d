"""Results as people see them: a line, a table, and where the captures are."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from labkit.console import Column, Table, Text, display, line
from mta_lab.topology.disposition import Disposition
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
_DISPOSITIONS = {Disposition.DELIVERED: "green", Disposition.COLLECTED: "yellow"}
_BAD = "red"


#: A verdict as people read it, and its style.
_VERDICTS = {"pass": ("ok", "green"), "fail": ("FAIL", "red"), "played": ("played", "")}


def style_of(disposition: Disposition) -> str:
    """The style in which what becomes of mail is shown."""
    return _DISPOSITIONS.get(disposition, _BAD)


def _table(result: Result, names: int) -> Table:
    """A row for each direction of the mail, with the events that its first MTA logged."""
    longest = max((len(_source(result, flow)) for flow in result.flows), default=0)
    texts = _TEXTS | {"source seen": max(longest, _TEXTS["source seen"])}
    table = Table(
        Column("from -> to\n  events there", width=names),
        *(Column(heading, width=width) for heading, width in texts.items()),
        *(Column(heading, justify="right", width=width) for heading, width in _FIGURES.items()),
    )
    table.padding = 0  # one space between two columns
    for flow in result.flows:
        table.add_row(*_row(result, flow))
    return table


#: The columns beside the names, and how wide they are: together they fit into 80 columns, unless an
#: address is one of IPv6.
_TEXTS = {"becomes": 12, "source seen": 15}
_FIGURES = {"sent": 4, "direct": 6, "collected": 9, "still queued": 6}
_NAMES = (18, 22)  # how wide the names may be


def _row(result: Result, flow: Flow) -> Iterable[str | list[str] | Text]:
    events = " ".join(str(event.id) for event in result.mtas[flow.sender].events)
    yield [_direction(flow), *([f"  {events}"] if events else [])]
    style = style_of(flow.disposition) if flow.disposition else ""
    yield line((flow.disposition or "-", style))
    yield _source(result, flow)
    for figure in (flow.sent, flow.delivered_directly, flow.collected, flow.queued_at_end):
        yield str(figure)


def _source(result: Result, flow: Flow) -> str:
    """The source address that was seen, as the topology file has it."""
    in_file = {wire: ours for ours, wire in result.addresses.items()}
    return str((flow.source_seen and in_file.get(flow.source_seen, flow.source_seen)) or "-")


def _direction(flow: Flow) -> str:
    return f"{flow.sender} -> {flow.receiver}"


def display_progress(result: Result, seconds: float) -> None:
    """Show on standard error that one of several topologies has been played."""
    word, style = _VERDICTS[result.verdict]
    display(line((f"{word:<7}", style), f"{seconds:5.1f} s  {result.topology}"), error=True)


def display_summary(results: Sequence[Result], seconds: float) -> None:
    """Show how many topologies did what they should."""
    counts = Counter(result.verdict for result in results)
    played = f"{counts['played']} played, " if counts["played"] else ""
    text = f"{counts['pass']} passed, {played}{counts['fail']} failed, {seconds:.0f} s"
    display(line((text, "red" if counts["fail"] else "green")))


def display_results(results: list[Result]) -> None:
    """Show the table, the differences, and where the captures lie."""
    names = max((len(_direction(flow)) for result in results for flow in result.flows), default=0)
    least, most = _NAMES
    for number, result in enumerate(results):
        table = _table(result, max(least, min(names, most)))
        table.show_header = number == 0
        verdict = line(_VERDICTS[result.verdict], f" {result.topology}")
        display(verdict, table)
    for result in results:
        for difference in result.differences:
            display(
                line(
                    (result.topology, "red"),
                    f": {difference.where}: "
                    f"expected {_value(difference.expected)}, "
                    f"observed {_value(difference.observed)}",
                ),
                wrap=False,
            )
    display(*_capture_lines(results), wrap=False)


def _value(value: object) -> str:
    """A figure, a word or a list of them as it stands in a sentence."""
    if isinstance(value, list | tuple):
        return " ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def _capture_lines(results: Sequence[Result]) -> Iterator[Text]:
    """Where the captures lie, and how Wireshark reads them."""
    for result in results if len(results) == 1 else ():
        capture = result.capture
        origin = "" if capture.method == "kernel" else ", built from the sockets, not captured"
        lost = f", {capture.dropped} packets lost" if capture.dropped else ""
        yield line(f"{capture.packets} packets{origin}{lost}; open them:")
        yield line((f"  wireshark {_rule(result)}{capture.file}", "bold"))
    if len(results) > 1:
        last = results[-1]
        directory = Path(last.capture.file).parent
        yield line("each has its capture; open one:")
        yield line((f"  wireshark {_rule(last)}{directory}/{last.topology}.pcapng", "bold"))


def _rule(result: Result) -> str:
    rule = result.capture.decode_as
    return f"-d {rule} " if rule else ""
