"""A rehearsal that goes on: rest, time, and connections that are lost."""

from datetime import timedelta

import pytest

from mta_lab.rehearsal import run as run_module
from mta_lab.rehearsal.call import call
from mta_lab.rehearsal.run import EndlessError, Run
from tests.mta_lab.rehearsal.changed import NOW
from tests.mta_lab.rehearsal.test_mailing import RIGHT, SOUTH, legs, send
from tests.mta_lab.rehearsal.test_state import state


def test_it_settles_with_the_association_open_and_in_time_releases_it() -> None:
    at = state(RIGHT)
    run = Run(at)
    send(at)
    run.settle()
    assert len(at.associations) == len(at.world.open) == 1
    assert run.until(lambda: not at.associations)
    assert at.now == NOW + timedelta(seconds=300)  # the lifetime
    assert at.world.open == []
    assert at.logged == {}


def test_mail_of_the_called_side_leaves_by_the_same_association() -> None:
    at = state(RIGHT)
    run = Run(at)
    send(at)
    run.settle()
    back = send(at, sender=SOUTH, to="C=US;A= ;P=Contoso;O=North;S=Jones")
    run.settle()
    assert legs(back) == [("SOUTH", "NORTH", "collected")]
    assert [each.question for each in back.legs()[0].steps][-2:] == ["turn", "turn"]
    assert len(at.attempts) == 1


def test_time_passes_though_something_is_under_way() -> None:
    """A wait does not begin with rest, and what is due in it happens in it."""
    at = state(RIGHT)
    send(at)
    Run(at).wait(299)  # not PATIENCE: lab seconds
    assert (at.now, len(at.associations)) == (NOW + timedelta(seconds=299), 1)
    Run(at).wait(2)  # not PATIENCE: lab seconds
    assert (at.now, len(at.associations)) == (NOW + timedelta(seconds=301), 0)


def test_mail_after_an_idle_association_was_lost_waits_for_no_transfer_interval() -> None:
    at = state(RIGHT)
    run = Run(at)
    send(at)
    run.settle()
    run.end(at.associations[0], reset=True)
    trail = send(at)
    run.settle()
    assert (at.now, trail.delivered) == (NOW, ["SOUTH"])


def test_what_never_happens_is_said() -> None:
    at = state(RIGHT)
    assert not Run(at).until(lambda: False)


def test_a_rehearsal_that_would_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "_HAPPENINGS", 10)
    at = state("q157630-retry-and-report")
    send(at)
    with pytest.raises(EndlessError, match="1998-03-02"):
        Run(at).until(lambda: False)


@pytest.mark.parametrize(
    ("timeout", "events"),
    [(0, {"EXTERNAL": (9224, 1294), "INTERNAL": (9224, 1294)}), (600, {})],
)
def test_a_connection_that_is_reset_is_recovered_if_both_sides_wait_for_it(
    timeout: int, events: dict[str, tuple[int, ...]]
) -> None:
    """Q166594: the turn is at the called side."""
    settings = [
        f"{name}.connectors.FIREWALL.override.recovery_timeout={timeout}"
        for name in ("EXTERNAL", "INTERNAL")
    ]
    at = state("q166594-lost-turn", *settings)
    run = Run(at)
    run.connect(call(at.world, "EXTERNAL", at.world.mtas["EXTERNAL"].connectors[0]))
    (association,) = at.associations
    association.turn = association.called
    inside = "C=US;A= ;P=Contoso;O=Inside;S=Smith"
    send(at, "C=US;A= ;P=Contoso;O=Outside;S=Jones", inside, name="EXTERNAL")
    run.reset(association)
    assert at.logged == events
    assert bool(at.associations) is not bool(events)
    retry = at.mta("EXTERNAL").connector("FIREWALL").retry
    assert retry == (NOW + timedelta(seconds=120) if events else None)


def test_a_firewall_ends_what_is_silent_for_too_long() -> None:
    """Q154301: after a minute."""
    at = state("q154301-connection-reset")
    run = Run(at)
    run.connect(call(at.world, "EXTERNAL", at.world.mtas["EXTERNAL"].connectors[0]))
    assert run.until(lambda: bool(at.events))
    assert at.now == NOW + timedelta(seconds=60)
    assert at.logged == {"EXTERNAL": (9224, 1294), "INTERNAL": (9224, 1294)}
