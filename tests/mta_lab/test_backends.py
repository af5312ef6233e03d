"""Every topology in labs/ gives the same result wherever it is played."""

from datetime import UTC, datetime

import pytest

from mta_lab.rehearsal.expected import flows
from mta_lab.rehearsal.play import play as rehearse
from mta_lab.topology.reading import load_topology
from tests.mta_lab.labs import DIRECTORY, LABS, on_loopback
from tests.mta_lab.results import Play, in_the_files_words, same_elsewhere

EVERYWHERE = [name for name in LABS if on_loopback(name)]
ELSEWHERE = [name for name in LABS if not on_loopback(name)]


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
