"""What a prediction comes down to: its legs' dispositions, events and reasons."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from labkit.reason import Reason
from mta_lab.rehearsal.prediction import Attempt, Leg, Prediction, Step
from mta_lab.topology.disposition import Disposition

STEP = Step("A", "question", "answer", Reason("check", "because"))
REFUSED = Attempt("A", "X", Disposition.REFUSED, (STEP,))
NOW = datetime(2026, 1, 5, tzinfo=UTC)


def leg(disposition: Disposition, sender: str = "A") -> Leg:
    return Leg(sender, "B", disposition, (STEP,))


@pytest.mark.parametrize(
    ("legs", "expected"),
    [
        (["delivered"], "delivered"),
        (["delivered", "collected", "delivered"], "collected"),
        (["collected", "refused"], "refused"),
        (["delivered", "not modelled"], "not modelled"),
    ],
)
def test_the_first_leg_that_mail_does_not_leave_by_decides(legs: list[str], expected: str) -> None:
    prediction = Prediction("A", "B", "C=US", tuple(leg(Disposition(each)) for each in legs))
    assert prediction.disposition == expected
    assert prediction.reason.text == "because"


@pytest.mark.parametrize(
    ("disposition", "arrived", "reported"),
    [("delivered", "delivered", False), ("refused", None, False), ("looping", None, True)],
)
def test_mail_arrives_by_somebodys_call_or_a_report_ends_it(
    disposition: str, arrived: str | None, reported: bool
) -> None:
    found = Prediction("A", "B", "C=US", (leg(Disposition(disposition)),))
    assert (found.arrived("B"), found.reported) == (arrived, reported)
    assert found.arrived("A") is None


def test_a_report_is_explained_by_its_step_and_not_by_the_calls_before() -> None:
    tried = Attempt("A", "X", Disposition.REFUSED, (replace(STEP, reason=Reason("bind", "no")),))
    ended = Leg("A", "B", Disposition.REPORTED, (STEP,), (tried,))
    assert ended.reason.text == "because"
    assert replace(ended, disposition=Disposition.REFUSED).reason.text == "no"


@pytest.mark.parametrize(
    ("disposition", "attempts", "next_move", "alone"),
    [
        ("collected", (REFUSED,), None, "refused"),
        ("collected", (), NOW, "waiting"),
        ("collected", (), None, "never called"),
        ("delivered", (), None, "delivered"),
    ],
)
def test_what_becomes_of_mail_when_the_other_side_does_not_call(
    disposition: str, attempts: tuple[Attempt, ...], next_move: datetime | None, alone: str
) -> None:
    leg = Leg("A", "B", Disposition(disposition), (STEP,), attempts, next_move=next_move)
    assert leg.alone == alone
