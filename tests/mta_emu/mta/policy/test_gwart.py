"""The routing table as Exchange writes it."""

from typing import Any

import pytest

from labkit.config import parse
from mta_emu.mta.configuration.addressspace import RoutedAddressSpace
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.policy.gwart import gwart, space_text

SITE = {
    "address_space": [{"country": "*", "cost": 5}],
    "connected_sites": [
        {
            "organization": "Contoso",
            "site": "Branch",
            "routing_address": {"country": "US", "administration_domain": " "},
            "cost": 2,
        }
    ],
}
FAR = {"directory_name": "FAR", "home_server": "hub", "address_space": [{"country": "US"}]}


def test_the_routing_table_reads_as_exchanges(a_document: dict[str, Any]) -> None:
    (page,) = a_document["connectors"]

    def connector(name: str, **pages: Any) -> dict[str, Any]:
        general = {"directory_name": name, "remote_mta_name": name}
        return {**page, "general": general, **pages}

    hub = connector("HUB", address_space=[{"country": "US"}])
    connectors = [hub, connector("SITE", **SITE)]
    config = {**a_document, "connectors": connectors, "remote_connectors": [FAR]}
    assert list(gwart(parse(config, MtaConfig, "test"))) == [
        "EX,/O=Contoso/OU=Branch;,2,SITE,",
        "X400,c=*;,5,SITE,",
        "X400,c=US;,1,HUB,FAR,",
        "X400,c=US;a= ;,2,SITE,",
    ]


@pytest.mark.parametrize(
    ("space", "text"),
    [
        ({}, "*"),
        (
            {"country": "GB", "administration_domain": "TMAILUK", "private_domain": "*"},
            "c=GB;a=TMAILUK;p=*",
        ),
        ({"country": "US", "organizational_units": ("A", "B")}, "c=US;ou1=A;ou2=B"),
    ],
)
def test_address_spaces_as_text(space: dict[str, Any], text: str) -> None:
    assert space_text(RoutedAddressSpace(**space)) == text
