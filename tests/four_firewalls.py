"""The README's table of Q196381 with four firewalls that others wrote, made of the labs.

`python -m tests.four_firewalls` writes it, as root; tests/mta_lab/test_four_firewalls.py compares
it with the labs, and the labs with packets. The line that decides is the one by which the files of
the lab with the fault and the one with the fix differ; where the fix adds a line, it is the first
one of the firewall that has a say about the call.
"""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mta_lab.rehearsal.predict import predict
from mta_lab.rehearsal.prediction import Attempt
from mta_lab.topology.files import Topology
from mta_lab.topology.firewalls import ForeignFirewall
from mta_lab.topology.reading import load_topology

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
#: By the name in the table: the lab that has the fault, and the one that has the fix.
PAIRS = {
    "the article's": ("q196381", "q196381-transparency-off"),
    "nftables": ("q196381-nftables", "q196381-nftables-snat"),
    "iptables": ("q196381-iptables", "q196381-iptables-masquerade"),
    "HAProxy": ("q196381-haproxy", "q196381-haproxy-own-address"),
    "nginx": ("q196381-nginx", "q196381-nginx-own-address"),
}
SENDER, RECEIVER = "EXTERNAL", "INTERNAL"
_BEGIN, _END = "<!-- python -m tests.four_firewalls -->\n", "<!-- end -->\n"
_HEAD = """\
| Firewall | The line that decides | INTERNAL sees | the mail is | The fix | then sees | then is |
|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Side:
    """A lab: what the called MTA sees of the call from outside, and what becomes of the mail."""

    lab: str
    source: str
    disposition: str


@dataclass(frozen=True)
class Row:
    """A firewall: the line that decides in the lab with the fault, and the change that mends it."""

    firewall: str
    line: str
    fix: str
    fault: Side
    fixed: Side

    def __str__(self) -> str:
        cells = (self.firewall, self.line, *_cells(self.fault), self.fix, *_cells(self.fixed))
        return f"| {' | '.join(cells)} |\n"


def rows() -> Iterator[Row]:
    """A row for each firewall, from what is predicted of its labs."""
    for firewall, (fault, fixed) in PAIRS.items():
        before, after = load(fault), load(fixed)
        removed, added = _changes(_lines(before, fault), _lines(after, fixed))
        line = removed[0] if removed else first_line(before, fault)
        fix = f"add `{added[0]}`" if added and not removed else ""
        fix = fix or (f"`{added[0]}`" if added else "leave it out")
        yield Row(firewall, f"`{line}`", fix, predicted(fault), predicted(fixed))


def load(name: str) -> Topology:
    """A lab's topology."""
    return load_topology(ROOT / "labs" / f"{name}.yaml")


def predicted(name: str) -> Side:
    """What is predicted of a lab's mail from outside."""
    attempt, disposition = _outside(load(name))
    return Side(name, str(attempt.source_seen), disposition)


def first_line(topology: Topology, name: str) -> str:
    """The first line of the firewall's file that has a say about the call from outside."""
    attempt, _ = _outside(topology)
    (firewall,) = topology.firewalls
    steps = [step for step in attempt.steps if step.where == firewall and step.reason.place]
    number = steps[0].reason.place.line if steps[0].reason.place else 0
    return _text(topology, name)[number - 1].strip()


def table() -> str:
    """The table, in Markdown."""
    return _HEAD + "".join(map(str, rows()))


def with_table(readme: str, made: str) -> str:
    """The README with this table."""
    before, _, rest = readme.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}{made}{_END}{after}"


def _outside(topology: Topology) -> tuple[Attempt, str]:
    for each in predict(topology, datetime(2026, 1, 1, tzinfo=UTC)):
        if (each.sender, each.receiver) == (SENDER, RECEIVER):
            return each.attempts[0], each.disposition
    raise AssertionError(topology.name)


def _cells(side: Side) -> tuple[str, str]:
    return side.source, f"[{side.disposition}](labs/{side.lab}.yaml)"


def _text(topology: Topology, name: str) -> list[str]:
    """The lines of the file that has the firewall's configuration."""
    (firewall,) = topology.firewalls.values()
    if isinstance(firewall, ForeignFirewall):
        return firewall.configuration().text.splitlines()
    return (ROOT / "labs" / f"{name}.yaml").read_text("utf-8").splitlines()


def _lines(topology: Topology, name: str) -> list[str]:
    """The firewall's own lines, without what its topology says besides."""
    lines = [line.strip() for line in _text(topology, name)]
    if topology.foreign():
        return [line for line in lines if line]
    return lines[lines.index("firewalls:") : lines.index("play:")]


def _changes(before: list[str], after: list[str]) -> tuple[list[str], list[str]]:
    """The lines that went, and those that came."""
    changes = [*difflib.ndiff(before, after)]
    went = [each[2:] for each in changes if each.startswith("- ")]
    return went, [each[2:] for each in changes if each.startswith("+ ")]


if __name__ == "__main__":
    README.write_text(with_table(README.read_text("utf-8"), table()), "utf-8")
