"""Moments, addresses and texts as a page writes them."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from labkit.clock import LabClock
from mta_lab.web.model.writing import Writing, lab_time, moment_of, nanoseconds
from tests.mta_lab.web.conftest import Ran

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_moments_count_from_the_beginning() -> None:
    writing = Writing(nanoseconds(NOON))
    assert writing.moment(nanoseconds(NOON + timedelta(milliseconds=1500))) == 1.5
    assert writing.began == "2026-01-01T12:00:00+00:00"
    assert moment_of(nanoseconds(NOON)) == NOON


def test_without_a_topology_an_address_is_the_wires() -> None:
    writing = Writing(0)
    assert writing.end("127.0.113.10:102") == "127.0.113.10:102"
    assert writing.end("[2001:db8::1]:102") == "[2001:db8::1]:102"
    assert writing.address(ip_address("127.0.113.10")) == ip_address("127.0.113.10")
    assert writing.text("from 127.0.113.10\x1b") == "from 127.0.113.10\\x1b"


def test_with_one_it_is_the_files(seed: Ran) -> None:
    placement = seed.minutes.lab.placement
    wire = placement.addresses[ip_address("203.0.113.10")]
    writing = Writing(0, placement)
    assert writing.end(f"{wire}:4001") == "203.0.113.10:4001"
    assert writing.text(f"calls from {wire}") == "calls from 203.0.113.10"


def test_lab_time_runs_faster_from_its_own_start() -> None:
    clock = LabClock(60, NOON, datetime(1999, 1, 1, tzinfo=UTC))
    later = NOON + timedelta(seconds=2)
    assert lab_time(clock, later) == datetime(1999, 1, 1, 0, 2, tzinfo=UTC)
    assert clock.on_wall(lab_time(clock, later)) == later
