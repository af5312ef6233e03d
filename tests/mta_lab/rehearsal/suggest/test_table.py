"""Every check that stops mail in a lab has generators."""

from mta_lab.rehearsal.report import flows_of
from mta_lab.rehearsal.suggest.stop import stops
from mta_lab.rehearsal.suggest.table import GENERATORS, edits
from mta_lab.topology.reading import load_topology
from tests.mta_lab.rehearsal.changed import LABS, NOW
from tests.mta_lab.rehearsal.suggest.stopped import INWARD, stop


def test_what_stops_mail_in_a_lab_has_generators() -> None:
    checks = set()
    for path in sorted(LABS.glob("*.yaml")):
        topology = load_topology(path)
        for flow in flows_of(topology, topology.starts or NOW):
            checks |= {found.reason.check for found in stops(topology, flow)}
    assert checks <= GENERATORS.keys()
    assert len(checks) > 8


def test_the_edits_are_those_of_the_check() -> None:
    assert [edit.text.partition(":")[0] for edit in edits(stop("q196381", INWARD))][:2] == [
        "service x400-inbound of firewall",
        "connector FIREWALL of INTERNAL",
    ]
