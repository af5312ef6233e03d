"""What a failed test shows of a lab: predicted and observed, a short ladder, and the capture."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from labkit.console import Column, Table, as_text
from mta_emu.decode.dissector import dissect
from mta_emu.decode.joining import chains
from mta_emu.decode.ladder import ladder
from mta_emu.decode.steps import LayerName
from mta_lab.rehearsal.cells import direction
from mta_lab.rehearsal.report import Report
from mta_lab.testing.aio import AsyncLab
from mta_lab.topology.disposition import Disposition
from mta_lab.verdict.result import Difference, Flow, Result

_COLUMNS = 140
_LINES = 40  # of ladders, which together are no longer


def failure(lab: AsyncLab, capture: Path) -> str:
    """The text for a lab that has stopped; `capture` is where its packets lie."""
    differences = lab.result.differences if lab.played else ()
    return "\n".join(_parts(lab.predict(), lab.result, differences, capture))


def _parts(
    predicted: Report, result: Result, differences: Sequence[Difference], capture: Path
) -> Iterator[str]:
    yield as_text(_table(predicted, result), width=_COLUMNS)
    for flow in predicted.flows:
        if flow.disposition is not Disposition.DELIVERED:
            ends = direction(flow.sender, flow.receiver)
            yield f"{ends} is predicted {flow.disposition}: {flow.reason}"
    for name, mta in result.mtas.items():
        yield f"{name} logged: {' '.join(str(event.id) for event in mta.events) or 'no event'}"
    for each in differences:
        yield f"not as the file expects: {each.where}: {each.expected}, and seen {each.observed}"
    if capture.exists():
        yield ""
        yield from _ladders(capture, result.capture.port)
        rule = f"-d {result.capture.decode_as} " if result.capture.decode_as else ""
        yield f"the packets: wireshark {rule}{capture}"


def _table(predicted: Report, result: Result) -> Table:
    table = Table(Column("from -> to"), Column("predicted, first message"), Column("observed"))
    expected = {(each.sender, each.receiver): each.disposition for each in predicted.flows}
    for flow in result.flows:
        pair = flow.sender, flow.receiver
        table.add_row(direction(*pair), str(expected.get(pair, "-")), _observed(flow))
    return table


def _observed(flow: Flow) -> str:
    word = flow.disposition or "no mail"
    return f"{word}: {flow.sent} sent, {flow.delivered} arrived, {flow.queued_at_end} queued"


def _ladders(capture: Path, port: int) -> Iterator[str]:
    """The calls in the capture from the first on, in the words of reliable transfer."""
    associations = dissect(capture, (port,))
    numbers = {id(each): number for number, each in enumerate(associations, 1)}
    left = _LINES
    found = chains(associations)
    for done, chain in enumerate(found):
        if left <= 0:
            yield f"calls that are in the capture besides: {len(found) - done}"
            return
        drawn = ladder([numbers[id(each)] for each in chain], chain, LayerName.RTSE)
        lines = as_text(drawn, width=_COLUMNS).rstrip().split("\n")
        yield from lines[:left]
        if len(lines) > left:
            yield f"the whole ladder: mta-emu decode --join --port {port} {capture}"
        yield ""
        left -= len(lines)
