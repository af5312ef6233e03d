"""Every record that hosts write, each on its own line, as it comes."""

from labkit.console import display, line
from labkit.records import Record, as_text
from mta_lab.play.audience import Audience
from mta_lab.topology.files import Topology
from mta_lab.verdict.table import STATE_STYLES

_HOST_STYLES = ("cyan", "magenta", "blue", "green")


class LiveOutput(Audience):
    """Prints each record as it comes."""

    def __init__(self, topology: Topology, *, error: bool = False) -> None:
        """Print to standard output or error; the topology's hosts get a colour each."""
        self._error = error
        names = (*topology.serving(), *topology.commanded())
        self._width = max(map(len, names), default=0)
        self._styles = dict(zip(names, _HOST_STYLES * len(names), strict=False))

    def hear(self, host: str, record: Record) -> None:
        """Print a line for what `host` said."""
        state = getattr(record, "state", "") or getattr(record, "type", "")
        self.said(host, as_text(record), STATE_STYLES.get(state, ""))

    def said(self, host: str, text: str, style: str = "") -> None:
        """Print a line of text that a program wrote."""
        name = f"{host:<{self._width}}", self._styles[host]
        display(line(name, "  ", (text, style)), error=self._error, wrap=False)
