"""The lines of a run while it lasts."""

from labkit.console import display, line
from labkit.records import as_text
from mta_emu.mta.log.records import RECORDS
from mta_lab.lab.records import Record
from mta_lab.topology.files import FIREWALL, Topology
from mta_lab.verdict.table import STATE_STYLES

_HOST_STYLES = ("cyan", "magenta", "blue", "green")


class LiveOutput:
    """Prints each record of a run as it comes; an Observer."""

    def __init__(self, topology: Topology, *, error: bool = False) -> None:
        """Print to standard output or error; the topology's hosts get a colour each."""
        self._error = error
        names = [*topology.mtas, FIREWALL]
        self._width = max(map(len, names))
        self._styles = dict(zip(names, _HOST_STYLES * len(names), strict=False))

    def __call__(self, host: str, record: Record) -> None:
        """Print a line for what `host` said."""
        text = _firewall_text(record) if host == FIREWALL else as_text(RECORDS.of(record))
        state = record.get("state") or record.get("type") or ""
        display(
            line(
                (f"{host:<{self._width}}", self._styles[host]),
                "  ",
                (text, STATE_STYLES.get(state, "")),
            ),
            error=self._error,
            wrap=False,
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
