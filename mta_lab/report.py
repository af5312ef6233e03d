"""What people see: the lines of a run while it lasts, the table of results, the drawing."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from labkit.console import console as plain_console
from mta_emu.mta.journal import as_text
from mta_lab.processes import Record
from mta_lab.result import Flow, Result
from mta_lab.topology import FIREWALL, Topology, mta_address

_PLAIN_WIDTH = 140  # columns where the output is not a terminal

_HOST_STYLES = ("cyan", "magenta", "blue", "green")
_STATE_STYLES = {
    "refused": "red",
    "aborted": "red",
    "unreachable": "red",
    "open": "green",
    "accepted": "green",
    "Warning": "yellow",
    "Error": "red",
}


def console(*, stderr: bool = False) -> Console:
    """A console that keeps tables readable in logs too."""
    return plain_console(_PLAIN_WIDTH, stderr=stderr)


class LiveOutput:
    """Prints each record of a run as it comes; an Observer."""

    def __init__(self, out: Console, topology: Topology) -> None:
        """Print to `out`; the topology's hosts get a colour each."""
        self._out = out
        names = [*topology.mtas, FIREWALL]
        self._width = max(map(len, names))
        self._styles = dict(zip(names, _HOST_STYLES * len(names), strict=False))

    def __call__(self, host: str, record: Record) -> None:
        """Print a line for what `host` said."""
        text = _firewall_text(record) if host == FIREWALL else as_text(record)
        state = record.get("state") or record.get("type") or ""
        self._out.print(
            Text.assemble(
                (f"{host:<{self._width}}", self._styles[host]),
                "  ",
                (text, _STATE_STYLES.get(state, "")),
            ),
            soft_wrap=True,
        )


def _firewall_text(record: Record) -> str:
    if record["kind"] == "listening":
        return f"{record['time']} listening on {', '.join(record['addresses']) or 'nothing'}"
    if record["kind"] == "reload-refused":
        return f"{record['time']} configuration refused, the one before stays: {record['reason']}"
    onward = record["onward_source"] or "nothing"
    return (
        f"{record['time']} {record['service']}: {record['source']} -> {record['destination']} "
        f"passed on as {onward}: {record['outcome']}, "
        f"{record['bytes_out']} octets out, {record['bytes_in']} in"
    )


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
    yield Text(flow.outcome, _STATE_STYLES.get(flow.outcome, ""))
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


def catalogue(topologies: Mapping[Path, Topology]) -> Table:
    """A row for each topology file."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("file", no_wrap=True)
    table.add_column("what it shows", overflow="fold", ratio=2)
    table.add_column("symptom", overflow="fold", ratio=3)
    for path, topology in topologies.items():
        table.add_row(Text(str(path)), Text(topology.title), Text(topology.symptom))
    return table


def drawing(topology: Topology) -> Tree:
    """The topology's networks, hosts, connectors and services as a tree."""
    root = Tree(Text(f"{topology.name}: {topology.title}", "bold"))
    for name, network in topology.networks.items():
        branch = root.add(f"{name} {network}")
        for mta_name, mta in topology.mtas.items():
            if mta_address(mta) in network:
                host = branch.add(f"{mta_name} {mta_address(mta)}")
                for connector in mta.connectors:
                    host.add(
                        f"connector {connector.general.directory_name} to "
                        f"{connector.stack.address}, that is "
                        f"{topology.called_by(mta_name, connector) or 'no MTA of the lab'}; "
                        f"schedule {connector.schedule.activation}"
                    )
        _draw_firewall(topology, name, branch)
    return root


def _draw_firewall(topology: Topology, network: str, branch: Tree) -> None:
    firewall = topology.firewall
    if firewall is None:
        return
    for name, interface in firewall.interfaces.items():
        if topology.network_of(interface.address) != network:
            continue
        host = branch.add(f"firewall {interface.address} ({name})")
        for service in firewall.services:
            if service.listen.interface == name:
                host.add(f"{service.name} passes on to {service.destination}")
    for tunnel in firewall.tunnels:
        branch.add(f"tunnel {tunnel.name}: {' <-> '.join(map(str, tunnel.between))}")
