"""A topology at work at one moment: its clocks, and connectors that wake."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from mta_lab.rehearsal.state import State
from mta_lab.rehearsal.world import World
from tests.mta_lab.rehearsal.changed import NOW, lab
from tests.mta_lab.rehearsal.test_running import letter


def state(name: str = "q194589-association-limit", *settings: str) -> State:
    return State(World(lab(name, *settings)), NOW)


@given(seconds=st.floats(0, 1e6))
def test_a_moment_in_wall_seconds_is_over_at_its_lab_time(seconds: float) -> None:
    at = state("q157630-fewer-retries")  # an hour a second
    at.now = at.lab_time(seconds)
    assert seconds - 1e-9 <= at.wall <= seconds + 1e-6
    assert at.lab_time(1) == NOW + timedelta(hours=1)


def test_a_connector_that_wakes_begins_calls_and_warns_once() -> None:
    at = state("q194589-association-limit", "NORTH.connectors.SOUTH.schedule.activation=always")
    mta = at.mta("NORTH")
    connector = mta.connector("SOUTH")
    connector.queue += [letter() for _ in range(24)]
    at.wake(mta, connector)
    at.wake(mta, connector)
    assert len(at.opening) == 9
    assert at.logged == {"NORTH": (57,)}
    assert {each.draft.steps[0].question for each in connector.queue} == {"schedule"}
    assert all(len(each.draft.steps) == 1 for each in connector.queue)
