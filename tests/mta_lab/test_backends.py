"""Every topology in labs/ gives the same result wherever it is played."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from mta_lab.rehearsal.expected import flows
from mta_lab.rehearsal.play import play as rehearse
from mta_lab.topology.reading import load_topology
from tests.mta_lab.labs import DIRECTORY, LABS, on_loopback

#: The seed, its fixes, and two firewalls with a network between them.
IN_CONTAINERS = (
    "q196381",
    "q196381-second-connector",
    "q196381-transparency-off",
    "q196381-tunnel",
    "q196381-two-firewalls",
    "q196381-dmz-relay",
)
EVERYWHERE = [name for name in LABS if on_loopback(name)]
ELSEWHERE = [name for name in LABS if not on_loopback(name)]

Play = Callable[..., Any]


def in_the_files_words(result: dict[str, Any]) -> dict[str, Any]:
    """What a result says, with the topology file's addresses, and without times and ports."""
    ours = {wire: file for file, wire in result["addresses"].items()}

    def address(text: str | None) -> str | None:
        return text and ours.get(text.partition(":")[0], text)

    def connection(each: dict[str, Any]) -> tuple[str | None, ...]:
        ends = ("source", "destination", "onward_source", "onward_destination")
        return each["service"], each["rule"], each["outcome"], *(address(each[end]) for end in ends)

    return {
        "verdict": result["verdict"],
        "differences": result["differences"],
        "flows": [flow | {"source_seen": address(flow["source_seen"])} for flow in result["flows"]],
        "events": {
            name: [(event["id"], event["type"], event["category"]) for event in mta["events"]]
            for name, mta in result["mtas"].items()
        },
        "connections": {
            name: {connection(each) for each in firewall["connections"]}
            for name, firewall in result["firewalls"].items()
        },
    }


@pytest.mark.parametrize("name", EVERYWHERE)
def test_the_result_is_the_same_in_namespaces(play: Play, name: str) -> None:
    same_elsewhere(play, name, "netns")


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_loopback_cannot_hold_is_as_expected_in_namespaces(play: Play, name: str) -> None:
    result = play(name, "netns").result
    assert (result["verdict"], result["differences"]) == ("pass", [])


@pytest.mark.parametrize("name", LABS)
def test_the_result_is_what_was_predicted(play: Play, name: str) -> None:
    """Every figure and the event log, also what the file does not say."""
    topology = load_topology(DIRECTORY / f"{name}.yaml")
    predicted = rehearse(topology, topology.starts or datetime.now(UTC))
    seen = in_the_files_words(play(name, "loopback" if on_loopback(name) else "netns").result)
    figures = [each.model_dump(mode="json", by_alias=True) for each in flows(topology, predicted)]
    assert figures == seen["flows"]
    events = {mta: tuple(number for number, *_ in logged) for mta, logged in seen["events"].items()}
    assert {mta: predicted.events(mta) for mta in events} == events


@pytest.mark.parametrize("name", IN_CONTAINERS)
@pytest.mark.usefixtures("engine")
def test_the_result_is_the_same_in_containers(play: Play, name: str) -> None:
    same_elsewhere(play, name, "compose")


def same_elsewhere(play: Play, name: str, backend: str) -> None:
    elsewhere = play(name, backend).result
    here = play(name).result
    assert elsewhere["backend"] == backend
    assert in_the_files_words(elsewhere) == in_the_files_words(here)
    assert elsewhere["verdict"] == "pass"
    assert elsewhere["addresses"] == {address: address for address in here["addresses"]}
