"""The connectors of a lab that is up: how they stand, and what comes of a call."""

import pytest

from labkit.config import ConfigurationError
from mta_emu.mta.controlclient import ControlError
from mta_lab.lab.directory import Lab
from mta_lab.play.connectors import call_now, connectors


async def test_the_connectors_of_all_mtas(up: Lab) -> None:
    found = await connectors(up)
    assert [(host, each.name, each.queued) for host, each in found] == [
        ("EXTERNAL", "FIREWALL", 0),
        ("INTERNAL", "FIREWALL", 0),
    ]


async def test_a_call_now_says_what_came_of_it(up: Lab) -> None:
    """The seed's: from the outside it is refused, from the inside it is not."""
    refused = await call_now(up, "EXTERNAL", "FIREWALL")
    assert refused["state"] == "refused"
    assert refused["reason"]
    assert (await call_now(up, "INTERNAL", "FIREWALL"))["state"] == "open"


async def test_whoever_is_not_there_cannot_call(up: Lab) -> None:
    with pytest.raises(ConfigurationError, match="no MTA 'EXTERNA'; did you mean"):
        await call_now(up, "EXTERNA", "FIREWALL")
    with pytest.raises(ControlError, match="no connector 'WALL'; there are: FIREWALL"):
        await call_now(up, "EXTERNAL", "WALL")


async def test_an_mta_that_does_not_run_is_left_out(lab: Lab) -> None:
    assert await connectors(lab) == []
    with pytest.raises(ControlError, match="no MTA answers"):
        await call_now(lab, "EXTERNAL", "FIREWALL")
