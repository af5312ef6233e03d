"""A lab that is up is changed: its hosts' settings, and its networks' faults."""

import pytest

from labkit.config import ConfigurationError
from mta_lab.lab.changes import read_changes
from mta_lab.lab.current import current
from mta_lab.lab.directory import Lab
from mta_lab.play.changing import change, disturb
from mta_lab.topology.faults import Fault
from tests.patience import PATIENCE

SETTING = {"firewall.services.x400-inbound.client_side_transparency": False}


async def test_a_setting_is_taken_and_written_down(up: Lab) -> None:
    await change(up, SETTING, PATIENCE)
    assert not current(up).proxies()["firewall"].services[0].client_side_transparency
    (written,) = read_changes(up.directory).changes
    assert (written.path, written.value) == (*SETTING, "false")


async def test_a_wrong_setting_leaves_all_as_it_was(up: Lab) -> None:
    with pytest.raises(ConfigurationError, match="nothing"):
        await change(up, {**SETTING, "firewall.nothing": 1}, PATIENCE)
    assert current(up).proxies()["firewall"].services[0].client_side_transparency


async def test_a_lab_that_is_down_takes_nothing(lab: Lab) -> None:
    with pytest.raises(ConfigurationError, match="is not running"):
        await change(lab, SETTING, PATIENCE)


async def test_networks_that_are_not_the_labs_own_take_no_faults(up: Lab) -> None:
    with pytest.raises(ConfigurationError, match="--backend netns, not loopback"):
        await disturb(up, Fault.model_validate({"on": "outside", "reset": True}))
    with pytest.raises(ConfigurationError, match="no network or service 'x'"):
        await disturb(up, Fault.model_validate({"on": "x", "reset": True}))
