"""The figures of a flow, from what the hosts said."""

from pathlib import Path
from typing import Any

from mta_lab.topology.files import load_topology
from mta_lab.verdict.flows import RunLog

SEED = Path(__file__).parents[3] / "labs" / "q196381.yaml"


def association(peer: str) -> dict[str, Any]:
    return {
        "kind": "association",
        "association": 1,
        "connector": "FIREWALL",
        "initiated": "remotely",
        "peer": peer,
        "state": "open",
    }


def test_an_mta_that_is_started_again_numbers_its_associations_anew() -> None:
    listening = {"kind": "listening"}
    internal = [
        listening,
        association("198.51.100.1:1"),
        association("198.51.100.1:1"),  # the same, as any later record of it
        listening,
        association("198.51.100.1:2"),
    ]
    log = RunLog(load_topology(SEED), {"EXTERNAL": [], "INTERNAL": internal}, [], [])
    assert log.flows()[0].associations == 2
