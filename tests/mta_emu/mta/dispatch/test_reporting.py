"""Where a report goes: to a user here, on by a connector, or nowhere."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from labkit.config import parse
from mta_emu.mta.association.incoming import Arrived
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.dispatch.choosing import Chooser
from mta_emu.mta.dispatch.distribution import Distribution
from mta_emu.mta.dispatch.reporting import arrived_report, own_report
from mta_emu.mta.log.records import Discarded, ReportReceived, Transfer
from mta_emu.mta.policy.received import ReceivedReport
from mta_emu.mta.policy.reports import ThisMta
from mta_emu.mta.store.store import Store
from mta_emu.mta.store.tracking import Action
from mta_emu.mts.apdu import decode_head
from mta_emu.mts.fields import Indicators, Priority, ReportRequest
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.report import (
    Delivered,
    LastTrace,
    NotDelivered,
    Report,
    ReportContent,
    ReportedRecipient,
    ReportEnvelope,
)
from mta_emu.mts.trace import TraceElement

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HERE, FAR = GlobalDomain("US", " ", "Contoso"), GlobalDomain("US", " ", "Fabrikam")
THIS = ThisMta(HERE, "A")
JONES = ORAddress.parse("C=US;A= ;P=Contoso;O=A;S=Jones")  # here
SMITH = ORAddress.parse("C=US;A= ;P=Contoso;O=B;S=Smith")  # at B
NOBODY = ORAddress.parse("C=DE;A= ;P=Contoso;O=X;S=Nobody")
LIST = "C=US;A= ;P=Contoso;O=L;S=Everybody"
FAILED = NotDelivered(1, 0)


def report(
    to: ORAddress, outcome: Delivered | NotDelivered = FAILED, *passed: TraceElement
) -> Report:
    asked = Indicators.asking(ReportRequest.NON_DELIVERY, ReportRequest.NON_DELIVERY)
    about = ReportedRecipient(SMITH, 1, asked, LastTrace(NOW, outcome, b""))
    envelope = ReportEnvelope(MtsIdentifier(FAR, "R"), to, passed)
    return Report(envelope, ReportContent(MtsIdentifier(HERE, "M"), (about,)))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path)


@pytest.fixture
def chooser(a_document: dict[str, Any], store: Store) -> Chooser:
    a_document["server"]["mailboxes"] = [{"organization": "A"}]
    a_document["server"]["distribution_lists"] = [
        {"address": LIST, "members": [str(SMITH)], "reports": "nobody"}
    ]
    config = parse(a_document, MtaConfig, "a.yaml")
    return Chooser(config, NOW, frozenset(), store.contents, THIS)


def came(chooser: Chooser, found: Report, seen: frozenset[str] = frozenset()) -> Distribution:
    return arrived_report(
        chooser, Arrived(found, 500, connector="TO-B", association=3), found, seen
    )


def kept(store: Store, distribution: Distribution) -> list[ReceivedReport]:
    """What a user here reads of it."""
    store.reports.add(distribution.received)
    return [*store.reports.read()]


def discarded(distribution: Distribution) -> list[str]:
    return [each.reason for each in distribution.announcements if isinstance(each, Discarded)]


def test_a_user_here_is_told(chooser: Chooser, store: Store) -> None:
    found = came(chooser, report(JONES))
    (received,) = kept(store, found)
    assert (received.originator, received.recipient) == (str(JONES), str(SMITH))
    assert received.subject_identifier == str(MtsIdentifier(HERE, "M"))
    assert [type(each) for each in found.announcements] == [Transfer, ReportReceived]
    assert found.arrivals == [str(JONES)]
    assert not found.copies


def test_what_nobody_asked_for_is_told_to_nobody(chooser: Chooser) -> None:
    found = came(chooser, report(JONES, Delivered(NOW)))
    assert (found.received, [*found.announcements][1:]) == ([], [])


def test_on_it_goes_urgent_with_the_trace_of_this_mta(chooser: Chooser) -> None:
    found = own_report(chooser, report(SMITH))
    (copy,) = found.copies
    assert (copy.connector, copy.priority) == ("TO-B", Priority.URGENT)
    sent = decode_head(copy.envelope)
    assert isinstance(sent, Report)
    assert [each.domain for each in sent.envelope.trace] == [HERE]
    assert found.came
    assert found.came.what is Action.SUBMITTED


def test_it_does_not_go_back_to_where_it_came_from(chooser: Chooser) -> None:
    """There is no report on a report, so it ends here."""
    found = came(chooser, report(SMITH))
    assert (found.copies, found.kept) == ([], False)
    assert len(discarded(found)) == 1


def test_without_a_way_it_is_discarded_and_that_is_said(chooser: Chooser) -> None:
    found = own_report(chooser, report(NOBODY))
    assert not found.kept
    assert len(discarded(found)) == 1


def test_what_comes_twice_is_told_once(chooser: Chooser) -> None:
    found = came(chooser, report(JONES), frozenset({str(JONES)}))
    assert found.came
    assert found.came.what is Action.DUPLICATE
    assert found.received == ()


def test_a_report_in_a_loop_ends(chooser: Chooser) -> None:
    """Also when it was seen before: that it loops is what is to be said of it."""
    looping = own_report(chooser, report(SMITH)).copies[0]
    again = decode_head(looping.envelope)
    assert isinstance(again, Report)
    found = came(chooser, again, frozenset({str(SMITH)}))
    assert not found.kept
    (why,) = discarded(found)
    assert "loop" in why


def test_a_list_that_wants_nobody_told_is_where_it_ends(chooser: Chooser) -> None:
    found = came(chooser, report(ORAddress.parse(LIST)))
    assert (found.kept, found.reports) == (False, [])
    (why,) = discarded(found)
    assert "policy of the distribution list" in why


def test_an_alternate_recipient_is_told_beside_who_was_meant(
    chooser: Chooser, store: Store
) -> None:
    on_smith = report(JONES)
    (about,) = on_smith.content.recipients
    meant = replace(about, originally_intended=NOBODY, supplementary_information="no such user")
    content = replace(on_smith.content, recipients=(meant,))
    (received,) = kept(store, came(chooser, replace(on_smith, content=content)))
    assert (received.recipient, received.redirected_to) == (str(NOBODY), str(SMITH))
    assert received.supplement == "no such user"
