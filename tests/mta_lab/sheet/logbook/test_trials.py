"""The table of the tests: which there are, and what is predicted of each."""

import pytest

from mta_lab.rehearsal.predict import NO_FAULTS
from mta_lab.sheet.logbook.trials import Subject, trials
from tests.mta_lab.rehearsal.changed import NOW, lab
from tests.mta_lab.sheet.logbook.books import RIGHT, SEED, THREE, trial


def test_two_mtas_have_every_test_each_way_but_a_loop() -> None:
    found = [*trials(lab(RIGHT), NOW, NO_FAULTS)]
    ways = [("NORTH", "SOUTH"), ("SOUTH", "NORTH")]
    each_way = [subject for subject in Subject if subject is not Subject.LOOP]
    for way in ways:
        own = [each.subjects for each in found if (each.sender, each.receiver) == way]
        assert [subject for subjects in own for subject in subjects] == each_way
    *played, loop = found
    assert all(each.script for each in played)
    assert (loop.subjects, loop.script) == ((Subject.LOOP,), None)
    assert "three MTAs" in loop.change


def test_three_mtas_have_a_loop_in_each_direction() -> None:
    loops = [each for each in trials(lab(THREE), NOW, NO_FAULTS) if Subject.LOOP in each.subjects]
    assert [each.change for each in loops] == [
        "mail for nobody goes round: AMHSLAND-1 -> AMHSLAND-2 -> AMHSLAND-3 -> AMHSLAND-1",
        "mail for nobody goes round: AMHSLAND-1 -> AMHSLAND-3 -> AMHSLAND-2 -> AMHSLAND-1",
    ]
    for each in loops:
        assert each.script
        assert each.script.becomes == "looping"
        assert each.script.prediction.reported_back.endswith("loop-detected")


@pytest.mark.parametrize(
    ("subject", "becomes", "events"),
    [
        (Subject.MESSAGE, "delivered", {}),
        (Subject.REPORT, "no connector", {"SOUTH": (290,)}),
        (Subject.PROBE, "delivered", {}),
        (Subject.WRONG_PASSWORD, "refused", {"NORTH": (1290, 289, 1294), "SOUTH": (51,)}),
        (Subject.UNLISTED, "collected", {"NORTH": (1290, 289, 1294), "SOUTH": (1293,)}),
    ],
)
def test_each_test_shows_what_it_is_about(
    subject: Subject, becomes: str, events: dict[str, tuple[int, ...]]
) -> None:
    script = trial(lab(RIGHT), subject, "NORTH", "SOUTH").script
    assert script
    assert script.becomes == becomes
    assert {name: each for name, each in script.prediction.first_events.items() if each} == events


@pytest.mark.parametrize(
    ("name", "sender", "receiver", "from_where"),
    [
        (RIGHT, "NORTH", "SOUTH", "203.0.113.254"),
        (SEED, "INTERNAL", "EXTERNAL", "203.0.113.254"),  # the firewall's, which it sees
        ("q196381-nftables-snat", "INTERNAL", "EXTERNAL", "its own file says"),
        ("q169716-schedule-never", "SOUTH", "NORTH", "SOUTH does not call"),
    ],
)
def test_what_is_another_is_the_address_that_the_called_mta_sees(
    name: str, sender: str, receiver: str, from_where: str
) -> None:
    found = trial(lab(name), Subject.UNLISTED, sender, receiver)
    assert from_where in found.change
    if found.script:
        assert str(found.script.first[0].source_seen) == from_where
