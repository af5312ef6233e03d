"""What the originator of a message reads in a report."""

from dataclasses import replace
from datetime import UTC, datetime

from mta_emu.mta.policy import reports
from mta_emu.mta.policy.received import (
    ReceivedReport,
    as_object,
    in_words,
    received_in_words,
    supplement,
)
from mta_emu.mta.policy.routing import Criterion
from mta_emu.mts.report import Delivered, Diagnostic, NonDeliveryReason, NotDelivered

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
FAILED = NotDelivered(NonDeliveryReason.TRANSFER_FAILURE, Diagnostic.MAXIMUM_TIME_EXPIRED)


def received(outcome: Delivered | NotDelivered, redirected_to: str = "") -> ReceivedReport:
    return ReceivedReport(NOON, "M", "Hello", "S=Jones", "S=Smith", outcome, redirected_to)


def test_outcomes_are_told_in_words() -> None:
    congestion = (
        "The message could not be delivered due to congestion in the message transfer service."
    )
    assert in_words(reports.OPEN_RETRIES_USED_UP) == congestion
    assert in_words(reports.NO_ROUTE[Criterion.SIZE]).startswith("The message is too long")
    assert in_words(NotDelivered(NonDeliveryReason.RESTRICTED_DELIVERY)).startswith(
        "The originator may not"
    )
    assert in_words(NotDelivered(99, 99)) == "It was not delivered."
    assert in_words(Delivered(NOON)) == "Delivered at 2026-01-01 12:00:00 UTC."


def test_an_alternate_recipient_is_named_first() -> None:
    text = received_in_words(received(Delivered(NOON), "S=Other"))
    assert text == "Redirected to S=Other. Delivered at 2026-01-01 12:00:00 UTC."


def test_a_failure_has_its_reason_and_diagnostic_for_programs() -> None:
    fields = as_object(received(FAILED))
    assert fields["outcome"] == "not-delivered"
    assert (fields["reason"], fields["diagnostic"]) == ("transfer-failure", "maximum-time-expired")
    assert as_object(received(Delivered(NOON)))["delivered"] == "2026-01-01T12:00:00+00:00"


def test_what_stood_in_the_way_is_told_to_the_originator() -> None:
    too_large = replace(reports.TOO_LARGE, detail="S of 41: at most 40")
    assert too_large == reports.TOO_LARGE
    words = supplement(too_large)
    assert words == "A field is beyond what a system on the way allows: S of 41: at most 40."
    # which the originator's own MTA shows once, knowing the codes alone
    told = replace(received(reports.TOO_LARGE), supplement=words)
    assert received_in_words(told) == words
    assert len(supplement(replace(too_large, detail="x" * 999))) == 256


def test_what_the_reporting_mta_adds_is_quoted_unless_it_says_the_same() -> None:
    outcome = NotDelivered(NonDeliveryReason.UNABLE_TO_TRANSFER, Diagnostic.UNRECOGNISED_OR_NAME)
    silent = received_in_words(received(outcome))
    other = replace(received(outcome), supplement="Jones has left")
    assert supplement(outcome) == "The recipient's address is not known."
    assert received_in_words(replace(other, supplement=supplement(outcome))) == silent
    assert received_in_words(other) == f'{silent} The reporting MTA adds: "Jones has left"'
