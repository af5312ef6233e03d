"""Two-way alternate and conformance."""

from mta_lab.rehearsal.suggest.edits.advanced import conformance, two_way_alternate
from tests.mta_lab.rehearsal.suggest.stopped import SOUTHWARD, mends, stop, texts

NORTH, SOUTH = "connector SOUTH of NORTH", "connector NORTH of SOUTH"


def test_two_way_alternate_is_allowed_or_not_asked_for() -> None:
    assert mends(two_way_alternate, stop("q171113-two-way-not-allowed", SOUTHWARD)) == [
        f"{SOUTH}: allow two-way alternate",
        f"{NORTH}: no two-way alternate",
    ]


def test_each_end_may_speak_the_mode_of_the_other() -> None:
    mode = "NORTH.connectors.SOUTH.advanced.conformance=1988-x410"
    assert texts(conformance, stop("q166308-all-right", SOUTHWARD, mode)) == [
        f"{SOUTH}: conformance 1988-x410",
        f"{NORTH}: conformance 1988-normal",
    ]
