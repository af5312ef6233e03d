"""What changes for the mail, and what that is called."""

from itertools import product

import pytest

from mta_lab.backends.loopback import Loopback
from mta_lab.rehearsal.changes import Change, Kind, changes, in_file
from mta_lab.rehearsal.report import Flow, flows_of
from tests.mta_lab.rehearsal.changed import NOW, lab

#: How a kind is called that is looked at from the other side.
BACK = {
    Kind.GAINED: Kind.LOST,
    Kind.NOW_COLLECTED: Kind.NOW_DELIVERED,
    Kind.NEW: Kind.GONE,
}
BACK |= {back: kind for kind, back in BACK.items()}

SOUTH = "NORTH.connectors.SOUTH"
#: A lab, what is set in it, and what changes for the mail: by the flow, the kinds.
CHANGES: list[tuple[str, str, dict[str, list[str]]]] = [
    ("q166308-all-right", f"{SOUTH}.general.display_name=x", {}),
    (
        "q166308-all-right",
        "SOUTH.connectors.NORTH.general.remote_mta_password=x",
        {"NORTH -> SOUTH": ["lost", "other events"], "SOUTH -> NORTH": ["lost", "other events"]},
    ),
    (
        "q166308-wrong-password",
        "SOUTH.connectors.NORTH.general.remote_mta_name=x",
        {
            "NORTH -> SOUTH": ["stopped by another check"],
            "SOUTH -> NORTH": ["stopped by another check"],
        },
    ),
    (
        "q196381",
        "firewall.transparency=off",
        {
            "EXTERNAL -> INTERNAL": ["collected, now delivered", "another source", "other events"],
        },
    ),
    (
        "q196381",
        "EXTERNAL.connectors.FIREWALL.override.open_interval=60",
        {
            "EXTERNAL -> INTERNAL": ["moves at another time"],
        },
    ),
    (
        "q169716-schedule-never",
        "SOUTH.connectors.NORTH.schedule.activation=remote-initiated",
        {
            "NORTH -> SOUTH": ["gained", "other events"],
            "SOUTH -> NORTH": ["gained"],
        },
    ),
    (
        "q166308-wrong-password",
        f"{SOUTH}.address_space=[]",
        {"NORTH -> SOUTH": ["another disposition", "another source", "other events"]},
    ),
]


def kinds(found: tuple[Change, ...]) -> dict[str, list[str]]:
    return {f"{each.sender} -> {each.receiver}": [*map(str, each.kinds)] for each in found}


def flows(name: str, *settings: str) -> tuple[Flow, ...]:
    return flows_of(lab(name, *settings), NOW)


@pytest.mark.parametrize(("name", "setting", "expected"), CHANGES)
def test_a_change_has_a_name(name: str, setting: str, expected: dict[str, list[str]]) -> None:
    assert kinds(changes(flows(name), flows(name, setting))) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [*product(["q196381", "q196381-tunnel", "q196381-dmz-relay", "q164838-loop"], repeat=2)],
)
def test_from_the_other_side_a_change_is_the_opposite(one: str, other: str) -> None:
    there, back = changes(flows(one), flows(other)), changes(flows(other), flows(one))
    assert {
        (each.sender, each.receiver): ({*each.kinds}, each.before, each.after) for each in there
    } == {
        (each.sender, each.receiver): (
            {BACK.get(kind, kind) for kind in each.kinds},
            each.after,
            each.before,
        )
        for each in back
    }
    assert (there == ()) is (one == other)


def test_mail_that_only_one_has_is_gained_or_lost_when_it_moves() -> None:
    found = kinds(changes(flows("q166308-all-right"), flows("q164838-loop")))
    assert found["NORTH -> None"] == ["new, and does not move"]
    assert found["EAST -> NORTH"] == ["gained"]


def test_what_harms_is_marked() -> None:
    assert {kind for kind in Kind if kind.harms} == {Kind.LOST, Kind.NOW_COLLECTED}


def test_a_flow_of_a_lab_has_the_addresses_of_its_file() -> None:
    placement = Loopback().place(lab("q196381"))
    wire = flows_of(placement.topology, NOW)
    assert changes(flows("q196381"), wire) != ()
    back = tuple(in_file(flow, placement) for flow in wire)
    assert changes(flows("q196381"), back) == ()
    assert back[0].reason.text == flows("q196381")[0].reason.text
