"""The lab clock."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from labkit.clock import FASTEST, Clock, LabClock
from labkit.config import ConfigurationError, parse
from labkit.loop import run


def test_lab_time_runs_scale_times_as_fast() -> None:
    clock = LabClock(scale=3600, origin=datetime.now(UTC) - timedelta(seconds=10))
    ahead = clock.now() - datetime.now(UTC)
    assert timedelta(hours=9.9) < ahead < timedelta(hours=10.2)


def test_lab_seconds_on_the_wall() -> None:
    assert LabClock(scale=600).wall_seconds(600) == 1
    start = time.monotonic()
    run(LabClock(scale=1000).sleep(20))
    assert time.monotonic() - start >= 0.02


def test_a_lab_time_has_its_time_on_the_wall() -> None:
    origin = datetime(2026, 1, 1, tzinfo=UTC)
    start = datetime(1999, 12, 31, tzinfo=UTC)
    clock = LabClock(3600, origin, start)
    assert clock.on_wall(start + timedelta(hours=2)) == origin + timedelta(seconds=2)
    now = clock.now()
    assert abs(clock.on_wall(now) - datetime.now(UTC)) < timedelta(seconds=60)
    assert LabClock(2, origin).on_wall(origin) == origin


@pytest.mark.parametrize("scale", [0, -1])
def test_time_goes_forward(scale: float) -> None:
    with pytest.raises(ValueError, match="must be greater than 0"):
        LabClock(scale=scale)


@pytest.mark.parametrize(
    "values",
    [
        {"scale": 1e12},
        {"scale": float("nan")},
        {"scale": 0},
        {"start": "9999-12-31T23:59:59Z"},
        {"start": "1949-12-31T23:59:59Z"},
    ],
)
def test_a_clock_that_would_leave_the_calendar_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match="must be"):
        parse(values, Clock, "clock")


def test_the_fastest_clock_runs() -> None:
    assert LabClock(FASTEST).now() > datetime.now(UTC)
