"""What is hardly meant in the files of firewalls is named with its line."""

import pytest

from mta_lab.rehearsal.findings import findings
from mta_lab.topology.files import Topology
from tests.mta_lab.topologies import in_a_row

DEFAULT = "defaults\n    mode tcp\n    default-server check\n"


def listen(server: str, before: str = "") -> Topology:
    text = f"{before}listen x400\n    bind 192.0.2.2:102\n    server south {server}\n"
    return in_a_row(None, {"engine": "haproxy", "services": None, "text": text})


def health_checks(topology: Topology) -> list[str]:
    return [each.text for each in findings(topology) if each.check == "health check"]


@pytest.mark.parametrize(
    ("server", "before"),
    [
        ("198.51.100.10:102 check inter 1s", ""),
        ("198.51.100.10:102", DEFAULT),
    ],
)
def test_a_health_check_that_calls_an_mta_is_found(server: str, before: str) -> None:
    (text,) = health_checks(listen(server, before))
    assert text.startswith("the health check of FW2 calls SOUTH at 198.51.100.10:102")


@pytest.mark.parametrize(
    ("server", "before"),
    [
        ("198.51.100.10:102", ""),
        ("198.51.100.10:102 no-check", DEFAULT),
        ("198.51.100.10:102 check port 8102", ""),
        ("198.51.100.10:103 check", ""),
        ("198.51.100.99:102 check", ""),
        ("south.example:102 check", ""),
    ],
)
def test_other_servers_are_no_finding(server: str, before: str) -> None:
    assert health_checks(listen(server, before)) == []


def test_findings_of_the_topology_are_there_too() -> None:
    topology = in_a_row(None, {"services": []})
    assert "service" in [each.check for each in findings(topology)]
