"""The story of a run, in a few lines: who is refused and why, what waits, what arrives.

Records come from several hosts, and so what happens in a step of the play is shown at its end, in
the order of lab time. A step that sends ends before its mail has gone anywhere, and so what happens
then is shown with the next one. Records of a host that are alike are one line. Addresses are those
of the topology file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from textwrap import wrap

from firewall_proxy import records as firewall_records
from labkit.addresses import host_of
from labkit.console import columns, display, line
from labkit.records import Record
from mta_emu.mta.log import records as mta_records
from mta_lab.lab.placement import Placement
from mta_lab.play.audience import Audience
from mta_lab.topology.disposition import NOT_DELIVERED
from mta_lab.topology.play import PlayStep

_LONGEST = 25  # lines
_FOR_EACH_STEP = 2  # lines that are kept for each step that comes later
_REFUSED, _LOGGED, _ARRIVED = "red", "yellow", "green"

#: What every run says of itself over and over, and what others say better.
_NOT_SHOWN = (
    mta_records.Submitted,
    mta_records.Transfer,
    mta_records.DoorOpen,
    mta_records.Resumed,
)


@dataclass
class _Line:
    """A line of the story: one record, and those that are alike after it."""

    host: str
    key: tuple[object, ...]
    records: list[Record] = field(default_factory=list)


class Story(Audience):
    """Shows a run on standard error."""

    def __init__(self, placement: Placement) -> None:
        """Show the run of a placed topology."""
        self._placement = placement
        self._steps = len(placement.topology.play)
        self._width = max(map(len, placement.topology.host_addresses()))
        self._lines: list[_Line] = []
        self._left = _LONGEST
        self._listening: set[str] = set()
        self._unshown = 0
        self._sends = False  # the step that goes on

    def hear(self, host: str, record: Record) -> None:
        """Take in what a host said."""
        if isinstance(record, mta_records.Listening) and host not in self._listening:
            self._listening.add(host)
            return
        key = _key(record)
        if key is None:
            return
        last = next((each for each in reversed(self._lines) if each.host == host), None)
        if last is None or last.key != key:
            last = _Line(host, key)
            self._lines.append(last)
        last.records.append(record)

    async def before(self, number: int, step: PlayStep) -> None:
        """Show what happened until now, and that a step of the play begins."""
        if not self._sends:
            self._tell(self._steps - number)
        self._sends = step.send is not None
        self._print("", f"{number + 1}. {step}", "bold")

    async def over(self) -> None:
        """Show what happened in the last step."""
        self._tell(0)

    def end(self) -> None:
        """Show what the hosts said at their end."""
        self._tell(0)
        if self._unshown:
            self._print("", f"... and {self._unshown} lines more: --verbose shows every record", "")

    def _tell(self, steps_to_come: int) -> None:
        said, self._lines = sorted(self._lines, key=lambda each: each.records[0].time), []
        for each in said:
            time = f"{each.records[0].time:%H:%M:%S}  {each.host:<{self._width}}  "
            text, style = _text(each.records)
            if self._left > steps_to_come * _FOR_EACH_STEP + 1:
                self._print(time, self._placement.in_file_text(text), style)
            else:
                self._unshown += 1

    def _print(self, head: str, text: str, style: str) -> None:
        """Print one line, wrapped where the terminal is too narrow."""
        for number, part in enumerate(wrap(text, columns(error=True) - len(head))):
            before = head if number == 0 else " " * len(head)
            display(line(before, (part, style)), error=True, wrap=False)
            self._left -= 1


def _key(record: Record) -> tuple[object, ...] | None:
    """What records have in common that are one line; None: it is not shown."""
    match record:
        case mta_records.Association():
            shown = _association(record) is not None
            return (record.kind, record.state, record.initiated, record.reason) if shown else None
        case mta_records.Turn():
            return (record.kind, record.what) if record.what in ("asked", "received") else None
        case mta_records.ConnectorState():
            waits = record.state == "waiting" and record.queued
            return (record.kind, record.connector) if waits else None
        case firewall_records.Connection():
            return record.kind, record.service, host_of(record.source), record.outcome
        case firewall_records.Listening():
            return None
        case _:
            return None if isinstance(record, _NOT_SHOWN) else (record.kind,)


def _text(records: Sequence[Record]) -> tuple[str, str]:
    """What records that are alike come to, and its style."""
    record = records[-1]
    more = f" ({len(records)} times)" if len(records) > 1 else ""
    match record:
        case mta_records.Association():
            return (_association(record) or "") + more, "" if record.state == "open" else _REFUSED
        case mta_records.EventLogged():
            numbers = ", ".join(_numbers(records))
            return f"logs event{'s' if len(records) > 1 else ''} {numbers}", _LOGGED
        case mta_records.Turn():
            return ("asks for the turn" if record.what == "asked" else "gets the turn") + more, ""
        case mta_records.ConnectorState():
            text = f"connector {record.connector} waits, with {record.queued} in its queue"
            return text, _LOGGED
        case mta_records.Delivered() if len(records) > 1:
            return f"delivers {len(records)} messages", _ARRIVED
        case mta_records.Delivered():
            return f"delivers a message: {record.subject}", _ARRIVED
        case mta_records.Reported():
            return f"makes a report: {record.outcome}{more}", _news(record)
        case mta_records.ReportReceived():
            return f"its user gets a report: {record.text}{more}", ""
        case mta_records.Listening():
            return "is up again", ""
        case firewall_records.Connection():
            return _connection(record) + more, ""
        case _:
            return f"{record}{more}", ""


def _association(record: mta_records.Association) -> str | None:
    peer = host_of(record.peer)
    match record.state, record.initiated:
        case "open", "remotely":
            return f"accepts the call from {peer} for connector {record.connector}"
        case "refused", "remotely":
            return f"refuses the call from {peer}{record.why}"
        case "refused", "locally":
            return f"is refused when it calls {peer} for connector {record.connector}{record.why}"
        case "unreachable", _:
            return f"cannot reach {peer} for connector {record.connector}{record.why}"
        case "aborted", _:
            return f"breaks off, or is cut off from, {peer}{record.why}"
    return None


def _connection(record: firewall_records.Connection) -> str:
    source = host_of(record.source)
    if record.onward_source is None or record.onward_destination is None:
        return f"{record.service} passes nothing on for {source}: {record.outcome}{record.why}"
    onward = f"{host_of(record.onward_destination)}, which sees {host_of(record.onward_source)}"
    return f"{record.service} passed {source} on to {onward}"


def _numbers(records: Sequence[Record]) -> Iterator[str]:
    for record in records:
        if isinstance(record, mta_records.EventLogged):
            yield str(record.id)


def _news(report: mta_records.Reported) -> str:
    """The colour of a report."""
    return _REFUSED if report.outcome.startswith(NOT_DELIVERED) else _ARRIVED
