"""What a test changes in a topology, and that it changes nothing else."""

from ipaddress import IPv4Address

import pytest

from labkit.config import ConfigurationError
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mts.oraddress import ORAddress
from mta_lab.sheet.joining import join
from mta_lab.sheet.logbook.changed import (
    NOWHERE,
    calling_from_elsewhere,
    with_ring,
    with_wrong_password,
    without_mailbox,
)
from tests.mta_lab.rehearsal.changed import lab
from tests.mta_lab.sheet.logbook.books import RIGHT, SEED, THREE
from tests.mta_lab.sheet.sheets import ONE, TWO, sheet

SMITH = ORAddress.parse("C=US;A= ;P=Contoso;O=South;S=Smith")
UNLISTED = IPv4Address("203.0.113.254")


def test_without_a_mailbox_nobody_delivers_to_the_recipient() -> None:
    topology = lab(RIGHT)
    found = without_mailbox(topology, SMITH)
    assert (topology.mailbox(SMITH), found.mailbox(SMITH)) == ("SOUTH", None)
    assert found.mtas["NORTH"] == topology.mtas["NORTH"]
    assert found.mtas["SOUTH"].connectors == topology.mtas["SOUTH"].connectors


@pytest.mark.parametrize("taken", ["secret", "wrong"])
def test_a_wrong_password_is_none_that_anybody_has(taken: str) -> None:
    path = "connectors.{}.general.remote_mta_password"
    topology = lab(
        RIGHT,
        f"NORTH.{path.format('SOUTH')}={taken}",
        f"SOUTH.{path.format('NORTH')}={taken}",
    )
    found = with_wrong_password(topology, "NORTH")
    (connector,) = found.mtas["NORTH"].connectors
    assert connector.override.local_mta_password not in (None, taken)
    assert connector.general == topology.mtas["NORTH"].connectors[0].general
    assert found.mtas["SOUTH"] == topology.mtas["SOUTH"]


def test_an_mta_calls_from_a_further_address_whatever_it_called_from() -> None:
    """A connector to an MTA that knows its callers by address has one in the registry."""
    topology = join(sheet(ONE, peer={"profile": "pp"}), TWO)
    found, address = calling_from_elsewhere(topology, IPv4Address("203.0.113.10"))
    server = found.mtas["ONE"].server
    assert address == UNLISTED
    assert server.transport_stack.addresses == (IPv4Address("203.0.113.10"), UNLISTED)
    assert server.registry.stack_ip_address_override == {"TWO": UNLISTED}
    assert found.mtas["TWO"] == topology.mtas["TWO"]


def test_it_is_no_address_that_the_topology_names() -> None:
    """INTERNAL's hosts file has one where nobody is."""
    topology = lab(SEED, "INTERNAL.server.hosts={ghost: 203.0.113.254}")
    _, address = calling_from_elsewhere(topology, IPv4Address("203.0.113.10"))
    assert address == IPv4Address("203.0.113.253")


def test_a_proxy_has_another_at_the_interface_that_calls_come_from() -> None:
    topology = lab(SEED)
    found, address = calling_from_elsewhere(topology, IPv4Address("203.0.113.1"))
    interfaces = {
        name: each.address for name, each in found.proxies()["firewall"].interfaces.items()
    }
    assert interfaces == {"outside": address, "inside": IPv4Address("198.51.100.1")}
    assert found.mtas == topology.mtas


@pytest.mark.parametrize(
    ("name", "address", "why"),
    [
        ("q196381-nftables-snat", "203.0.113.1", "its own file says who calls from it"),
        (SEED, "203.0.113.77", "no host has 203.0.113.77"),
    ],
)
def test_what_a_firewalls_own_file_says_is_not_changed(name: str, address: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        calling_from_elsewhere(lab(name), IPv4Address(address))


def test_in_a_ring_each_sends_mail_for_nobody_to_the_next() -> None:
    ring = ("AMHSLAND-1", "AMHSLAND-3", "AMHSLAND-2")
    topology = with_ring(lab(THREE), ring)
    leads = {
        name: [topology.called_by(name, each) for each in mta.connectors if _takes(each)]
        for name, mta in topology.mtas.items()
    }
    assert leads == {
        "AMHSLAND-1": ["AMHSLAND-3"],
        "AMHSLAND-3": ["AMHSLAND-2"],
        "AMHSLAND-2": ["AMHSLAND-1"],
    }
    assert topology.mailbox(NOWHERE) is None


def _takes(connector: ConnectorConfig) -> bool:
    return any(each.matches(NOWHERE) for each in connector.address_space)
