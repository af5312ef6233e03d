"""Who calls, and who lets call."""

from mta_lab.rehearsal.suggest.edits.schedule import activation, straight
from tests.mta_lab.rehearsal.suggest.stopped import SOUTHWARD, mends, stop, texts

NORTH, SOUTH = "connector SOUTH of NORTH", "connector NORTH of SOUTH"


def test_one_that_never_calls_calls() -> None:
    assert mends(activation, stop("q190022-both-remote-initiated", SOUTHWARD)) == [
        f"{NORTH}: its activation is always"
    ]


def test_one_that_lets_nobody_in_answers() -> None:
    assert mends(activation, stop("q169716-schedule-never", SOUTHWARD)) == [
        f"{SOUTH}: its activation is always",
        f"{SOUTH}: its activation is remote-initiated",
    ]


def test_a_schedule_that_opens_later_is_opened() -> None:
    schedule = "NORTH.connectors.SOUTH.schedule"
    later = (
        f"{schedule}={{activation: selected-times, selected_times: {{sunday: ['00:00-01:00']}}}}"
    )
    found = stop("q166308-all-right", SOUTHWARD, later)
    assert found.flow.disposition == "collected"
    assert texts(activation, found) == [f"{NORTH}: its activation is always"]


def test_another_connector_that_leads_there_may_call() -> None:
    """DEAR never calls, and nobody listens where CHEAP calls."""
    found = stop("q193322-reroute", SOUTHWARD, "NORTH.connectors.DEAR.schedule.activation=never")
    assert found.reason.check == "interfaces"
    assert texts(straight, found) == ["connector DEAR of NORTH: its activation is always"]
    assert texts(straight, stop("q196381", ("EXTERNAL", "INTERNAL"))) == []
