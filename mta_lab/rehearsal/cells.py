"""The cells of tables of predictions: a flow's ends, its word, source addresses, events."""

from collections.abc import Iterable

from labkit.console import Text, line
from labkit.text import visible
from mta_lab.rehearsal.report import Flow
from mta_lab.topology.disposition import Disposition
from mta_lab.verdict.table import style_of

NOBODY = "nobody"
NOTHING = "-"
BAD = "red"


def direction(sender: str, receiver: str | None) -> str:
    """Whose mail it is, and whom it is for."""
    return f"{sender} -> {receiver or NOBODY}"


def word(disposition: Disposition) -> Text:
    """A disposition in its colour."""
    return line((disposition, style_of(disposition)))


def sources(flow: Flow) -> list[str]:
    """The addresses that called MTAs see; with their names where a relay is between."""
    if len(flow.sources) == 1:
        return [str(source) for source in flow.sources.values()]
    return [f"{source} at {name}" for name, source in flow.sources.items()] or [NOTHING]


def events(flow: Flow) -> list[str]:
    """The events that each MTA logs."""
    logged = flow.events.items()
    return [f"{name} {' '.join(map(str, each))}" for name, each in logged] or [NOTHING]


def row(cells: Iterable[str]) -> str:
    """A row of a table in Markdown."""
    safe = (visible(each).replace("|", "\\|") for each in cells)
    return f"| {' | '.join(safe)} |"
