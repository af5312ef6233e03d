"""The lab of docker-compose.yml as its page's container sees it: what it cannot do there."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from labkit.config import ConfigurationError
from mta_lab.backends.composed import Composed
from mta_lab.backends.registry import backend
from mta_lab.lab.directory import Lab
from mta_lab.topology.faults import Fault
from mta_lab.topology.reading import load_topology
from tests.mta_lab.conftest import ROOT


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    placement = Composed().place(load_topology(ROOT / "labs" / "q196381.yaml"))
    return Lab(
        name="seed", placement=placement, scale=1, origin=datetime.now(UTC), directory=tmp_path
    )


def test_every_address_stays_what_it_is_and_no_engine_is_asked(lab: Lab) -> None:
    assert all(ours == wire for ours, wire in lab.placement.addresses.items())
    assert lab.placement.port == 102
    assert isinstance(backend(lab.placement.backend), Composed)


def test_what_is_another_containers_is_refused_with_what_can_do_it(lab: Lab) -> None:
    with pytest.raises(ConfigurationError, match="--backend netns, not docker compose"):
        Composed().disturb(lab, [Fault.model_validate({"on": "outside", "reset": True})])
    firewall = lab.topology.proxies()["firewall"].configuration()
    with pytest.raises(ConfigurationError, match="LAB=q196381-tunnel docker compose up"):
        Composed().set_up_firewall(lab, "firewall", firewall)
