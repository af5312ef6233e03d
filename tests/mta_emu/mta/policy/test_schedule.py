"""The Schedule page: the week grid against a slow reading of it, minute by minute."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mta_emu.mta.configuration.fields import Slots
from mta_emu.mta.configuration.pages import ConnectorConfig, Day, DetailView, Schedule
from mta_emu.mta.policy.schedule import (
    ActivationState,
    activation_state,
    initiation,
    may_accept,
    may_initiate,
    next_change,
)

MONDAY = datetime(1999, 4, 26, tzinfo=UTC)


def selected(times: dict[str, list[str]], detail_view: str = "15-minutes") -> Schedule:
    return Schedule.model_validate(
        {"activation": "selected-times", "detail_view": detail_view, "selected_times": times}
    )


@pytest.mark.parametrize(
    ("activation", "state", "calls", "answers"),
    [
        ("always", ActivationState.ACTIVE_NOW, True, True),
        ("remote-initiated", ActivationState.REMOTE_INITIATED, False, True),
        ("never", ActivationState.NEVER, False, False),
    ],
)
def test_states_that_do_not_change(
    activation: str, state: ActivationState, calls: bool, answers: bool
) -> None:
    page = Schedule.model_validate({"activation": activation})
    assert activation_state(page, MONDAY) is state
    assert (may_initiate(page, MONDAY), may_accept(page)) == (calls, answers)
    assert next_change(page, MONDAY) is None


def test_selected_times() -> None:
    page = selected({"monday": ["08:00-12:15"], "tuesday": ["00:00-24:00"]})
    at = {
        "07:59": ActivationState.WILL_BECOME_ACTIVE,
        "08:00": ActivationState.ACTIVE_NOW,
        "12:14": ActivationState.ACTIVE_NOW,
        "12:15": ActivationState.WILL_BECOME_ACTIVE,
    }
    for clock, state in at.items():
        hour, minute = map(int, clock.split(":"))
        moment = MONDAY.replace(hour=hour, minute=minute, second=59)
        assert activation_state(page, moment) is state
        assert may_initiate(page, moment) is (state is ActivationState.ACTIVE_NOW)
    assert may_accept(page)
    assert next_change(page, MONDAY) == MONDAY.replace(hour=8)
    assert next_change(page, MONDAY.replace(hour=9)) == MONDAY.replace(hour=12, minute=15)
    assert next_change(page, MONDAY.replace(hour=13)) == MONDAY + timedelta(days=1)
    assert next_change(page, MONDAY + timedelta(days=1, hours=9)) == MONDAY + timedelta(days=2)
    assert next_change(page, MONDAY + timedelta(days=2)) == MONDAY + timedelta(days=7, hours=8)


@pytest.mark.parametrize(
    ("schedule", "why", "place"),
    [
        ({}, "is active now", "activation"),
        ({"activation": "never"}, "never calls: its activation is never", "activation"),
        (
            {"activation": "remote-initiated"},
            "never calls: its activation is remote-initiated",
            "activation",
        ),
        (
            {"activation": "selected-times", "selected_times": {"tuesday": ["02:00-03:00"]}},
            "is not active now, and becomes active on Tuesday 1999-04-27 02:00 UTC",
            "selected_times",
        ),
    ],
)
def test_why_a_connector_calls_or_not(schedule: dict[str, Any], why: str, place: str) -> None:
    general = {"directory_name": "X", "remote_mta_name": "B"}
    page = ConnectorConfig.model_validate(
        {"general": general, "stack": {"address": "192.0.2.1"}, "schedule": schedule}
    )
    reason = initiation(page, MONDAY)
    assert reason.text == f"connector X {why}"
    assert reason.place
    assert reason.place.path == place


def test_a_grid_without_gaps_never_changes() -> None:
    page = selected({day: ["00:00-10:00", "10:00-24:00"] for day in Day})
    assert next_change(page, MONDAY) is None


grids = st.dictionaries(
    st.sampled_from(list(Day)),
    st.lists(st.integers(0, 95), min_size=1, max_size=4, unique=True),
    min_size=1,
    max_size=3,
)


@given(grids, st.integers(0, 7 * 24 * 60 - 1))
def test_the_next_change_is_the_first_minute_of_another_state(
    grid: dict[Day, list[int]], minute: int
) -> None:
    page = selected(
        {day: [str(Slots(n * 15, n * 15 + 15)) for n in numbers] for day, numbers in grid.items()}
    )
    now = MONDAY + timedelta(minutes=minute, seconds=30)
    quarter = MONDAY + timedelta(minutes=minute - minute % 15)
    expected = next(
        moment
        for moment in (quarter + timedelta(minutes=15 * n) for n in range(1, 7 * 96 + 2))
        if activation_state(page, moment) is not activation_state(page, now)
    )
    assert next_change(page, now) == expected


@given(st.integers(0, 95), st.integers(1, 96))
def test_slots_survive_their_text(start: int, length: int) -> None:
    slots = Slots(start * 15, min(start + length, 96) * 15)
    assert Slots.parse(str(slots)) == slots


@pytest.mark.parametrize(
    ("page", "complaint"),
    [
        ({"selected_times": {"monday": ["8-12"]}}, "HH:MM-HH:MM"),
        ({"selected_times": {"monday": ["12:00-08:00"]}}, "end after it begins"),
        ({"selected_times": {"monday": ["12:00-24:15"]}}, "between 00:00 and 24:00"),
        ({"selected_times": {"monday": ["12:00-12:75"]}}, "between 00:00 and 24:00"),
        ({"selected_times": {"monday": ["08:15-12:00"]}}, "a slot of 60 minutes"),
        ({"selected_times": {"funday": ["08:00-12:00"]}}, "'monday', 'tuesday'"),
        ({"activation": "selected-times"}, "without any selected_times"),
        ({"detail_view": "5-minutes"}, "'1-hour' or '15-minutes'"),
    ],
)
def test_a_wrong_grid_is_explained(page: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        Schedule.model_validate(page)


def test_a_slot_is_an_hour_unless_the_detail_view_says_quarter() -> None:
    assert Schedule().detail_view is DetailView.HOUR
    assert DetailView.QUARTER.minutes == 15
