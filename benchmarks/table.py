"""The table of figures in the README: its rows in their order, and what one run has measured.

Each benchmark puts its figures into its rows. `make bench` prints the rows at its end as Markdown,
ready for the README, with the time of the fixed loop (yardstick.py) that they were measured beside.
"""

from statistics import median
from typing import NamedTuple

from benchmarks.yardstick import Figure, loop_milliseconds


class Row(NamedTuple):
    """What is measured, and the file that does so."""

    what: str
    file: str


_ALONE = "the stack alone"
_FIREWALL = "the firewall's relay"
ROWS = {
    "mail": Row(
        "mail of 1 KB from `mta-emu send` through two MTAs into a mailbox, secured on both disks, "
        "one association",
        "test_mail.py",
    ),
    "mail, firewall": Row("the same through the firewall", "test_mail.py"),
    "mail, long": Row("a message with a file of 100 MB, from one MTA to the other", "test_mail.py"),
    "stack, messages": Row(
        f"{_ALONE}, without MTA, queue or disk: messages of 1 KB through the firewall, one "
        "association",
        "test_transfer.py",
    ),
    "stack, long": Row(f"{_ALONE}: a content of 100 MB", "test_transfer.py"),
    "stack, processor": Row(
        f"{_ALONE}: processor time of both ends, without sockets", "test_stack.py"
    ),
    "stack, associations": Row(
        f"{_ALONE}: associations opened, bound and released, between our two ends",
        "test_associations.py",
    ),
    "logging": Row("associations with an MTA, called by prepared octets", "test_associations.py"),
    "encode": Row("an envelope with three recipients, encoded", "test_transfer.py"),
    "decode": Row("the same, decoded", "test_transfer.py"),
    "relay, octets": Row(f"{_FIREWALL}, one connection", "test_relay.py"),
    "relay, connections": Row(f"{_FIREWALL}, connections", "test_relay.py"),
    "help": Row("`mta-emu --help`, `mta-lab --help`, `firewall-proxy --help`", "test_start.py"),
    "seed": Row(
        "the seed, played on loopback by `mta-lab run`, with the start of the command",
        "test_start.py",
    ),
    "make lab": Row("the two commands of `make lab`, four plays", "test_start.py"),
    "all labs": Row("`mta-lab run --all`", "test_start.py"),
    "idle": Row("an idle process of `mta-emu serve`, in memory", "test_start.py"),
    "many": Row("1 000 MTAs in one process on loopback: until all listen", "test_many.py"),
    "many, mail": Row("until each of them has sent and got a message", "test_many.py"),
    "queue": Row("a queue of a million messages beside one of a thousand", "test_store.py"),
}


class Table:
    """What one run has measured, by row."""

    def __init__(self) -> None:
        self._figures: dict[str, list[str]] = {}
        self._beside: dict[str, list[str]] = {}
        self._loops: list[float] = []

    def add(self, row: str, figure: str, beside: str = "") -> None:
        """Put a figure into a row, behind those that it has, and what stands beside it."""
        assert row in ROWS, row
        self._loops.append(loop_milliseconds())
        for kept, text in ((self._figures, figure), (self._beside, beside)):
            if text:
                kept.setdefault(row, []).append(text)

    def measured(self, row: str, figure: Figure, unit: str) -> None:
        """Put a figure of the yardstick into a row."""
        self.add(row, f"{spaced(figure.value)} {unit}")

    def markdown(self) -> str:
        """The rows that were measured, in the README's order; empty: none was."""
        lines = [
            f"| {row.what} |{self._cell(self._figures, name)}|{self._cell(self._beside, name)}| "
            f"`{row.file}` |"
            for name, row in ROWS.items()
            if name in self._figures or name in self._beside
        ]
        if not lines:
            return ""
        head = [
            "| What is measured | Figure | Beside it | `pytest benchmarks/` |",
            "|---|---|---|---|",
        ]
        return "\n".join([*head, *lines, "", f"The fixed loop: {median(self._loops):.0f} ms."])

    def _cell(self, kept: dict[str, list[str]], row: str) -> str:
        text = "; ".join(kept.get(row, []))
        return f" {text} " if text else " "


def spaced(value: float) -> str:
    """A number as the README writes it: with three digits that count, and spaces in long ones."""
    if value < 10:
        return f"{value:.2g}"
    digits = len(str(int(value)))
    return f"{round(value, min(0, 3 - digits)):,.0f}".replace(",", " ")
