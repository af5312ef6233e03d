"""The two sites that exercises are played on."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course.sites import Sites, lan, sites, topology
from mta_lab.rehearsal.predict import predict
from mta_lab.topology.disposition import Disposition

SEEDS = [str(seed) for seed in range(20)]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("where", [sites, lan])
def test_all_mail_is_delivered_unless_an_exercise_changes_something(
    where: Callable[[Chance], Sites], seed: str
) -> None:
    here = where(Chance("x", seed))
    made = topology(here.document([]))
    found = predict(made, datetime(2026, 1, 5, tzinfo=UTC))
    assert [each.disposition for each in found] == [Disposition.DELIVERED] * 2


def test_names_and_addresses_are_different_ones() -> None:
    for seed in SEEDS:
        here = sites(Chance("x", seed))
        assert here.outer.mta != here.inner.mta
        assert here.outer.town != here.inner.town
        ends = (here.outer.address, here.outer.calls, here.inner.address, here.inner.calls)
        assert len({*ends}) == 4
        assert all(str(end) in here.table() for end in ends)
