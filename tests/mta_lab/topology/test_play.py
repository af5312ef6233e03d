"""The steps of a play, and how they read."""

from typing import Any

import pytest
from pydantic import ValidationError

from mta_lab.topology.play import (
    Awaited,
    Expectation,
    PlayStep,
    events,
    faults_at_start,
    references,
)

MAIL = {"at": "NORTH", "from": "C=US;A= ;S=A", "to": "C=US;A= ;S=B"}


@pytest.mark.parametrize(
    ("step", "text"),
    [
        ({"send": MAIL}, "send a message at NORTH to C=US;A= ;S=B"),
        ({"send": MAIL | {"count": 5}}, "send 5 messages at NORTH to C=US;A= ;S=B"),
        ({"send": MAIL | {"probe": True}}, "send a probe at NORTH to C=US;A= ;S=B"),
        ({"await": "settled"}, "wait until nothing moves any more"),
        ({"await": {"event": 301, "at": "NORTH"}}, "wait for event 301 at NORTH"),
        ({"await": {"delivered": 2, "at": "SOUTH"}}, "wait until SOUTH has delivered 2"),
        ({"await": {"seconds": 90}}, "wait for 90 lab seconds"),
        ({"await": {"ended": "OPERATOR"}}, "wait until OPERATOR has ended"),
        ({"queued": {"NORTH": 5, "SOUTH": 0}}, "check what is queued: 5 at NORTH, 0 at SOUTH"),
        ({"set": {"firewall.transparency": "off"}}, "set firewall.transparency=off"),
        ({"restart": "firewall"}, "restart firewall"),
        ({"fault": {"on": "outside", "drop": 5, "for": 60}}, "fault on outside: drop 5 % for 60 s"),
    ],
)
def test_a_step_reads_as_a_sentence(step: dict[str, Any], text: str) -> None:
    assert str(PlayStep.model_validate(step)) == text


@pytest.mark.parametrize("step", [{}, {"restart": "a", "await": "settled"}])
def test_a_step_is_one_thing(step: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="a step is one of"):
        PlayStep.model_validate(step)


@pytest.mark.parametrize(
    "awaited",
    [
        {"event": 1},
        {"at": "A"},
        {"event": 1, "delivered": 1, "at": "A"},
        {"seconds": 1, "at": "A"},
        {"seconds": 1, "event": 1, "at": "A"},
        {"seconds": 1, "ended": "P"},
        {"ended": "P", "at": "A"},
    ],
)
def test_something_is_awaited_somewhere(awaited: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="or the word settled"):
        Awaited.model_validate(awaited)


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), 1e9])
def test_time_that_is_awaited_passes_and_ends(seconds: float) -> None:
    with pytest.raises(ValidationError):
        Awaited.model_validate({"seconds": seconds})


def test_every_place_that_names_an_mta_or_an_event_is_found() -> None:
    play = (
        PlayStep.model_validate({"await": {"event": 1293, "at": "B"}}),
        PlayStep.model_validate({"queued": {"A": 1}}),
    )
    flow = {"from": "A", "to": "B"}
    expect = Expectation.model_validate({"flows": [flow], "events": {"B": [289, 1294]}})
    assert [*references(play, expect)] == [
        (("play", 0, "await", "at"), "B"),
        (("play", 1, "queued", "A"), "A"),
        (("expect", "flows", 0, "from"), "A"),
        (("expect", "flows", 0, "to"), "B"),
        (("expect", "events", "B"), "B"),
    ]
    of_expectation = [(("expect", "events", "B"), event) for event in (289, 1294)]
    assert [*events(play, expect)] == [(("play", 0, "await", "event"), 1293), *of_expectation]


@pytest.mark.parametrize(
    ("play", "effects"),
    [
        ([{"on": "outside", "reset": True}, {"on": "inside", "drop": 100}], ["reset", "drop"]),
        ([{"on": "outside", "reset": True, "for": 60}, {"on": "inside", "drop": 100}], ["drop"]),
        ([None, {"on": "outside", "reset": True}], []),
        ([], []),
    ],
)
def test_the_first_mail_has_the_faults_that_come_before_all_else_and_stay(
    play: list[dict[str, Any] | None], effects: list[str]
) -> None:
    steps = [{"fault": each} if each else {"send": MAIL} for each in play]
    found = faults_at_start([PlayStep.model_validate(each) for each in steps])
    assert [each.effect for each in found.faults] == effects
