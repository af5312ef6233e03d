"""How a host of any backend is started."""

from pathlib import Path

import pytest

from mta_lab.backends import serve
from mta_lab.topology.reading import load_topology

SEED = Path(__file__).parents[3] / "labs" / "q196381.yaml"
MTA = ["mta-emu", "serve", "config.yaml", "--data", "data"]
FIREWALL = ["firewall-proxy", "serve", "config.yaml"]


@pytest.mark.parametrize(
    ("host", "options", "command"),
    [
        ("EXTERNAL", {}, [*MTA, "--json"]),
        ("EXTERNAL", {"tapped": True}, [*MTA, "--json", "--tap", "tap.jsonl"]),
        ("EXTERNAL", {"as_json": False}, MTA),
        ("firewall", {"tapped": True}, [*FIREWALL, "--json"]),
        ("firewall", {"as_json": False}, FIREWALL),
    ],
)
def test_a_host_is_started_by_its_program(
    host: str, options: dict[str, bool], command: list[str]
) -> None:
    assert serve(load_topology(SEED), host, **options) == command
