"""A topology with other settings than its file has."""

from pathlib import Path

import pytest

from labkit.config import ConfigurationError, document_of
from mta_lab.topology.changed import with_settings
from mta_lab.topology.files import Topology
from mta_lab.topology.reading import load_topology

LABS = Path(__file__).parents[3] / "labs"


@pytest.fixture
def seed() -> Topology:
    return load_topology(LABS / "q196381.yaml")


def test_the_hosts_have_the_settings_and_all_else_is_as_before(seed: Topology) -> None:
    changed = with_settings(
        seed,
        {
            "firewall.transparency": "off",
            "INTERNAL.connectors.FIREWALL.stack.address": "203.0.113.10",
        },
        since="1998-03-02T09:00:00Z",
    )
    (connector,) = changed.mtas["INTERNAL"].connectors
    assert str(connector.stack.address) == "203.0.113.10"
    assert connector.stack.place("address").since == "1998-03-02T09:00:00Z"
    assert [each.client_side_transparency for _, each in changed.services().values()] == [
        False,
        False,
    ]
    assert changed.mtas["EXTERNAL"] is seed.mtas["EXTERNAL"]
    assert changed.play == seed.play
    assert [*changed.mtas] == [*seed.mtas]
    assert document_of(seed) == document_of(load_topology(LABS / "q196381.yaml"))


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("firewal.rules", [], "did you mean firewall?"),
        ("INTERNAL.connectors.FIREWALL.stack.address", "x y", "INTERNAL"),
        ("INTERNAL.server.transport_stack.address", "10.1.1.1", "lies in none of the networks"),
    ],
)
def test_what_is_wrong_or_does_not_fit_together_is_said(
    seed: Topology, path: str, value: object, complaint: str
) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        with_settings(seed, {path: value})
