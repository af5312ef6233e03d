"""Route selection, as a table."""

from typing import Any

import pytest

from mta_emu.mta.config import Activation, ConnectorConfig, Schedule
from mta_emu.mta.routing import route
from mta_emu.mta.schedule import may_accept, may_initiate
from mta_emu.mts.oraddress import ORAddress

SMITH = ORAddress(country="US", private_domain="Contoso", organization="Inside", surname="Smith")


def connector(name: str, *spaces: dict[str, Any], activation: str = "always") -> ConnectorConfig:
    return ConnectorConfig.model_validate(
        {
            "general": {"directory_name": name, "remote_mta_name": name},
            "schedule": {"activation": activation},
            "stack": {"address": "198.51.100.1"},
            "address_space": spaces or [{"country": "US"}],
        }
    )


CHEAP, DEAR = connector("CHEAP", {"cost": 1}), connector("DEAR", {"cost": 99})
CALLED = connector("CALLED", {"cost": 1}, activation="remote-initiated")
NEVER = connector("NEVER", {"cost": 1}, activation="never")
ELSEWHERE = connector("ELSEWHERE", {"organization": "Outside"})


@pytest.mark.parametrize(
    ("connectors", "options", "chosen"),
    [
        ([DEAR, CHEAP], {}, "CHEAP"),  # the lowest cost
        ([DEAR, CHEAP], {"came_by": "CHEAP"}, "DEAR"),  # not where it came from
        ([DEAR, CHEAP], {"waiting": frozenset({"CHEAP"})}, "DEAR"),  # not on a retry timer
        ([CALLED, DEAR], {}, "DEAR"),  # who calls is sooner than who waits to be called
        ([NEVER, CALLED], {}, "CALLED"),
        ([NEVER], {}, "NEVER"),
        ([DEAR, CALLED], {"waiting": frozenset({"DEAR"})}, "DEAR"),  # sooner goes before waiting
        ([ELSEWHERE], {}, None),
        ([ELSEWHERE, DEAR], {}, "DEAR"),
        ([CHEAP], {"came_by": "CHEAP"}, None),
        ([], {}, None),
    ],
)
def test_selection(
    connectors: list[ConnectorConfig], options: dict[str, Any], chosen: str | None
) -> None:
    found = route(connectors, SMITH, **options)
    assert (found and found.name) == chosen


def test_the_cheapest_space_of_a_connector_counts() -> None:
    both = connector("BOTH", {"country": "US", "cost": 50}, {"organization": "In*", "cost": 2})
    ten = connector("TEN", {"cost": 10})
    assert route([ten, both], SMITH) == both


@pytest.mark.parametrize(
    ("activation", "initiates", "accepts"),
    [("always", True, True), ("remote-initiated", False, True), ("never", False, False)],
)
def test_schedule(activation: str, initiates: bool, accepts: bool) -> None:
    page = Schedule(activation=Activation(activation))
    assert (may_initiate(page), may_accept(page)) == (initiates, accepts)
