"""A topology is found by name or file, and may have another firewall or other settings."""

from pathlib import Path

import pytest

from labkit.config import ConfigurationError
from mta_lab.testing.topologies import the_topology
from mta_lab.topology.firewalls import ForeignFirewall, ProxyFirewall

RULES = "table ip site { }"


def test_a_name_is_one_of_the_catalogue(tmp_path: Path) -> None:
    assert the_topology("q196381", tmp_path).name == "q196381"


def test_a_file_lies_beside_the_test(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\ntitle: Mine\nnetworks: {}\n")
    for word in ("mine.yaml", "./mine.yaml", Path("mine.yaml"), tmp_path / "mine.yaml"):
        assert the_topology(word, tmp_path).name == "mine"


def test_an_unknown_name_names_the_one_that_may_be_meant(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="did you mean q196381"):
        the_topology("q19638", tmp_path)


def test_settings_are_those_of_mta_lab_set(tmp_path: Path) -> None:
    found = the_topology("q196381", tmp_path, settings={"firewall.transparency": "off"})
    firewall = found.firewalls["firewall"]
    assert isinstance(firewall, ProxyFirewall)
    assert not firewall.services[0].client_side_transparency


def test_another_firewall_keeps_the_interfaces(tmp_path: Path) -> None:
    (tmp_path / "site.nft").write_text(RULES)
    found = the_topology("q196381", tmp_path, {"engine": "nftables", "config": "site.nft"})
    firewall = found.firewalls["firewall"]
    assert isinstance(firewall, ForeignFirewall)
    assert firewall.text == RULES
    assert {name: str(each.address) for name, each in firewall.interfaces.items()} == {
        "outside": "203.0.113.1",
        "inside": "198.51.100.1",
    }


def test_a_wrong_firewall_says_where(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="engine"):
        the_topology("q196381", tmp_path, {"engine": "nftable"})


def test_a_firewall_stands_for_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="firewall: q196381-two-firewalls must have one"):
        the_topology("q196381-two-firewalls", tmp_path, {"engine": "router"})
