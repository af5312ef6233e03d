"""Which reports there are, and what they say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mta.policy import reports
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
from mta_emu.mts.fields import Indicators, PerMessageIndicators, ReportRequest
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress, encode
from mta_emu.mts.probe import Probe
from mta_emu.mts.report import Delivered, Diagnostic, NotDelivered, Reason
from mta_emu.mts.subject import Recipient
from mta_emu.mts.trace import TraceElement
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError

DOMAIN = GlobalDomain("US", " ", "Contoso")
HERE = ThisMta(DOMAIN, "A")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
JONES = ORAddress(country="US", surname="Jones")
SMITH = ORAddress(country="US", surname="Smith")
FAILED = NotDelivered(Reason.TRANSFER_FAILURE, Diagnostic.MAXIMUM_TIME_EXPIRED)
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
    report = report_on(subject, {1: outcome}, identifier=IDENTIFIER)
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
    report = report_on(subject, {1: Delivered(NOON), 2: FAILED}, identifier=IDENTIFIER)
    assert report
    assert [each.number for each in for_originator(report)] == told


def test_a_report_says_which_message_it_is_about() -> None:
    subject = message((ReportRequest.NON_DELIVERY, ReportRequest.NON_DELIVERY))
    subject = replace(subject, extensions=(*subject.extensions, CORRELATOR))
    report = report_on(subject, {1: FAILED}, identifier=IDENTIFIER, content=b"content")
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
    failed = report_on(subject, {1: FAILED}, identifier=IDENTIFIER, content=b"content")
    delivered = report_on(subject, {1: Delivered(NOON)}, identifier=IDENTIFIER, content=b"content")
    assert failed
    assert delivered
    assert failed.content.subject_trace == delivered.content.subject_trace == subject.trace
    assert failed.content.returned_content == b"content"
    assert delivered.content.returned_content is None


def test_a_report_on_a_probe_returns_no_content() -> None:
    asked = Probe(
        MtsIdentifier(DOMAIN, "M"),
        JONES,
        (Recipient(SMITH),),
        indicators=PerMessageIndicators.CONTENT_RETURN_REQUEST,
    ).passed(*HERE, NOON)
    report = report_on(asked, {1: FAILED}, identifier=IDENTIFIER, content=b"")
    assert report
    _, content = ber.elements(ber.contents(report_codec.encode(report)))
    assert bytes.fromhex("81 00") not in ber.elements(ber.contents(content))
    assert report.content.returned_content is None


def test_a_report_goes_back_by_way_of_the_last_distribution_list() -> None:
    first, last = (replace(SMITH, surname=name) for name in ("First", "Last"))
    time = ber.tlv(b"\x17", b"990101000000Z")
    expansions = b"".join(ber.tlv(b"\x30", encode(each) + time) for each in (first, last))
    history = Extension(StandardExtension.DL_EXPANSION_HISTORY, ber.tlv(b"\x30", expansions))
    subject = replace(message((ReportRequest.NONE, ReportRequest.DELIVERY)), extensions=(history,))
    report = report_on(subject, {1: FAILED}, identifier=IDENTIFIER)
    assert report
    assert report.envelope.destination == last
    (found,) = report.envelope.extensions
    assert found.kind == StandardExtension.ORIGINATOR_AND_DL_EXPANSION_HISTORY
    origin, *lists = ber.elements(ber.contents(found.value))
    assert origin.startswith(b"\x30" + bytes((len(origin) - 2,)) + encode(JONES))
    assert b"".join(lists) == expansions


@given(st.from_type(Envelope) | st.from_type(Probe), st.data())
def test_whatever_is_reported_on_can_be_sent(
    subject: Envelope | Probe, data: st.DataObject
) -> None:
    outcomes = {
        recipient.number: data.draw(st.sampled_from([FAILED, Delivered(NOON)]))
        for recipient in subject.recipients
    }
    report = report_on(subject.passed(*HERE, NOON), outcomes, identifier=IDENTIFIER)
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
    why = NotDelivered(Reason.UNABLE_TO_TRANSFER, Diagnostic.UNSUPPORTED_CRITICAL_FUNCTION)
    transfer = critical is Criticality.FOR_TRANSFER
    assert (refused, undeliverable) == ((why, None) if transfer else (None, why))


# Words


def test_each_way_to_find_no_route_has_a_reason() -> None:
    preferences = {Criterion.SOONEST, Criterion.FEWEST_TRIES, Criterion.NOT_WAITING}
    preferences |= {Criterion.COST, Criterion.LOCAL}  # which leave some connector
    assert set(reports.NO_ROUTE) == set(Criterion) - preferences
