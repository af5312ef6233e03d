"""What a prediction comes down to: its legs' dispositions, events and reasons."""

import pytest

from labkit.reason import Reason
from mta_lab.rehearsal.prediction import Attempt, Disposition, Leg, Prediction, Step

STEP = Step("A", "question", "answer", Reason("check", "because"))


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


def test_events_are_in_order_of_the_attempts() -> None:
    attempts = tuple(
        Attempt("A", "X", Disposition.REFUSED, (STEP,), called="B", caller_events=(number,))
        for number in (1290, 9215)
    )
    tried = Leg("A", "B", Disposition.REFUSED, (STEP,), attempts, events=(290,))
    assert Prediction("A", "B", "C=US", (tried,)).events() == {"A": (1290, 9215, 290)}


@pytest.mark.parametrize(
    ("disposition", "connected", "outcome"),
    [
        ("delivered", True, "accepted"),
        ("cut off", True, "refused"),
        ("blocked", False, "unreachable"),
    ],
)
def test_the_outcome_is_the_word_of_topology_files(
    disposition: str, connected: bool, outcome: str
) -> None:
    attempt = Attempt("A", "X", Disposition(disposition), (STEP,), connected)
    assert attempt.outcome == outcome
