"""Delivery and non-delivery reports."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts import oraddress
from mta_emu.mts import report as reports
from mta_emu.mts.fields import Indicators
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.report import (
    Delivered,
    Diagnostic,
    LastTrace,
    NonDeliveryReason,
    NotDelivered,
    Report,
    ReportContent,
    ReportedRecipient,
    ReportEnvelope,
    code_name,
)
from mta_emu.osi.errors import ProtocolError

DOMAIN = GlobalDomain("US", " ")
NOBODY = ORAddress(country="US")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
OUTCOME = NotDelivered(NonDeliveryReason.TRANSFER_FAILURE, Diagnostic.MAXIMUM_TIME_EXPIRED)
REPORT = Report(
    ReportEnvelope(MtsIdentifier(DOMAIN, "R"), NOBODY),
    ReportContent(
        MtsIdentifier(DOMAIN, "M"),
        (ReportedRecipient(NOBODY, 1, Indicators(), LastTrace(NOON, OUTCOME)),),
    ),
)


def test_golden_octets() -> None:
    domain = "630b 6104 1302 5553 6203 1301 20"
    name = "3006 6104 1302 5553"
    envelope = f"311c 6410 {domain} 160152 6008 {name}"
    # [3] { arrival [0], report-type [1] { non-delivery [1] { reason [0] 0, diagnostic [1] 5 } } }
    last_trace = "a319 800d 3236303130313132303030305a a108 a106 800100 810105"
    recipient = f"312c a008 {name} 810101 820200a8 {last_trace}"
    content = f"3142 6410 {domain} 16014d a02e {recipient}"
    assert reports.encode(REPORT) == bytes.fromhex(f"a162 {envelope} {content}")


@given(st.from_type(Report))
def test_reports_survive_the_wire(report: Report) -> None:
    octets = reports.encode(report)
    came = reports.decode(octets)
    assert came == report
    assert reports.encode(came) == octets


def test_a_relay_touches_only_the_trace() -> None:
    relayed = reports.decode(reports.encode(REPORT.passed(DOMAIN, "ME", NOON)))
    assert [element.domain for element in relayed.envelope.trace] == [DOMAIN]
    assert relayed.content == REPORT.content


def test_codes_have_their_names() -> None:
    assert str(OUTCOME) == "not delivered: transfer-failure, maximum-time-expired"
    assert str(NotDelivered(1)) == "not delivered: unable-to-transfer"
    assert str(Delivered(NOON)) == "delivered 2026-01-01T12:00:00+00:00"
    assert code_name(0, Diagnostic) == "unrecognised-OR-name"
    assert code_name(99, Diagnostic) == "99"


def test_names_keep_the_octets_that_they_came_with() -> None:
    """The name of a recipient in a report is the one of the message, under another tag."""
    came = bytes.fromhex("6080 3006 6104 1302 5553 0000")
    recipient = replace(REPORT.content.recipients[0], address=oraddress.decode(came))
    report = replace(REPORT, content=replace(REPORT.content, recipients=(recipient,)))
    octets = reports.encode(report)
    assert reports.decode(octets) == REPORT
    assert octets == reports.encode(REPORT)


@given(st.binary(max_size=80))
def test_whatever_comes_is_a_report_or_a_protocol_error(octets: bytes) -> None:
    with suppress(ProtocolError):
        reports.decode(b"\xa1" + octets)
