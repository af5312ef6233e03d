"""What a play does to hosts."""

from datetime import timedelta

import pytest

from mta_emu.mta.configuration.reload import NotReloadableError
from mta_lab.rehearsal.call import call
from mta_lab.rehearsal.interventions import disturb, restart, set_
from mta_lab.rehearsal.run import Run
from mta_lab.topology.faults import Fault
from tests.mta_lab.rehearsal.changed import NOW
from tests.mta_lab.rehearsal.test_mailing import RIGHT, legs, send
from tests.mta_lab.rehearsal.test_state import state

TO_SOUTH = "NORTH.connectors.SOUTH"


def test_a_connector_that_changes_releases_and_calls_again_for_what_waits() -> None:
    at = state("q194589-association-limit")
    run, trail = Run(at), send(at)
    run.settle()
    assert legs(trail) == [("NORTH", "SOUTH", "never called")]
    set_(run, {f"{TO_SOUTH}.schedule.activation": "always"})
    run.settle()
    assert legs(trail) == [("NORTH", "SOUTH", "delivered")]
    set_(run, {f"{TO_SOUTH}.override.lifetime": 10})
    assert (at.associations, at.logged) == ([], {})


def test_what_only_a_start_can_change_is_refused() -> None:
    at = state(RIGHT)
    with pytest.raises(NotReloadableError, match="local_mta_name"):
        set_(Run(at), {"NORTH.server.local_mta_name": "X"})


def test_a_caller_that_restarts_releases_and_a_called_one_aborts() -> None:
    for host, events in (("NORTH", {}), ("SOUTH", {"NORTH": (1294,), "SOUTH": (1294,)})):
        at = state(RIGHT)
        run = Run(at)
        send(at)
        run.settle()
        restart(run, host)
        assert at.associations == []
        assert at.logged == events


def test_a_firewall_that_restarts_resets_what_goes_through_it() -> None:
    at = state("q196381-two-firewalls")
    run = Run(at)
    (connector,) = at.world.mtas["INTERNAL"].connectors
    run.connect(call(at.world, "INTERNAL", connector))
    assert at.associations[0].opened.via
    restart(run, at.associations[0].opened.via[0])
    assert at.logged == {"INTERNAL": (9224, 1294), "EXTERNAL": (9224, 1294)}


def test_a_black_hole_keeps_calls_from_coming_and_ends_in_time() -> None:
    at = state(RIGHT)
    run = Run(at)
    disturb(run, Fault.model_validate({"on": "lan", "black_hole": True, "for": 60}))
    trail = send(at)
    run.settle()
    (attempt,) = at.attempts
    assert (attempt.disposition, attempt.reason.check) == ("unreachable", "fault")
    assert run.until(lambda: bool(trail.delivered))
    assert at.now == NOW + timedelta(seconds=600)


def test_large_packets_are_lost_on_what_is_open_until_the_fault_is_lifted() -> None:
    at = state(RIGHT)
    run = Run(at)
    send(at)
    run.settle()
    assert disturb(run, Fault.model_validate({"on": "lan", "larger_than": 600})) == ""
    (association,) = at.associations
    assert association.largest_apdu == 600 - 52 - 71
    disturb(run, Fault.model_validate({"on": "lan", "lift": True}))
    assert association.largest_apdu is None


def test_what_a_black_hole_does_to_what_is_open_is_not_modelled() -> None:
    at = state(RIGHT)
    run = Run(at)
    send(at)
    run.settle()
    why = disturb(run, Fault.model_validate({"on": "lan", "black_hole": True}))
    assert why == "what becomes of the association of NORTH and SOUTH"
