"""The switches as the page asks for them: the lab's own rules judge what may be set."""

import json
from typing import Any

import httpx
import pytest

from mta_lab.lab.current import current
from mta_lab.lab.directory import Lab
from tests.mta_lab.web.asking import AS_THE_PAGE, ORIGIN

PATH = "firewall.services.x400-inbound.client_side_transparency"


def transparent(lab: Lab) -> bool:
    return current(lab).proxies()["firewall"].services[0].client_side_transparency


async def test_it_is_foreseen_then_thrown_then_observed(up: Lab, asking: httpx.AsyncClient) -> None:
    wanted = {"settings": {PATH: "off"}}
    foreseen = await asking.post("foresee", headers=AS_THE_PAGE, json=wanted)
    words = {
        (each["sender"], each["before"]["disposition"], each["after"]["disposition"])
        for each in foreseen.json()
    }
    assert words == {("EXTERNAL", "collected", "delivered"), ("INTERNAL", "delivered", "delivered")}
    (changed,) = (each for each in foreseen.json() if each["kinds"])
    assert changed["after"]["sources"] == {"INTERNAL": "198.51.100.1"}
    assert transparent(up)
    thrown = await asking.post("throw", headers=AS_THE_PAGE, json=wanted)
    assert thrown.status_code == 200, thrown.text
    assert not transparent(up)
    observed = await asking.get("observed.json", params=thrown.json())
    assert observed.json()["waiting"] == []
    assert {each["disposition"] for each in observed.json()["flows"]} == {None}
    board = (await asking.get("switches.json")).json()
    assert next(each["value"] for each in board["switches"] if each["path"] == PATH) == "off"
    assert "--backend netns" in board["no_faults"]


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"settings": {"firewall.nothing": "1"}}, "firewall.nothing"),
        ({"settings": {"EXTERNA.x": "1"}}, "did you mean"),
        ({"settings": {PATH: "perhaps"}}, "client_side_transparency"),
        ({"settings": {PATH: "["}}, "is not YAML"),
        ({"settings": {"EXTERNAL.server.site": "Elsewhere"}}, "started again"),
        ({"fault": {"on": "outside", "drop": 500}}, "drop"),
        ({"fault": {"on": "../x", "reset": True}}, "no network or service"),
        ({"fault": {"on": "outside"}}, "give one of"),
        ({}, "which setting"),
        ({"settings": {PATH: "x" * 4001}}, "settings."),
    ],
)
async def test_what_cannot_be_is_refused_in_words_and_changes_nothing(
    up: Lab, asking: httpx.AsyncClient, wanted: dict[str, Any], why: str
) -> None:
    before = [file.read_bytes() for file in sorted(up.directory.glob("*/config.yaml"))]
    for what in ("foresee", "throw"):
        answer = await asking.post(what, headers=AS_THE_PAGE, json=wanted)
        assert answer.status_code == 422
        assert why in answer.text, what
    assert [file.read_bytes() for file in sorted(up.directory.glob("*/config.yaml"))] == before


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"settings": {"firewall.\ud800": "on"}}, "Input should be a valid string"),
        ({"settings": ["\ud800"]}, "settings: Input should be"),
    ],
)
async def test_half_a_character_is_refused_in_words(
    asking: httpx.AsyncClient, wanted: dict[str, Any], why: str
) -> None:
    """JSON may have it, but no answer can."""
    headers = AS_THE_PAGE | {"Content-Type": "application/json"}
    answer = await asking.post("foresee", headers=headers, content=json.dumps(wanted))
    assert answer.status_code == 422
    assert why in answer.text


async def test_a_fault_is_foreseen_where_none_can_be(asking: httpx.AsyncClient) -> None:
    wanted = {"fault": {"on": "outside", "black_hole": True}}
    foreseen = await asking.post("foresee", headers=AS_THE_PAGE, json=wanted)
    assert {each["after"]["disposition"] for each in foreseen.json()} == {"unreachable"}
    thrown = await asking.post("throw", headers=AS_THE_PAGE, json=wanted)
    assert (thrown.status_code, "--backend netns" in thrown.text) == (422, True)


async def test_nothing_is_thrown_without_what_the_page_alone_has(
    up: Lab, asking: httpx.AsyncClient
) -> None:
    wanted = {"settings": {PATH: "off"}}
    for heads, status in (({}, 403), ({"Origin": ORIGIN}, 401)):
        assert (await asking.post("throw", headers=heads, json=wanted)).status_code == status
    form = await asking.post("throw", headers=AS_THE_PAGE, data={"settings": "x"})
    assert form.status_code == 415
    assert transparent(up)


async def test_a_moment_is_a_time(asking: httpx.AsyncClient) -> None:
    for wrong in ("", "now", "2026-01-05T09:00:00"):
        assert (await asking.get("observed.json", params={"since": wrong})).status_code == 422
