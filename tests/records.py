"""docs/records.md: the records of each program, from their definitions.

`python -m tests.records` writes the page, and tests/test_records.py compares.
"""

from pathlib import Path

from firewall_proxy.records import RECORDS as FIREWALL_RECORDS
from labkit.records import RecordKinds
from mta_emu.mta.log.records import RECORDS as MTA_RECORDS
from mta_lab.engines.records import RECORDS as ENGINE_RECORDS
from mta_lab.lab.records import RECORDS as LAB_RECORDS

PAGE = Path(__file__).parent.parent / "docs" / "records.md"

PROGRAMS: dict[str, RecordKinds] = {
    "`mta-emu serve`": MTA_RECORDS,
    "`firewall-proxy serve`": FIREWALL_RECORDS,
    "nftables, iptables, HAProxy and nginx in a lab": ENGINE_RECORDS,
    "The lab, of a host of `programs`": LAB_RECORDS,
}

_HEAD = """\
# The records of the programs

What a program says while it runs: one line per record on standard output, text for people, or with
`--json` one JSON object. The control socket of an MTA passes its records on too (`follow`). Every
object has `time` (lab time, ISO 8601) and `kind`; a reader must pass over fields and kinds that it
does not know. A host that is started again goes on after what it said before, with another
`listening`, and an MTA numbers its associations from 1 again.

`python -m tests.records` writes this page from the definitions of the records.
"""


def page() -> str:
    """The page, in Markdown."""
    sections = (f"## {name}\n\n{kinds.table()}" for name, kinds in PROGRAMS.items())
    return "\n".join((_HEAD, *sections))


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
