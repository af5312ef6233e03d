"""What the process of a firewall of others is given."""

from pathlib import Path

from labkit.clock import Clock
from labkit.config import dump, load
from mta_lab.lab.enginehost import EngineHost
from tests.mta_lab.topologies import in_a_row

PROXY = {"engine": "haproxy", "services": None, "text": "defaults\n"}


def host(**fields: str) -> EngineHost:
    firewall = in_a_row({**PROXY, **fields}).foreign()["FW1"]
    return EngineHost.of(firewall, Clock(scale=2))


def test_it_has_the_text_the_interfaces_and_the_clock(tmp_path: Path) -> None:
    made = host()
    assert (made.engine, made.interfaces) == ("haproxy", ("outside", "transit"))
    assert (made.configuration.text, made.clock.scale) == ("defaults\n", 2)
    dump(made, tmp_path / "config.yaml")
    assert load(tmp_path / "config.yaml", EngineHost).configuration == made.configuration


def test_rules_of_the_machine_are_there_where_it_has_some() -> None:
    assert host().netfilter is None
    rules = host(netfilter="table ip t { }").netfilter
    assert rules is not None
    assert rules.text == "table ip t { }"
