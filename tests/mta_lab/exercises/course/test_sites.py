"""The two sites that exercises are played on."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course.sites import Sites, lan, sites, topology, with_neighbour
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


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("where", [sites, lan])
def test_a_neighbour_calls_before_and_is_nobody_else(
    where: Callable[[Chance], Sites], seed: str
) -> None:
    chance = Chance("x", seed)
    here = with_neighbour(where(chance), chance)
    near = here.neighbour
    assert near
    document = here.document([])
    assert [step["send"]["at"] for step in document["play"][:-1]] == [near.mta] * here.before
    assert document["play"][-1] == {"await": "settled"}
    assert f"| {near.mta} | MTA in {near.town}" in here.table()
    assert near.mta not in {site.mta for site in here.both}
    used = {each for site in here.both for each in (site.address, site.calls)}
    assert near.address not in used
    assert here.pair(document) == [document["mtas"][site.mta] for site in here.both]
    found = predict(topology(document), datetime(2026, 1, 5, tzinfo=UTC))
    became = {(each.sender, each.receiver): each.disposition for each in found}
    for pair in ((near.mta, here.outer.mta), (here.outer.mta, here.inner.mta)):
        assert became[pair] is Disposition.DELIVERED


def test_names_and_addresses_are_different_ones() -> None:
    for seed in SEEDS:
        here = sites(Chance("x", seed))
        assert here.outer.mta != here.inner.mta
        assert here.outer.town != here.inner.town
        ends = (here.outer.address, here.outer.calls, here.inner.address, here.inner.calls)
        assert len({*ends}) == 4
        assert all(str(end) in here.table() for end in ends)
