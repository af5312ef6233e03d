"""When a run has come to rest."""

from mta_lab.play.settled import Rest


def test_rest_needs_two_sweeps_that_agree() -> None:
    rest = Rest()
    quiet, busy = {"settled": True, "work": 5}, {"settled": False, "work": 5}
    assert not rest.reached({"A": quiet})
    assert not rest.reached({"A": busy})
    assert not rest.reached({"A": quiet})
    assert not rest.reached({"A": {"settled": True, "work": 6}})
    assert rest.reached({"A": {"settled": True, "work": 6}})
