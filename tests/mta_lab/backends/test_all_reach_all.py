"""What loopback refuses, because it would be shown wrongly there."""

from typing import Any

import pytest

from mta_lab.backends.all_reach_all import problems
from tests.mta_lab.topologies import in_a_row, mta, service

NORTH, SOUTH = "203.0.113.10", "198.51.100.10"
TUNNEL = {"tunnels": [{"name": "t", "between": [NORTH, SOUTH], "port": 102}]}
ROUTER: dict[str, Any] = {"engine": "router", "services": None}
DIRECT = {"NORTH": mta(NORTH, SOUTH, "NORTH"), "SOUTH": mta(SOUTH, NORTH, "SOUTH")}
OTHER_WAY = {"routes": [{"to": "203.0.113.0/24", "via": "192.0.2.9"}]}
KEPT = {"client_side_transparency": True}


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"mtas": DIRECT, "fw1": TUNNEL, "fw2": TUNNEL},
        {"mtas": DIRECT, "fw1": ROUTER, "fw2": ROUTER},
        {"mtas": DIRECT, "fw1": ROUTER, "fw2": TUNNEL},
        {"fw1": {"services": [service("in", "outside", "192.0.2.2", "transit", **KEPT)]}},
        {
            "fw1": {
                "services": [
                    service("in", "outside", "192.0.2.2", "transit", source_rewrite=False, **KEPT)
                ]
            }
        },
    ],
)
def test_what_nothing_stops_is_shown(fields: dict[str, Any]) -> None:
    assert problems(in_a_row(**fields)) == []


@pytest.mark.parametrize(
    ("fields", "path", "why"),
    [
        (
            {
                "fw1": {
                    "services": [
                        service("in", "outside", "192.0.2.2", "transit", source_rewrite=False)
                    ]
                }
            },
            "firewalls.FW1.services.in.source_rewrite: ",
            "the route to the destination chooses the source address",
        ),
        (
            {"mtas": DIRECT},
            "mtas.NORTH.connectors.TO.stack.address: ",
            f"no tunnel lets {NORTH} call {SOUTH} on port 102",
        ),
        (
            {"mtas": DIRECT, "fw1": TUNNEL},
            "mtas.NORTH.connectors.TO.stack.address: ",
            f"no tunnel lets {NORTH} call {SOUTH} on port 102",
        ),
        (
            {"fw1": {"services": [service("in", "outside", SOUTH, "transit")]}},
            "firewalls.FW1.services.in.destination: ",
            f"no tunnel lets 192.0.2.1 call {SOUTH} on port 102",
        ),
        (
            {"mtas": DIRECT, "fw1": ROUTER, "fw2": {**ROUTER, **OTHER_WAY}},
            "mtas.NORTH.connectors.TO.stack.address: ",
            "no host has 192.0.2.9, where FW2 sends it",
        ),
        (
            {
                "fw1": {"services": [service("in", "outside", "192.0.2.2", "transit", **KEPT)]},
                "fw2": OTHER_WAY,
            },
            "firewalls.FW1.services.in.destination: ",
            f"the answers to {NORTH} do not come back through FW1",
        ),
        (
            {"fw1": {"sysctls": {"net.ipv4.ip_forward": 1}}},
            "firewalls.FW1.sysctls: ",
            "share one kernel",
        ),
        ({"fw2": {**ROUTER, "rules": ["from all"]}}, "firewalls.FW2.rules: ", "share one kernel"),
    ],
)
def test_what_something_stops_is_refused(fields: dict[str, Any], path: str, why: str) -> None:
    found = [problem for problem in problems(in_a_row(**fields)) if problem.startswith(path)]
    assert any(why in problem for problem in found), problems(in_a_row(**fields))
    assert all("netns" in problem for problem in found)


def test_a_program_that_others_wrote_needs_a_machine_of_its_own() -> None:
    foreign = {"engine": "nftables", "services": None, "text": "table ip t { }"}
    (reason,) = problems(in_a_row(fw1=foreign, fw2=ROUTER))
    assert reason.startswith("firewalls.FW1.engine: nftables runs on a machine of its own; ")
    assert "--backend netns" in reason
