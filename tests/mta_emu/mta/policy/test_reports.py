"""Which reports there are, and what they say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mta.policy import reports
from mta_emu.mta.policy.received import supplement
from mta_emu.mta.policy.reports import (
    ThisMta,
    for_originator,
    loops,
    recipient_refusal,
    refusal,
    report_on,
)
from mta_emu.mta.policy.routing import Criterion
from mta_emu.mts import report as report_codec
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.extension import Criticality, Extension, StandardExtension
from mta_emu.mts.fields import (
    EncodedInformationType,
    Indicators,
    PerMessageIndicators,
    ReportRequest,
    encoded_information_types,
)
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.probe import Probe
from mta_emu.mts.report import Delivered, Diagnostic, NonDeliveryReason, NotDelivered
from mta_emu.mts.strings import PRINTABLE
from mta_emu.mts.subject import Recipient
from mta_emu.mts.trace import TraceElement
from mta_emu.mts.wishes import DeliveryMethod, requesting_methods
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError

DOMAIN = GlobalDomain("US", " ", "Contoso")
HERE = ThisMta(DOMAIN, "A")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
JONES = ORAddress(country="US", surname="Jones")
SMITH = ORAddress(country="US", surname="Smith")
FAILED = NotDelivered(NonDeliveryReason.TRANSFER_FAILURE, Diagnostic.MAXIMUM_TIME_EXPIRED)
CORRELATOR = Extension(StandardExtension.CONTENT_CORRELATOR, b"\x16\x01c")
IDENTIFIER = MtsIdentifier(DOMAIN, "R")


def message(*requests: tuple[ReportRequest, ReportRequest]) -> Envelope:
    """A message from Jones; each recipient by what the originator and its MTA ask for."""
    return Envelope(
        MtsIdentifier(DOMAIN, "M"),
        JONES,
        tuple(
            Recipient(SMITH, number, Indicators.asking(*request))
            for number, request in enumerate(requests, 1)
        ),
        content_identifier="Hello",
    ).passed(*HERE, NOON)


@pytest.mark.parametrize(
    ("mta_asks", "outcome", "made"),
    [
        (ReportRequest.NON_DELIVERY, FAILED, True),
        (ReportRequest.NON_DELIVERY, Delivered(NOON), False),
        (ReportRequest.DELIVERY, Delivered(NOON), True),
        (ReportRequest.AUDITED, Delivered(NOON), True),
        (ReportRequest.DELIVERY, FAILED, True),
        (ReportRequest.NONE, FAILED, True),  # which the standard does not allow: failures are told
    ],
)
def test_what_the_originating_mta_asks_for_is_reported(
    mta_asks: ReportRequest, outcome: reports.ReportType, made: bool
) -> None:
    subject = message((ReportRequest.NONE, mta_asks))
    report = report_on(subject, {(1, SMITH): outcome}, new_identifier=lambda: IDENTIFIER)
    assert (report is not None) is made


@pytest.mark.parametrize(
    ("originator_asks", "told"),
    [
        (ReportRequest.NONE, []),
        (ReportRequest.NON_DELIVERY, [2]),
        (ReportRequest.DELIVERY, [1, 2]),
    ],
)
@pytest.mark.element("prevention of non-delivery notification")
def test_the_originator_is_told_what_they_asked_for(
    originator_asks: ReportRequest, told: list[int]
) -> None:
    subject = message(*[(originator_asks, ReportRequest.DELIVERY)] * 2)
    report = report_on(
        subject,
        {(1, SMITH): Delivered(NOON), (2, SMITH): FAILED},
        new_identifier=lambda: IDENTIFIER,
    )
    assert report
    assert [each.number for each in for_originator(report)] == told


def test_a_report_says_which_message_it_is_about() -> None:
    subject = message((ReportRequest.NON_DELIVERY, ReportRequest.NON_DELIVERY))
    subject = replace(subject, extensions=(*subject.extensions, CORRELATOR))
    report = report_on(
        subject, {(1, SMITH): FAILED}, new_identifier=lambda: IDENTIFIER, content=b"content"
    )
    assert report
    assert report.envelope.destination == JONES
    content = report.content
    assert content.subject_identifier == subject.identifier
    assert content.content_identifier == "Hello"
    assert content.extensions == (CORRELATOR,)
    assert content.subject_trace == ()
    assert content.returned_content is None
    (recipient,) = content.recipients
    assert (recipient.address, recipient.number) == (SMITH, 1)
    assert (recipient.last_trace.arrival, recipient.last_trace.outcome) == (NOON, FAILED)


@pytest.mark.element("return of content")
def test_an_audited_report_has_the_trace_and_a_failure_the_content_if_asked() -> None:
    subject = message((ReportRequest.DELIVERY, ReportRequest.AUDITED))
    subject = replace(subject, indicators=PerMessageIndicators.CONTENT_RETURN_REQUEST)
    failed = report_on(
        subject, {(1, SMITH): FAILED}, new_identifier=lambda: IDENTIFIER, content=b"content"
    )
    delivered = report_on(
        subject,
        {(1, SMITH): Delivered(NOON)},
        new_identifier=lambda: IDENTIFIER,
        content=b"content",
    )
    assert failed
    assert delivered
    assert failed.content.subject_trace == delivered.content.subject_trace == subject.trace
    assert failed.content.returned_content == b"content"
    assert delivered.content.returned_content is None


def test_the_arrival_is_that_in_the_domain_that_reports() -> None:
    there, later = GlobalDomain("NO", " "), NOON + timedelta(hours=1)
    subject = message((ReportRequest.NONE, ReportRequest.DELIVERY)).passed(there, "X", NOON)
    report = report_on(
        subject.passed(*HERE, later), {(1, SMITH): FAILED}, new_identifier=lambda: IDENTIFIER
    )
    assert report
    assert report.content.recipients[0].last_trace.arrival == later


def test_no_identifier_is_spent_where_there_is_no_report() -> None:
    subject = message((ReportRequest.NONE, ReportRequest.NON_DELIVERY))
    numbers = iter("12")
    spent = [
        report_on(
            subject,
            {(1, SMITH): outcome},
            new_identifier=lambda: MtsIdentifier(DOMAIN, next(numbers)),
        )
        for outcome in (Delivered(NOON), FAILED)
    ]
    assert spent[0] is None
    assert spent[1]
    assert spent[1].envelope.identifier.local_identifier == "1"


@pytest.mark.parametrize(("private", "octets"), [("Contoso", "810101"), ("", "810100")])
def test_a_delivery_is_to_a_private_user_in_a_private_domain(private: str, octets: str) -> None:
    here = ThisMta(GlobalDomain("US", " ", private), "A")
    subject = message((ReportRequest.NONE, ReportRequest.DELIVERY))
    outcome = reports.delivered(here, NOON)
    report = report_on(subject, {(1, SMITH): outcome}, new_identifier=lambda: IDENTIFIER)
    assert report
    # report-type [1] { delivery [0] { delivery time [0], type of MTS user [1] } }
    went = bytes.fromhex(f"a114 a012 800d 3236303130313132303030305a {octets}")
    assert (went in report_codec.encode(report)) is bool(private)  # public is the default
    if not private:
        assert bytes.fromhex("a111 a00f 800d 3236303130313132303030305a") in report_codec.encode(
            report
        )


def test_a_failure_is_told_in_words_and_a_conversion_by_its_types() -> None:
    types = encoded_information_types(EncodedInformationType.IA5_TEXT)
    subject = message((ReportRequest.NONE, ReportRequest.DELIVERY)).marked_converted(types)
    report = report_on(subject, {(1, SMITH): FAILED}, new_identifier=lambda: IDENTIFIER)
    assert report
    (recipient,) = report.content.recipients
    words = "The message could not be delivered due to congestion in the message transfer service."
    assert recipient.supplementary_information == words
    assert recipient.last_trace.converted_encoded_information_types == types
    octets = report_codec.encode(report)
    assert ber.tlv(b"\x85", words.encode()) in octets  # supplementary information [5]
    assert bytes.fromhex("65 05 8003 00 2000") in octets  # [APPLICATION 5], IA5 text


@pytest.mark.parametrize("reason", NonDeliveryReason)
@pytest.mark.parametrize("diagnostic", [None, *Diagnostic])
def test_all_words_are_printable_and_short(
    reason: NonDeliveryReason, diagnostic: Diagnostic | None
) -> None:
    words = supplement(NotDelivered(reason, diagnostic))
    assert words
    assert set(words) <= PRINTABLE
    assert len(words) <= 256


def test_a_report_on_a_probe_returns_no_content() -> None:
    asked = Probe(
        MtsIdentifier(DOMAIN, "M"),
        JONES,
        (Recipient(SMITH),),
        indicators=PerMessageIndicators.CONTENT_RETURN_REQUEST,
    ).passed(*HERE, NOON)
    report = report_on(asked, {(1, SMITH): FAILED}, new_identifier=lambda: IDENTIFIER, content=b"")
    assert report
    _, content = ber.elements(ber.contents(report_codec.encode(report)))
    assert bytes.fromhex("81 00") not in ber.elements(ber.contents(content))
    assert report.content.returned_content is None


@given(st.from_type(Envelope) | st.from_type(Probe), st.data())
def test_whatever_is_reported_on_can_be_sent(
    subject: Envelope | Probe, data: st.DataObject
) -> None:
    outcomes = {
        recipient.key: data.draw(st.sampled_from([FAILED, Delivered(NOON)]))
        for recipient in subject.recipients
    }
    report = report_on(subject.passed(*HERE, NOON), outcomes, new_identifier=lambda: IDENTIFIER)
    if report:
        assert report_codec.decode(report_codec.encode(report)) == report


# Refusals

UNKNOWN = Extension("1.2.3", criticality=Criticality.FOR_TRANSFER)
LATEST = Extension(StandardExtension.LATEST_DELIVERY_TIME, ber.tlv(b"\x17", b"2601011200Z"))


def test_an_ordinary_message_goes_on() -> None:
    subject = message((ReportRequest.NONE, ReportRequest.DELIVERY))
    assert refusal(subject, ThisMta(DOMAIN, "B"), NOON) is None


def test_a_message_that_was_here_before_loops() -> None:
    subject = message((ReportRequest.NONE, ReportRequest.DELIVERY))
    refused = refusal(subject, HERE, NOON)
    assert str(refused) == "not delivered: unable-to-transfer, loop-detected"
    assert not loops(subject, ThisMta(DOMAIN, "B"))
    assert not loops(subject, ThisMta(GlobalDomain("NO", " "), "A"))


def test_a_message_without_internal_trace_loops_after_512_domains() -> None:
    trace = (TraceElement(DOMAIN, NOON),) * reports.MAX_HOPS
    subject = replace(message(), trace=trace, extensions=())
    assert not loops(subject, HERE)
    assert loops(replace(subject, trace=(*trace, trace[0])), HERE)


def test_a_message_is_too_old_after_its_latest_delivery_time() -> None:
    subject = replace(message((ReportRequest.NONE, ReportRequest.DELIVERY)), extensions=(LATEST,))
    assert refusal(subject, HERE, NOON) is None
    refused = refusal(subject, HERE, NOON + timedelta(seconds=1))
    assert str(refused) == "not delivered: unable-to-transfer, maximum-time-expired"


def test_what_is_deferred_can_be_read_when_it_goes_on() -> None:
    wrong = Extension(StandardExtension.REDIRECTION_HISTORY, b"\x30\x02\x05\x00")
    recipients = (Recipient(SMITH, 1), Recipient(SMITH, 2, extensions=(wrong,)))
    subject = replace(message(), recipients=recipients, extensions=())
    later = replace(subject, deferred_delivery_time=NOON + timedelta(hours=1))
    with pytest.raises(ProtocolError):
        reports.deferred_until(later, HERE, NOON)
    readable = replace(later, recipients=recipients[:1])
    assert reports.deferred_until(readable, HERE, NOON) == later.deferred_delivery_time


@pytest.mark.parametrize("critical", [Criticality.FOR_TRANSFER, Criticality.FOR_DELIVERY])
@pytest.mark.parametrize("of_message", [True, False])
def test_unknown_extensions_are_refused_where_they_are_critical(
    critical: Criticality, of_message: bool
) -> None:
    unknown = (Extension("1.2.3", criticality=critical),)
    recipient = Recipient(SMITH, extensions=() if of_message else unknown)
    subject = replace(message(), extensions=unknown if of_message else ())
    refused = refusal(subject, HERE, NOON) or recipient_refusal(recipient)
    undeliverable = reports.undeliverable(subject) or reports.recipient_undeliverable(recipient)
    why = NotDelivered(
        NonDeliveryReason.UNABLE_TO_TRANSFER, Diagnostic.UNSUPPORTED_CRITICAL_FUNCTION
    )
    transfer = critical is Criticality.FOR_TRANSFER
    assert (refused, undeliverable) == ((why, None) if transfer else (None, why))


@pytest.mark.element("requested preferred delivery method")
@pytest.mark.parametrize(
    ("methods", "why"),
    [
        ([], None),
        ([DeliveryMethod.ANY], None),
        ([DeliveryMethod.TELEX, DeliveryMethod.MHS], None),
        (
            [DeliveryMethod.PHYSICAL],
            NotDelivered(NonDeliveryReason.PHYSICAL_DELIVERY_NOT_PERFORMED),
        ),
        ([DeliveryMethod.TELEX], NotDelivered(NonDeliveryReason.UNABLE_TO_TRANSFER)),
    ],
)
def test_a_mailbox_is_reached_by_mhs_delivery(
    methods: list[DeliveryMethod], why: NotDelivered | None
) -> None:
    recipient = Recipient(SMITH, extensions=(requesting_methods(methods),))
    assert reports.recipient_undeliverable(recipient) == why
    assert recipient_refusal(recipient) is None


@pytest.mark.element("explicit conversion", "refused")
def test_nobody_here_converts_explicitly() -> None:
    recipient = Recipient(SMITH, explicit_conversion=0)  # IA5 text to teletex
    assert recipient_refusal(recipient) is None
    why = reports.recipient_undeliverable(recipient)
    assert str(why) == "not delivered: conversion-not-performed, conversion-impractical"


@pytest.mark.parametrize("kind", reports._PROHIBITIONS)
def test_what_is_looked_at_later_can_be_read(kind: StandardExtension) -> None:
    subject = replace(message(), extensions=(Extension(kind, b"\x05\x00"),))
    with pytest.raises(ProtocolError):
        refusal(subject, HERE, NOON)


def test_what_is_beyond_a_bound_is_named() -> None:
    long = MtsIdentifier(DOMAIN, "x" * 33)
    refused = refusal(replace(message(), identifier=long, extensions=()), HERE, NOON)
    assert refused
    assert refused == reports.TOO_LARGE
    assert refused.detail == "local identifier of 33: at most 32"
    refused = recipient_refusal(Recipient(SMITH, 0))
    assert refused
    assert refused == reports.TOO_LARGE
    assert refused.detail == "recipient number 0: must be 1 to 32767"


# Words


def test_each_way_to_find_no_route_has_a_reason() -> None:
    preferences = {Criterion.SOONEST, Criterion.FEWEST_TRIES, Criterion.NOT_WAITING}
    preferences |= {Criterion.COST, Criterion.LOCAL}  # which leave some connector
    assert set(reports.NO_ROUTE) == set(Criterion) - preferences
