"""What a message leaves behind."""

import pytest

from labkit.reason import Reason
from mta_lab.rehearsal.prediction import Attempt
from mta_lab.rehearsal.trail import Trail
from mta_lab.topology.disposition import Disposition


@pytest.mark.parametrize(("caller", "disposition"), [("A", "delivered"), ("B", "collected")])
def test_who_has_called_says_how_mail_left(caller: str, disposition: str) -> None:
    trail = Trail()
    draft = trail.begin("A")
    draft.step("route", "X", Reason("COST", "the cheapest"))
    over = Attempt(caller, "X", Disposition.DELIVERED, ())
    draft.leaves(over, "B")
    (leg,) = trail.legs()
    assert (leg.sender, leg.receiver, leg.disposition, leg.over) == ("A", "B", disposition, over)
    assert leg.steps[0].where == "A"


def test_a_report_has_a_trail_of_its_own() -> None:
    trail = Trail()
    trail.begin("A").ended = Disposition.REPORTED
    trail.of_report().begin("A").receiver = "B"
    trail.of_report().said = "delivered"
    assert trail.of_report() is trail.report
    prediction = trail.prediction("A", "B", "C=US", {"A": (290,)}, {})
    assert (len(prediction.legs), len(prediction.report)) == (1, 1)
    assert prediction.disposition == "reported"
    assert prediction.reported_back == "delivered"
    assert prediction.events == {"A": (290,)}
