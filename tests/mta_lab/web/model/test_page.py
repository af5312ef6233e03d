"""The schema of the page's JSON."""

import json

from mta_lab.web.model.page import Page
from tests.mta_lab.web.conftest import Ran


def test_json_has_all_that_the_page_has(seed: Ran) -> None:
    text = seed.page.model_dump_json()
    assert Page.model_validate_json(text) == seed.page
    assert json.loads(text)["columns"][1] == {
        "name": "firewall",
        "kind": "firewall",
        "addresses": ["203.0.113.1", "198.51.100.1"],
    }


def test_every_place_is_one_in_its_list(seed: Ran) -> None:
    page = seed.page
    for arrow in page.arrows:
        assert {arrow.sender, arrow.receiver} <= {*range(len(page.columns))}
        leg = page.calls[arrow.call].legs[arrow.leg]
        assert {leg.sender, leg.receiver} == {arrow.sender, arrow.receiver}
    assert page.packets.keys() <= {arrow.frame for arrow in page.arrows}
    assert page.packets
