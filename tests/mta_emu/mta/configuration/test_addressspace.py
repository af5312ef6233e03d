"""Parts of the O/R address space: what they match, and what is none."""

from typing import Any

import pytest

from labkit.config import ConfigurationError, Section, parse
from mta_emu.mta.configuration.addressspace import (
    AddressSpace,
    ConnectedSite,
    Domain,
    RoutedAddressSpace,
)
from mta_emu.mts.identifiers import GlobalDomain
from mta_emu.mts.oraddress import ORAddress

SMITH = ORAddress.parse("C=US;A= ;P=Contoso;O=Inside;OU1=Sales;S=Smith")


@pytest.mark.parametrize(
    ("space", "matches"),
    [
        ({"country": "us"}, True),
        ({"country": "US", "administration_domain": " ", "organization": "In*"}, True),
        ({"country": "*", "organizational_units": ["Sales"]}, True),
        ({"country": "NO"}, False),
        ({"country": "US", "common_name": "Smith"}, False),
        ({"country": "US", "organizational_units": ["Sales", "West"]}, False),
    ],
)
def test_each_attribute_that_a_space_gives_must_match(space: dict[str, Any], matches: bool) -> None:
    assert parse(space, AddressSpace, "a.yaml").matches(SMITH) is matches


@pytest.mark.parametrize(
    ("values", "model", "complaint"),
    [
        ({"country": "AB"}, AddressSpace, "C=AB is no country"),
        ({"organization": "a@b"}, AddressSpace, "O has '@', not a PrintableString"),
        ({"organizational_units": list("ABCDE")}, AddressSpace, "5 organizational units OU"),
        ({"country": "US", "cost": 0}, RoutedAddressSpace, "cost"),
        ({"country": "USA"}, Domain, "two letters or three digits"),
        ({"country": "AB"}, Domain, "C=AB is no country"),
    ],
)
def test_what_is_none_is_refused(
    values: dict[str, Any], model: type[Section], complaint: str
) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        parse(values, model, "a.yaml")


def test_a_connected_site_is_an_address_space_at_its_cost() -> None:
    site = ConnectedSite(
        organization="Contoso",
        site="Branch",
        routing_address=AddressSpace(country="US", private_domain="Contoso"),
        cost=7,
    )
    assert site.space == RoutedAddressSpace(country="US", private_domain="Contoso", cost=7)


def test_a_domain_has_any_administration_domain_unless_it_names_one() -> None:
    assert Domain(country="US").for_trace() == GlobalDomain("US", " ", "")
    named = Domain(country="GB", administration_domain="GOLD", private_domain="Contoso")
    assert named.for_trace() == GlobalDomain("GB", "GOLD", "Contoso")
