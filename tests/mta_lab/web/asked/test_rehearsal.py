"""Rehearsal as the page asks for it."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from mta_lab.lab.directory import Lab
from mta_lab.play.changing import change
from mta_lab.topology.reading import load_topology
from mta_lab.web.live import Live
from tests.mta_lab.conftest import ROOT
from tests.mta_lab.web.asking import AS_THE_PAGE, client
from tests.patience import PATIENCE


async def test_it_is_the_lab_as_it_is_now(up: Lab, asking: httpx.AsyncClient) -> None:
    async def words() -> list[str]:
        answer = await asking.get("rehearsal.json")
        assert "127.0." not in answer.text
        return [each["disposition"] for each in answer.json()["cells"]]

    assert await words() == ["collected", "delivered"]
    await change(up, {"firewall.transparency": False}, PATIENCE)
    assert await words() == ["delivered", "delivered"]


async def test_each_combination_is_predicted(asking: httpx.AsyncClient) -> None:
    vary = [
        "firewall.transparency=on,off",
        "INTERNAL.connectors.FIREWALL.stack.address=203.0.113.10",
    ]
    answer = await asking.post("what-if", headers=AS_THE_PAGE, json={"vary": vary})
    first, second = answer.json()
    assert first["settings"]["firewall.transparency"] == "on"
    assert [*first["becomes"].values()] == ["delivered", "collected"]
    assert second["becomes"] != first["becomes"]


@pytest.mark.parametrize(
    ("vary", "why"),
    [
        ([], "nothing to vary: write PATH=VALUE,VALUE"),
        (["firewall.nothing=1,2"], "firewall.nothing"),
        (["firewall.transparency"], "write PATH="),
        ([f"x{number}=1,2" for number in range(7)], "128 combinations"),
        (["a=1"] * 11, "vary"),
        (["a=" + "1," * 2000], "vary.0"),
    ],
)
async def test_what_cannot_be_varied_is_refused_in_words(
    asking: httpx.AsyncClient, vary: list[Any], why: str
) -> None:
    answer = await asking.post("what-if", headers=AS_THE_PAGE, json={"vary": vary})
    assert (answer.status_code, why in answer.text) == (422, True), answer.text


async def test_the_seeds_fix_is_suggested(asking: httpx.AsyncClient) -> None:
    """The article's: of the file that the lab was made of, which stays as it is."""
    answer = await asking.post("suggest", headers=AS_THE_PAGE, json={})
    first = answer.json()[0]
    assert first["edits"] == ["service x400-inbound of firewall: client-side transparency off"]
    assert first["mends"] == ["EXTERNAL -> INTERNAL"]
    assert "+        client_side_transparency: false" in first["diff"]


async def test_a_suggestion_names_the_file_as_the_lab_was_given_it(
    up: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the folder where the lab was put up; the page may be served in another."""
    monkeypatch.chdir(ROOT)
    topology = load_topology(Path("labs", "q196381.yaml"))
    placement = up.placement.model_copy(update={"topology": topology})
    lab = up.model_copy(update={"placement": placement, "folder": ROOT})
    monkeypatch.chdir(tmp_path)
    async with client(Live(lab, None)) as asking:
        answer = await asking.post("suggest", headers=AS_THE_PAGE, json={})
    assert answer.status_code == 200, answer.text
    assert answer.json()[0]["diff"].startswith("--- labs/q196381.yaml\n+++ labs/q196381.yaml\n")
