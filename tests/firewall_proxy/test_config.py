"""The firewall's configuration file: what fits together, and what is said when it does not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewall_proxy.config import Limits
from labkit.config import ConfigurationError
from tests.firewall_proxy.test_policy import configuration


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"onward_interface": "dmz"}, "services.x400.onward_interface: no interface has this name"),
        (
            {"listen": {"interface": "x", "port": 102}},
            "services.x400.listen.interface: no ",
        ),
        (
            {"destination": {"address": "203.0.113.1", "port": 102}},
            "services.x400.destination: service 'x400' listens there",
        ),
        ({"listen": {"interface": "outside", "port": 70000}}, "services.x400.listen.port"),
        ({"transparent": True}, "services.x400.transparent: there is no such field"),
    ],
)
def test_wrong_files_are_named(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        configuration(**change)
    assert complaint in str(error.value)


def test_a_rule_for_no_service_and_repeated_names() -> None:
    rules = [{"name": "a", "action": "allow", "service": "smtp"}, {"name": "a", "action": "deny"}]
    with pytest.raises(ConfigurationError) as error:
        configuration(rules)
    assert "rules.a.service: no service has this name; there are: x400" in str(error.value)
    assert "rules.a.name: rules.0 has this name already" in str(error.value)


@given(st.integers(1, 100_000))
def test_no_address_takes_all_connections_unless_it_is_told_so(connections: int) -> None:
    share = Limits(connections=connections).share
    assert share >= 1
    assert share * 4 <= connections or share == 1
    assert Limits(connections=connections, connections_per_client=7).share == 7
