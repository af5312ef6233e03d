"""The expansion of distribution lists on the wire."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mta_emu.mts import extension
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.expansion import (
    Expansion,
    expanded,
    forwarded,
    history,
    previous,
    way_back,
)
from mta_emu.mts.extension import Extension, StandardExtension
from mta_emu.mts.fields import Indicators, ReportRequest
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.report import (
    LastTrace,
    NotDelivered,
    Report,
    ReportContent,
    ReportedRecipient,
    ReportEnvelope,
)
from mta_emu.mts.subject import Recipient
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError

DOMAIN = GlobalDomain("US", " ")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
JONES, SMITH, LIST, OUTER = (
    ORAddress(country="US", surname=name) for name in ("Jones", "Smith", "List", "Outer")
)
MESSAGE = Envelope(MtsIdentifier(DOMAIN, "M"), JONES, (Recipient(OUTER, 7),)).passed(
    DOMAIN, "A", NOON
)
OUTER_NAME = "6011 300f 6104 1302 5553 a507 8005 4f75746572"
LIST_NAME = "6010 300e 6104 1302 5553 a506 8004 4c697374"
JONES_NAME = "6011 300f 6104 1302 5553 a507 8005 4a6f6e6573"
TIME = "170d 3236303130313132303030305a"


def once() -> Envelope:
    return expanded(MESSAGE, MESSAGE.recipients[0], (LIST, SMITH), Indicators(), NOON)


def test_golden_octets() -> None:
    found = extension.find(once().extensions, StandardExtension.DL_EXPANSION_HISTORY)
    assert found
    # { standard-extension [0] 26, value [2] SEQUENCE OF { O/R name, UTCTime } }
    octets = bytes.fromhex(f"302b 80011a a226 3024 3022 {OUTER_NAME} {TIME}")
    assert extension.encode(found) == octets
    twice = expanded(once(), once().recipients[0], (SMITH,), Indicators(), NOON)
    destination, (back,) = way_back(twice)
    assert destination == LIST
    # [0] 30: the originator, and the lists
    elements = f"3022 {JONES_NAME} {TIME} 3022 {OUTER_NAME} {TIME} 3021 {LIST_NAME} {TIME}"
    assert extension.encode(back) == bytes.fromhex(f"3072 80011e a26d 306b {elements}")


@pytest.mark.element("DL expansion history indication", "carried")
def test_members_get_it_with_the_lists_number_and_the_history() -> None:
    asking = Indicators.asking(ReportRequest.NONE, ReportRequest.NON_DELIVERY)
    copy = expanded(MESSAGE, MESSAGE.recipients[0], (LIST, SMITH), asking, NOON)
    assert [each.key for each in copy.recipients] == [(7, LIST), (7, SMITH)]
    assert all(each.responsible for each in copy.recipients)
    assert {each.indicators.originator_report for each in copy.recipients} == {ReportRequest.NONE}
    assert history(copy.extensions) == (Expansion(OUTER, NOON),)
    assert copy.trace[-1].expanded
    assert copy.internal_trace[-1].expanded
    twice = expanded(copy, copy.recipients[0], (JONES,), asking, NOON)
    assert [each.name for each in history(twice.extensions)] == [OUTER, LIST]


def test_only_who_is_wanted_gets_a_copy_though_all_have_one_number() -> None:
    copy = once().for_recipients({(7, SMITH)})
    assert [each.responsible for each in copy.recipients] == [False, True]


def test_what_came_in_the_history_stays_as_it_is() -> None:
    first = bytes.fromhex(f"3080 {OUTER_NAME} 170b 323630313031313230305a 0000")
    came = Extension(StandardExtension.DL_EXPANSION_HISTORY, b"\x30\x80" + first + b"\x00\x00")
    message = replace(MESSAGE, extensions=(came,))
    again = expanded(message, Recipient(LIST), (SMITH,), Indicators(), NOON)
    found = extension.find(again.extensions, StandardExtension.DL_EXPANSION_HISTORY)
    assert found
    assert ber.elements(ber.contents(found.value))[0] == first


def report_on(message: Envelope) -> Report:
    destination, extensions = way_back(message)
    recipient = ReportedRecipient(SMITH, 7, Indicators(), LastTrace(NOON, NotDelivered(1, 0)))
    envelope = ReportEnvelope(MtsIdentifier(DOMAIN, "R"), destination, extensions=extensions)
    return Report(envelope, ReportContent(message.identifier, (recipient,))).passed(
        DOMAIN, "A", NOON
    )


def test_a_report_goes_back_list_by_list_to_the_originator() -> None:
    report = report_on(expanded(once(), once().recipients[0], (SMITH,), Indicators(), NOON))
    went = [report.envelope.destination]
    while (to := previous(report)) is not None:
        report = forwarded(report, *to)
        went.append(report.envelope.destination)
        assert report.envelope.trace[-1].expanded
        # reporting DL name [0] 31: the first list that passed it on
        name = extension.find(report.envelope.extensions, StandardExtension.REPORTING_DL_NAME)
        assert name
        assert extension.encode(name) == bytes.fromhex(f"3017 80011f a212 {LIST_NAME}")
    assert went == [LIST, OUTER, JONES]


def test_a_message_without_lists_is_reported_to_its_originator() -> None:
    report = report_on(MESSAGE)
    assert report.envelope.destination == JONES
    assert previous(report) is None


@pytest.mark.parametrize("value", [b"", b"\x30\x02\x05\x00", b"\x30\x02\x30\x00"])
def test_what_is_no_history_is_refused(value: bytes) -> None:
    message = replace(
        MESSAGE, extensions=(Extension(StandardExtension.DL_EXPANSION_HISTORY, value),)
    )
    with pytest.raises(ProtocolError):
        way_back(message)
