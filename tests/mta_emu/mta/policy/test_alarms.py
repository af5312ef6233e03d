"""Queue alarms, Q163085."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mta.policy.alarms import Alarm, QueueAlarm


@pytest.mark.parametrize(
    ("on", "off", "effective"),
    [
        (600, None, 300),  # the article's example
        (600, 100, 100),
        (600, 0, 0),  # not before the queue is empty
        (600, 600, 600),
        (600, 601, 300),  # above "on": ignored
        (5, None, 2),
        (None, 10, None),
    ],
)
def test_off(on: int | None, off: int | None, effective: int | None) -> None:
    assert QueueAlarm(on, off).effective_off == effective


def test_the_alarm_goes_on_and_off() -> None:
    alarm = QueueAlarm(4)
    heard = [alarm.watch(length) for length in (3, 4, 5, 3, 4, 2, 1, 3, 4)]
    assert heard == [
        None,
        Alarm.BACKLOGGED,
        None,
        None,
        None,
        Alarm.SUBSIDED,
        None,
        None,
        Alarm.BACKLOGGED,
    ]


def test_without_a_value_there_is_no_alarm() -> None:
    assert QueueAlarm(None).watch(1_000_000) is None


@given(
    st.integers(1, 50), st.none() | st.integers(0, 100), st.lists(st.integers(0, 60), max_size=40)
)
def test_alarms_alternate_at_their_thresholds(on: int, off: int | None, lengths: list[int]) -> None:
    alarm = QueueAlarm(on, off)
    heard = [(found, length) for length in lengths if (found := alarm.watch(length))]
    assert [found for found, _ in heard] == [
        Alarm.SUBSIDED if number % 2 else Alarm.BACKLOGGED for number in range(len(heard))
    ]
    for found, length in heard:
        assert length >= on if found is Alarm.BACKLOGGED else length <= alarm.effective_off
