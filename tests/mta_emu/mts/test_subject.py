"""What the envelopes of messages and probes have in common."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mta_emu.mts.bilateral import sites
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.extension import Criticality, Extension, StandardExtension
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.probe import Probe
from mta_emu.mts.subject import Recipient, Subject

DOMAIN = GlobalDomain("US", " ", "Contoso")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
JONES, SMITH = ORAddress(country="US", surname="Jones"), ORAddress(country="US", surname="Smith")
RECIPIENTS = (Recipient(JONES, 1), Recipient(SMITH, 1))
IDENTIFIER = MtsIdentifier(DOMAIN, "M")
SUBJECTS = [Envelope(IDENTIFIER, JONES, RECIPIENTS), Probe(IDENTIFIER, JONES, RECIPIENTS)]
subjects = pytest.mark.parametrize("subject", SUBJECTS, ids=["message", "probe"])


@subjects
def test_recipients_of_one_number_are_told_apart(subject: Subject) -> None:
    copy = subject.for_recipients({RECIPIENTS[1].key})
    assert [each.responsible for each in copy.recipients] == [False, True]
    assert type(copy) is type(subject)


@subjects
def test_passing_leaves_a_trace_of_the_domain_and_the_mta(subject: Subject) -> None:
    until = NOON - timedelta(hours=1)
    passed = subject.passed(DOMAIN, "A", NOON, until)
    assert [(each.domain, each.arrival) for each in passed.trace] == [(DOMAIN, NOON)]
    assert [each.mta_name for each in passed.internal_trace] == ["A"]
    # deferred time [1] UTCTime 260101110000Z
    deferred = bytes.fromhex("810d 3236303130313131303030305a")
    assert passed.trace[0].others == passed.internal_trace[0].others == (deferred,)


@subjects
def test_a_redirection_lets_it_come_into_sites_again(subject: Subject) -> None:
    there = subject.passed(DOMAIN, "A", NOON).entered(DOMAIN, "North").entered(DOMAIN, "South")
    assert sites(there.bilateral_information, DOMAIN) == ("North", "South")
    again = there.marked_redirected()
    assert again.trace[-1].redirected
    assert sites(again.bilateral_information, DOMAIN) == ("South",)


@subjects
def test_the_trace_of_mtas_is_critical_for_nobody_here(subject: Subject) -> None:
    trace = StandardExtension.INTERNAL_TRACE_INFORMATION
    critical = Criticality.FOR_TRANSFER
    known = Extension(trace, b"\x30\x00", critical)
    assert replace(subject, extensions=(known,)).criticality is Criticality.NONE
    both = (known, Extension("1.2.3", criticality=critical))
    assert replace(subject, extensions=both).criticality is critical
