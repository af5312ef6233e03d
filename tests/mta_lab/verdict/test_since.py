"""What became of the mail since a moment, by the records of the seed's run."""

from datetime import UTC, datetime, timedelta

import pytest

from mta_emu.mta.log.records import Delivered
from mta_lab.lab.records import of_kind
from mta_lab.topology.disposition import Disposition
from mta_lab.verdict.since import Observed, since
from tests.mta_lab.web.conftest import Ran, ran

LONG_AGO = datetime(1998, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return ran("q196381", tmp_path_factory.mktemp("since"))


def observed(seed: Ran, moment: datetime) -> dict[tuple[str, str], Observed]:
    found = since(moment, seed.minutes.lab.topology, seed.minutes.records)
    return {(each.sender, each.receiver): each for each in found}


def test_since_the_beginning_it_is_the_whole_story(seed: Ran) -> None:
    found = observed(seed, LONG_AGO)
    outside = found["EXTERNAL", "INTERNAL"]
    assert (outside.arrived, outside.disposition) == (5, Disposition.COLLECTED)
    assert outside.calls >= 1
    inside = found["INTERNAL", "EXTERNAL"]
    assert (inside.arrived, inside.disposition) == (1, Disposition.DELIVERED)
    placement = seed.minutes.lab.placement
    assert outside.source_seen
    assert inside.source_seen
    assert str(placement.in_file(outside.source_seen)) == "203.0.113.10"
    assert str(placement.in_file(inside.source_seen)) == "203.0.113.1"


def test_a_call_that_was_refused_says_why_while_nothing_has_arrived(seed: Ran) -> None:
    """As one who looked before the inside had written."""
    inside = of_kind(Delivered, seed.minutes.records["INTERNAL"])
    before = min(each.time for each in inside)
    records = {
        host: [each for each in its if each.time < before]
        for host, its in seed.minutes.records.items()
    }
    found = since(LONG_AGO, seed.minutes.lab.topology, records)
    outside = next(each for each in found if each.sender == "EXTERNAL")
    assert (outside.arrived, outside.disposition) == (0, Disposition.REFUSED)
    assert "caller's address" in outside.reason


def test_since_the_end_there_is_nothing(seed: Ran) -> None:
    last = max(each.time for its in seed.minutes.records.values() for each in its)
    for each in observed(seed, last + timedelta(seconds=1)).values():
        assert (each.calls, each.arrived, each.disposition) == (0, 0, None)
        assert each.source_seen is None


def test_a_lab_that_has_said_nothing(seed: Ran) -> None:
    found = since(LONG_AGO, seed.minutes.lab.topology, {})
    assert [each.disposition for each in found] == [None, None]
