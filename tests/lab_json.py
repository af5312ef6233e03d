"""docs/lab-json.md: what the lab's commands print as JSON, from the definitions.

`python -m tests.lab_json` writes the page, and tests/test_lab_json.py compares.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from inspect import cleandoc
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import BaseModel

from labkit.descriptions import descriptions
from labkit.reason import Reason
from labkit.records import type_text
from mta_lab.commands.ps import HostStatus
from mta_lab.commands.what_if import WhatIf
from mta_lab.rehearsal.changes import Comparison
from mta_lab.rehearsal.proof.proof import Compared, Proof, ProvedFlow
from mta_lab.rehearsal.proof.sighting import Sighting
from mta_lab.rehearsal.report import Report
from mta_lab.rehearsal.suggest.suggestion import Suggestions
from mta_lab.sheet.comparing import Comparison as SheetComparison
from mta_lab.sheet.comparing import Difference as SheetDifference
from mta_lab.sheet.logbook.logbook import Logbook, Row
from mta_lab.sheet.logbook.outcome import Call, Outcome
from mta_lab.sheet.profiles import Profile
from mta_lab.verdict.check import Comparison as CaptureComparison
from mta_lab.verdict.result import (
    CaptureResult,
    Difference,
    FirewallResult,
    Flow,
    MtaResult,
    Result,
)

PAGE = Path(__file__).parent.parent / "docs" / "lab-json.md"

_HEAD = """\
# What the lab prints as JSON

One object per line. Addresses are those on the wire; a result's `addresses` leads back to the
topology file's. Times are lab time, ISO 8601 in UTC.

`python -m tests.lab_json` writes this page from the definitions.
"""

_RUN: Mapping[str, type[BaseModel]] = {
    "": Result,
    "differences[]": Difference,
    "flows[]": Flow,
    "mtas.NAME": MtaResult,
    "firewall": FirewallResult,
    "capture": CaptureResult,
}
_RUN_HEAD = """\
## `mta-lab run --json`

One object per topology. [records.md](records.md) has the records; here they come without `kind`.
What an MTA says after the play has ended belongs to its shutting down, and is not part of the
result.
"""

_COMMANDS: Mapping[str, type] = {
    "mta-lab ps --json": HostStatus,
    "mta-lab lint --json": Reason,
    "mta-lab predict --json": Report,
    "mta-lab prove --json": Proof,
    "mta-lab prove --json: flows[]": ProvedFlow,
    "mta-lab prove --json: flows[].lines[]": Compared,
    "mta-lab prove --capture --json": Sighting,
    "mta-lab diff --json": Comparison,
    "mta-lab what-if --json": WhatIf,
    "mta-lab predict --sheet --json, mta-lab prove --sheet --json": Logbook,
    "mta-lab prove --sheet --json: rows[]": Row,
    "mta-lab prove --sheet --json: rows[].predicted, rows[].observed": Outcome,
    "mta-lab prove --sheet --json: rows[].observed.calls[]": Call,
    "mta-lab sheet diff --json": SheetComparison,
    "mta-lab sheet diff --json: differences[]": SheetDifference,
    "mta-lab sheet profiles --json": Profile,
    "mta-lab suggest --json": Suggestions,
    "mta-lab check-capture --json": CaptureComparison,
}
_TAIL = """\
## `mta-lab list --json`
One object per topology: `file`, `name`, `title`, `article`, `symptom`.

## `mta-lab trace FILE --json`
`devices`, each with `host`, the SYN as it `arrives`, and for a firewall its `decision` with
`reasons` and what `leaves`, the decision about the `answer`, and the `route` on; then the client's
`answer` with its `icmp` type and code, `by` whom, and the `source_seen` there. With `--prove` also
what was `shown`, and whether it `agrees` (null where it is not modelled). With `--engine` it is one
device.

## `mta-lab logs --json`
One object per record: `host`, and the record as the host wrote it, which
[records.md](records.md) describes. A line that a program wrote has `kind` "output" and `text`.
"""


def page() -> str:
    """The page, in Markdown."""
    run = [section(path, model) for path, model in _RUN.items()]
    commands = [_command(name, shape) for name, shape in _COMMANDS.items()]
    return "\n".join((_HEAD, _RUN_HEAD, *run, *commands, _TAIL))


def section(path: str, model: type[BaseModel]) -> str:
    """A model of pydantic: its heading, what it is, and its fields."""
    heading = f"### `{path}`\n{_doc(model)}\n\n" if path else ""
    meanings = descriptions(model)
    rows = [
        _row(f"{field.alias or name}", type_text(field.annotation), meanings.get(name, ""))
        for name, field in model.model_fields.items()
    ]
    return heading + _table("Field", "Type", "Meaning", rows=rows)


def _command(name: str, shape: type) -> str:
    assert is_dataclass(shape)
    hints = get_type_hints(shape)
    rows = [_row(each.name, type_text(hints[each.name])) for each in fields(shape)]
    return f"## `{name}`\n{_doc(shape)}\n\n" + _table("Field", "Type", rows=rows)


def _table(*headings: str, rows: list[str]) -> str:
    lines = [f"| {' | '.join(headings)} |", "|---" * len(headings) + "|", *rows]
    return "\n".join(lines) + "\n"


def _row(name: str, *cells: str) -> str:
    return f"| `{name}` | {' | '.join(' '.join(cell.split()) for cell in cells)} |"


def _doc(shape: Any) -> str:
    return cleandoc(shape.__doc__ or "")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
