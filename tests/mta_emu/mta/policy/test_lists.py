"""What becomes of the copy for a distribution list, and who hears of it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from labkit.config import parse
from mta_emu.mta.configuration.recipients import DistributionList, ReportPolicy
from mta_emu.mta.policy.lists import (
    FAILURE,
    NO_PERMISSION,
    PROHIBITED,
    Expand,
    expand,
    indicators,
    passed_on,
    reports_expansion,
)
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.expansion import MAX_EXPANSIONS, expanded, way_back
from mta_emu.mts.extension import StandardExtension
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
from mta_emu.mts.wishes import prohibition

ALL, OTHER, JONES, OWNER = (
    ORAddress.parse(f"C=US;A= ;P=Contoso;O=A;{name}")
    for name in ("CN=All", "CN=Other", "S=Jones", "S=Owner")
)
DOMAIN = GlobalDomain("US", " ", "Contoso")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
AUDITED = Indicators.asking(ReportRequest.DELIVERY, ReportRequest.AUDITED)


def a_list(**fields: Any) -> DistributionList:
    document = {"address": str(ALL), "members": [str(JONES)]} | fields
    return parse(document, DistributionList, "test")


def message(*before: ORAddress, prohibited: bool = False) -> Envelope:
    """A message from Jones that came through lists."""
    kind = StandardExtension.DL_EXPANSION_PROHIBITED
    envelope = Envelope(
        MtsIdentifier(DOMAIN, "M"),
        JONES,
        (Recipient(before[0] if before else ALL, 1, AUDITED),),
        extensions=(prohibition(kind),) if prohibited else (),
    ).passed(DOMAIN, "A", NOON)
    for to in (*before[1:], ALL) if before else ():
        envelope = expanded(envelope, envelope.recipients[0], (to,), AUDITED, NOON)
    return envelope


def test_a_list_is_expanded_unless_something_stands_in_the_way() -> None:
    found = a_list()
    assert expand(message(), found) == Expand(found)
    assert expand(message(OTHER), found) == Expand(found)


@pytest.mark.element("DL expansion prohibited")
def test_a_message_that_must_not_be_expanded_is_reported() -> None:
    assert expand(message(prohibited=True), a_list()) == PROHIBITED
    assert str(PROHIBITED) == "not delivered: unable-to-transfer, dl-expansion-prohibited"


@pytest.mark.parametrize(
    ("may_use", "before", "may"),
    [
        ({"surname": "Jones"}, (), True),
        ({"surname": "Smith"}, (), False),
        ({"common_name": "Other"}, (OTHER,), True),  # a list may, and not who wrote to that
        ({"surname": "Jones"}, (OTHER,), False),
    ],
)
def test_only_who_may_writes_to_a_list(
    may_use: dict[str, str], before: tuple[ORAddress, ...], may: bool
) -> None:
    found = a_list(may_use=[may_use])
    assert expand(message(*before), found) == (Expand(found) if may else NO_PERMISSION)


def test_a_list_that_has_expanded_it_ends_it() -> None:
    assert expand(message(ALL, OTHER), a_list()) == Expand(None)


def test_no_message_comes_through_more_than_512_lists() -> None:
    others = [ORAddress(country="US", common_name=str(number)) for number in range(MAX_EXPANSIONS)]
    assert expand(message(*others[1:]), a_list()) == Expand(a_list())
    assert expand(message(*others), a_list()) == FAILURE


@pytest.mark.parametrize(
    ("policy", "itself", "originators", "mtas"),
    [
        (ReportPolicy.ORIGINATOR, False, ReportRequest.DELIVERY, ReportRequest.AUDITED),
        (ReportPolicy.BOTH, False, ReportRequest.DELIVERY, ReportRequest.AUDITED),
        (ReportPolicy.OWNER, True, ReportRequest.NON_DELIVERY, ReportRequest.NON_DELIVERY),
        (ReportPolicy.NOBODY, True, ReportRequest.NONE, ReportRequest.NON_DELIVERY),
    ],
)
def test_the_policy_says_which_reports_are_asked_for(
    policy: ReportPolicy, itself: bool, originators: ReportRequest, mtas: ReportRequest
) -> None:
    found = a_list(reports=policy, owner=str(OWNER))
    wanted = indicators(found, message().recipients[0])
    assert (wanted.originator_report, wanted.mta_report) == (originators, mtas)
    assert reports_expansion(found, probe=False) is itself
    assert reports_expansion(found, probe=True)


@pytest.mark.parametrize(
    ("policy", "to"),
    [
        (ReportPolicy.ORIGINATOR, [OTHER]),
        (ReportPolicy.OWNER, [OWNER]),
        (ReportPolicy.BOTH, [OTHER, OWNER]),
        (ReportPolicy.NOBODY, []),
    ],
)
def test_the_policy_says_whom_a_report_goes_on_to(
    policy: ReportPolicy, to: list[ORAddress]
) -> None:
    """The list is a member of another, which decides about the originator in its turn."""
    subject = message(OTHER)
    member = expanded(subject, subject.recipients[0], (JONES,), AUDITED, NOON)
    destination, extensions = way_back(member)
    assert destination == ALL
    envelope = ReportEnvelope(MtsIdentifier(DOMAIN, "R"), destination, extensions=extensions)
    recipient = ReportedRecipient(JONES, 1, AUDITED, LastTrace(NOON, NotDelivered(1, 0)))
    report = Report(envelope, ReportContent(subject.identifier, (recipient,)))
    report = report.passed(DOMAIN, "A", NOON)
    found = a_list(reports=policy, owner=str(OWNER))
    assert [each.envelope.destination for each in passed_on(found, report)] == to
