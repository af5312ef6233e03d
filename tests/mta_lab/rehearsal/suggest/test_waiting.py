"""Which mail is to be mended."""

import pytest

from mta_lab.rehearsal.suggest.waiting import Wanted, ends_of
from mta_lab.topology.play import PlayStep
from tests.mta_lab.rehearsal.changed import NOW, lab
from tests.mta_lab.rehearsal.suggest.stopped import INWARD, SOUTHWARD

NORTHWARD = SOUTHWARD[::-1]


@pytest.mark.parametrize(
    ("name", "waiting"),
    [
        ("q196381", [INWARD]),
        ("q166308-all-right", []),
        ("q166308-wrong-password", [SOUTHWARD, NORTHWARD]),
        ("q190022-one-calls", []),  # NORTH leaves all calls to SOUTH
        ("q190022-both-remote-initiated", [SOUTHWARD, NORTHWARD]),
        ("q197378-multihomed-caller", [SOUTHWARD]),  # every other call fails
        ("q166602-control-blocks", [("EAST", "SOUTH")]),  # the second caller of the play
        ("q164838-loop", []),  # mail for nobody
        ("q196381-transparency-off", []),  # in the play one is collected over an open association
    ],
)
def test_mail_waits_that_is_not_delivered(name: str, waiting: list[tuple[str, str]]) -> None:
    assert [ends_of(flow) for flow in Wanted().waiting(lab(name), NOW)] == waiting


def test_mail_waits_that_a_fault_stops_with_which_the_play_begins() -> None:
    topology = lab("q166308-all-right")
    network = next(iter(topology.networks))
    cut = PlayStep.model_validate({"fault": {"on": network, "black_hole": True}})
    faulty = topology.model_copy(update={"play": [cut]})
    assert [ends_of(flow) for flow in Wanted().waiting(faulty, NOW)] == [SOUTHWARD, NORTHWARD]


def test_only_one_flow_may_be_wanted_and_then_it_must_be_delivered() -> None:
    wanted = Wanted(NORTHWARD)
    assert [*map(ends_of, wanted.waiting(lab("q166308-wrong-password"), NOW))] == [NORTHWARD]
    one_calls = lab("q190022-one-calls")
    strict = Wanted(SOUTHWARD, delivered=True)
    assert [*map(ends_of, strict.waiting(one_calls, NOW))] == [SOUTHWARD]
    assert Wanted(SOUTHWARD).waiting(one_calls, NOW) == []
    assert Wanted(NORTHWARD, delivered=True).waiting(one_calls, NOW) == []
