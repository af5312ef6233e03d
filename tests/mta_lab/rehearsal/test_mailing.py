"""Mail in a rehearsal: queued, transferred, sent another way, given up, reported."""

from datetime import datetime, timedelta

import pytest

from mta_emu.mta.association.incoming import Arrived
from mta_emu.mta.dispatch.submission import Submission
from mta_emu.mts.fields import Priority
from mta_emu.mts.identifiers import MtsIdentifier
from mta_lab.rehearsal.mail import conclude
from mta_lab.rehearsal.mailing import arrive
from mta_lab.rehearsal.prediction import Leg
from mta_lab.rehearsal.run import Run
from mta_lab.rehearsal.state import State
from mta_lab.rehearsal.trail import Trail
from tests.mta_lab.rehearsal.changed import NOW
from tests.mta_lab.rehearsal.test_state import state

RIGHT = "q166308-all-right"
NORTH, SOUTH = "C=US;A= ;P=Contoso;O=North;S=Jones", "C=US;A= ;P=Contoso;O=South;S=Smith"


def send(
    at: State, sender: str = NORTH, to: str = SOUTH, name: str = "", **wishes: object
) -> Trail:
    """Submit a message as the running MTA does, at the MTA of the sender, or the one named."""
    mta = at.mta(name or ("NORTH" if sender == NORTH else "SOUTH"))
    request = {"from": sender, "to": [to], "subject": "Lab mail", "text": "Hello", **wishes}
    submission = Submission.parse(request, at.now)
    head, pieces = submission.compose(1, MtsIdentifier(mta.this_mta.domain, f"{len(mta.seen)}"))
    content = b"".join(each for each in pieces if isinstance(each, bytes))
    trail, number = Trail(), mta.contents.keep(content)
    arrive(at, mta, Arrived(head, len(content), number, len(content)), trail)
    return trail


def legs(trail: Trail) -> list[tuple[str, str | None, str]]:
    return [(leg.sender, leg.receiver, leg.disposition) for leg in trail.legs()]


def test_a_delivery_report_comes_back_on_an_association_of_its_own() -> None:
    """Q215472: reports have no priority, and go as urgent mail."""
    at = state(RIGHT)
    trail = send(at, report="delivery")
    Run(at).settle()
    assert legs(trail) == [("NORTH", "SOUTH", "delivered")]
    assert trail.report
    assert legs(trail.report) == [("SOUTH", "NORTH", "collected")]
    assert (trail.delivered, trail.report.said) == (["SOUTH"], "delivered")


def test_a_content_is_converted_as_the_connector_has_it() -> None:
    """Conformance 1984 has P2, and an envelope without what 1988 added."""
    x1984 = "{two_way_alternate: true, conformance: '1984'}"
    at = state(
        RIGHT,
        f"NORTH.connectors.SOUTH.advanced={x1984}",
        f"SOUTH.connectors.NORTH.advanced={x1984}",
    )
    trail = send(at, text="Grüße", alternate="C=US;A= ;P=Contoso;O=South;S=Other")
    Run(at).settle()
    assert legs(trail) == [("NORTH", "SOUTH", "delivered")]
    assert trail.delivered == ["SOUTH"]


def test_what_1984_cannot_carry_is_reported() -> None:
    """It has no prohibition of expansion, which is critical."""
    x1984 = "NORTH.connectors.SOUTH.advanced.conformance='1984'"
    at = state(RIGHT, x1984)
    trail = send(at, prohibit=["expansion"])
    assert legs(trail) == [("NORTH", None, "reported")]
    assert at.logged == {"NORTH": (290,)}


def test_a_deferred_message_waits_for_its_time() -> None:
    at = state(RIGHT)
    trail, run = send(at, defer=3600), Run(at)
    run.settle()
    (leg,) = trail.legs()
    assert (leg.disposition, leg.next_move) == ("waiting", NOW + timedelta(hours=1))
    assert run.until(lambda: bool(trail.delivered))
    assert at.now >= NOW + timedelta(hours=1)
    assert legs(trail) == [("NORTH", "SOUTH", "delivered")]


@pytest.mark.parametrize(("seconds", "reported"), [(60, True), (700, False)])
def test_mail_that_waits_too_long_is_reported(seconds: int, reported: bool) -> None:
    at = state("q157630-fewer-retries")
    trail, run = send(at, deliver_within=seconds), Run(at)
    run.until(lambda: at.now >= NOW + timedelta(seconds=60))
    assert (290 in at.logged["NORTH"]) is reported
    assert (trail.legs()[0].disposition == "reported") is reported


def test_a_connector_is_given_up_after_its_retries() -> None:
    """Q157630: three tries, half an hour, and 290."""
    at = state("q157630-fewer-retries")
    trail, run = send(at), Run(at)
    assert run.until(lambda: 290 in at.events.get("NORTH", ()))
    assert at.now == NOW + timedelta(minutes=30)
    (leg,) = trail.legs()
    assert leg.disposition == "reported"
    assert "congestion" in leg.reason.text
    assert [each.disposition for each in leg.attempts] == ["unreachable"] * 3


def test_urgent_mail_has_a_call_of_its_own() -> None:
    at = state("q215472-urgent-mail")
    send(at)
    Run(at).settle()
    urgent = send(at, priority="urgent")
    Run(at).settle()
    assert [each.urgent for each in at.associations] == [False, True]
    (leg,) = urgent.legs()
    assert leg.over is at.associations[1].attempt


def stuck(at: State, trail: Trail) -> Leg:
    conclude(at)
    return trail.legs()[0]


def test_what_waits_says_what_for_and_until_when() -> None:
    schedule = '{activation: selected-times, selected_times: {monday: ["13:00-14:00"]}}'
    at = state(RIGHT, f"NORTH.connectors.SOUTH.schedule={schedule}")
    leg = stuck(at, send(at))
    assert (leg.disposition, leg.next_move) == ("waiting", NOW.replace(hour=13))
    assert leg.waits
    assert leg.waits.check == "schedule"


def test_a_retry_that_ends_when_the_schedule_is_closed_moves_nothing() -> None:
    """The timer ends at 10:05, the slot at 10:00; the next is a week later."""
    schedule = '{activation: selected-times, selected_times: {monday: ["09:00-10:00"]}}'
    at = state("q157630-fewer-retries", f"NORTH.connectors.SOUTH.schedule={schedule}")
    at.now = NOW.replace(minute=55)
    trail = send(at)
    Run(at).settle()
    leg = stuck(at, trail)
    assert leg.disposition == "unreachable"
    assert leg.next_move == datetime.fromisoformat("1998-03-09T09:00:00+00:00")


def test_a_transfer_that_stalls_rests_and_is_reported_in_the_end() -> None:
    at = state(RIGHT)
    run = Run(at)
    send(at, priority="urgent")
    run.settle()
    at.associations[0].largest_apdu = 10
    trail = send(at, priority="urgent")
    run.settle()
    leg = stuck(at, trail)
    assert (leg.disposition, leg.reason.check) == ("stalled", "packet size")
    letter = at.mta("NORTH").connector("SOUTH").queue[0]
    assert letter.entry.priority is Priority.URGENT
    assert leg.next_move == letter.rests_until
    assert at.logged["NORTH"] == (1294,)
