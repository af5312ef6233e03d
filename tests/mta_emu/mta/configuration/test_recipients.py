"""Distribution lists in a configuration file."""

from typing import Any

import pytest

from labkit.config import ConfigurationError, parse
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mts.oraddress import ORAddress

ALL, OWNER = "C=US;A= ;P=Contoso;O=A;CN=All", "C=US;A= ;P=Contoso;O=A;S=Owner"


def test_a_list_is_found_by_its_address(a_document: dict[str, Any]) -> None:
    a_document["server"]["distribution_lists"] = [{"address": ALL, "members": [OWNER]}]
    server = parse(a_document, MtaConfig, "a.yaml").server
    found = server.list_at(ORAddress.parse(ALL.replace("All", "ALL")))
    assert found is server.distribution_lists[0]
    assert server.list_at(ORAddress.parse(OWNER)) is None
    assert server.delivers_to(ORAddress.parse(ALL))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"members": []}, r"distribution_lists.0\.members"),
        ({"reports": "owner"}, r"distribution_lists.0\.reports.*there is no owner"),
        ({"reports": "everybody"}, r"distribution_lists.0\.reports"),
        ({"owner": ALL}, r"distribution_lists.0\.owner.*is a distribution list here"),
    ],
)
def test_what_is_wrong_is_said(
    a_document: dict[str, Any], changes: dict[str, Any], complaint: str
) -> None:
    found = {"address": ALL, "members": [OWNER]} | changes
    a_document["server"]["distribution_lists"] = [found]
    with pytest.raises(ConfigurationError, match=complaint):
        parse(a_document, MtaConfig, "a.yaml")
