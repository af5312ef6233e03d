"""What was rehearsed, with the addresses of the topology file."""

from datetime import UTC, datetime
from pathlib import Path

from mta_lab.backends.loopback import Loopback
from mta_lab.rehearsal.report import flows_of
from mta_lab.rehearsal.suggest.document import TopologyFile
from mta_lab.rehearsal.suggest.suggestion import suggest
from mta_lab.rehearsal.suggest.waiting import Wanted
from mta_lab.rehearsal.whatif import Base, cases
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.reading import load_topology
from mta_lab.web.model.rehearsed import cell, mend, tried

FILE = Path(__file__).parents[4] / "labs" / "q196381.yaml"
PLACEMENT = Loopback().place(load_topology(FILE))
NOW = datetime(1998, 3, 2, 9, tzinfo=UTC)


def test_a_cell_has_its_trace_without_an_address_of_the_wire() -> None:
    outward, inward = (cell(each, PLACEMENT) for each in flows_of(PLACEMENT.topology, NOW))
    assert (outward.disposition, inward.disposition) == ("collected", "delivered")
    assert outward.sources == {"INTERNAL": "203.0.113.10"}
    assert outward.events["INTERNAL"] == (1293,)
    assert "127.0." not in outward.model_dump_json() + inward.model_dump_json()
    (leg,) = outward.trace
    (attempt,) = leg.branches
    assert (leg.text, attempt.disposition) == ("EXTERNAL to INTERNAL", Disposition.REFUSED)
    assert attempt.steps[-1].reason.startswith("caller's address 203.0.113.10 is not")
    assert "q196381.yaml" in attempt.steps[-1].configured


def test_a_case_says_what_changes() -> None:
    base = Base(PLACEMENT.topology, NOW)
    same, mended = (tried(each) for each in cases(base, [{}, {"firewall.transparency": False}]))
    assert same.changes == {}
    assert mended.settings == {"firewall.transparency": "false"}
    assert set(mended.becomes.values()) == {Disposition.DELIVERED}
    assert list(mended.changes.values()) == [
        "collected, now delivered, another source, other events"
    ]


def test_a_suggestion_shows_its_diff() -> None:
    found, _ = suggest(TopologyFile.read(FILE), NOW, Wanted(delivered=True), 1, lambda: True)
    first = mend(found.suggestions[0])
    assert not first.harms
    assert first.mends
    assert "\n-" in first.diff
    assert "secret" not in first.diff
