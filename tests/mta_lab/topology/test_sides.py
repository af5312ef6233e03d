"""What takes both sides to see."""

from typing import Any

import pytest

from labkit.config import document_of, parse
from mta_lab.topology import sides
from mta_lab.topology.files import Topology
from tests.mta_lab.rehearsal.changed import lab
from tests.mta_lab.topologies import in_a_row, service

NOBODY: list[str] = []


def rules(*clients: str, **fields: Any) -> Topology:
    given = [{"name": f"r{each}", "from": each, "action": "allow"} | fields for each in clients]
    return in_a_row({"rules": given})


def test_both_remote_initiated_is_found_once() -> None:
    (found,) = sides.neither_calls(lab("q190022-both-remote-initiated"))
    assert found.text == "neither NORTH nor SOUTH ever calls: remote-initiated and remote-initiated"
    assert [*sides.neither_calls(lab("q190022-one-calls"))] == NOBODY


def test_two_way_alternate_at_one_end_is_found() -> None:
    (found,) = sides.two_way_alternate(lab("q171113-two-way-not-allowed"))
    assert found.text.endswith("so SOUTH refuses NORTH's calls")
    assert [*sides.two_way_alternate(lab("q171113-two-way-allowed"))] == NOBODY


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("wrong-mta-name", "NORTH calls SOUTH, and its MTA name NORTH is not NORTHERN, the remote"),
        ("wrong-password", "NORTH calls SOUTH, and its password of MTA NORTH is not the remote"),
        ("wrong-selector", "NORTH calls SOUTH, and its selectors T NORTH are not T NORTHMTA, the"),
    ],
)
def test_what_a_caller_brings_and_the_other_end_does_not_expect_is_found(
    name: str, text: str
) -> None:
    (found,) = sides.identities(lab(f"q166308-{name}"))
    assert found.text.startswith(text)
    assert found.place
    assert found.place.path.startswith("mtas.SOUTH.connectors.NORTH")
    assert [*sides.identities(lab("q166308-all-right"))] == NOBODY


@pytest.mark.parametrize(
    ("other", "found"),
    [
        ({"server.name": "NORTH"}, 1),
        ({"server.local_mta_name": "NORTH"}, 1),
        ({"server.local_mta_name": "north"}, 0),
        ({"server.name": "NORTH", "server.global_domain.private_domain": "Fabrikam"}, 0),
    ],
)
def test_one_name_for_two_mtas_of_one_domain_is_found(other: dict[str, str], found: int) -> None:
    document = document_of(lab("q166308-all-right"))
    for path, value in other.items():
        *sections, field = path.split(".")
        section = document["mtas"]["SOUTH"]
        for each in sections:
            section = section[each]
        section[field] = value
    findings = [*sides.shared_names(parse(document, Topology, "test"))]
    assert len(findings) == found
    for each in findings:
        assert each.text.startswith("NORTH and SOUTH have one MTA name, NORTH, in one domain")


def test_no_finding_shows_a_password() -> None:
    topology = lab("q166308-all-right", "NORTH.connectors.SOUTH.override.local_mta_password=sesame")
    assert "sesame" not in repr([*sides.identities(topology)])


def test_a_service_that_nobody_calls_is_found() -> None:
    """NORTH calls FW1's, which passes on to FW2's; FW1's second one is called by nobody."""
    assert [*sides.uncalled_services(in_a_row())] == NOBODY
    services = [
        service("in", "outside", "192.0.2.2", "transit"),
        service("out", "transit", "203.0.113.10", "outside"),
    ]
    (found,) = sides.uncalled_services(in_a_row({"services": services}))
    assert "service out" in found.text


def test_a_rule_behind_a_wider_one_is_found() -> None:
    (found,) = sides.unreached_rules(rules("203.0.113.0/24", "203.0.113.10/32"))
    assert found.text.startswith("rule r203.0.113.10/32 is never reached: rule r203.0.113.0/24")
    assert [*sides.unreached_rules(rules("203.0.113.10/32", "203.0.113.0/24"))] == NOBODY


def test_a_wider_rule_for_one_service_leaves_the_others() -> None:
    given = [
        {"name": "one", "service": "in", "action": "allow"},
        {"name": "all", "action": "deny"},
    ]
    assert [*sides.unreached_rules(in_a_row({"rules": given}))] == NOBODY
