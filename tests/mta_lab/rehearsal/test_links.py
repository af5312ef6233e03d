"""An association in a rehearsal."""

import pytest

from mta_emu.mta.policy.calling import Link
from mta_emu.mta.policy.turn import TurnStep
from mta_lab.rehearsal.call import call
from mta_lab.rehearsal.links import Association
from mta_lab.rehearsal.run import Run
from tests.mta_lab.rehearsal.test_state import state


def association(*settings: str) -> Association:
    at = state("q166308-all-right", *settings)
    connector = at.world.mtas["NORTH"].connectors[0]
    Run(at).connect(call(at.world, "NORTH", connector))
    (opened,) = at.associations
    return opened


def test_the_caller_has_the_turn_first_and_gives_it_when_asked() -> None:
    opened = association()
    caller, called = opened.sides
    assert (opened.link(caller), opened.link(called)) == (Link(ours=True), Link(ours=False))
    assert opened.decide(caller, 0, mail=True).step is TurnStep.TRANSFER
    assert opened.decide(called, 1, mail=True).step is TurnStep.ASK
    called.standing, caller.standing = (
        called.standing.turn_asked(),
        caller.standing.turn_requested(),
    )
    assert opened.busy
    opened.give_turn()
    assert opened.sides == (called, caller)
    assert not opened.busy


def test_in_a_monologue_only_the_caller_can_send() -> None:
    opened = association("NORTH.connectors.SOUTH.advanced.two_way_alternate=false")
    caller, called = opened.sides
    assert opened.link(caller).able
    assert not opened.link(called).able


def test_both_sides_recover_it_while_the_turn_is_at_the_called_one() -> None:
    opened = association()
    assert [opened.recovers(each) for each in opened.sides] == [False, False]
    opened.turn = opened.called
    assert [opened.recovers(each) for each in opened.sides] == [True, True]


@pytest.mark.parametrize(("largest", "stalls"), [(None, False), (3, False), (1, True)])
def test_what_needs_a_larger_packet_stalls(largest: int | None, stalls: bool) -> None:
    opened = association()
    opened.largest_apdu = largest
    assert bool(opened.why_stalls(2)) is stalls
