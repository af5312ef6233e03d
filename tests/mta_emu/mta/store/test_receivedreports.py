"""What reports have said, as their originators find it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mta.policy.received import ReceivedReport
from mta_emu.mta.store.receivedreports import rows
from mta_emu.mta.store.store import Store
from mta_emu.mts.report import Delivered, NotDelivered, ReportType

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
ARRIVED = Delivered(NOW)
OUTCOMES = st.one_of(
    st.just(ARRIVED),
    st.builds(NotDelivered, st.integers(0, 8), st.one_of(st.none(), st.integers(0, 78))),
)
TEXT = st.text("ABC é;=", max_size=5)


def report(subject: str, outcome: ReportType = ARRIVED, recipient: str = "S") -> ReceivedReport:
    return ReceivedReport(NOW, subject, "", "J", recipient, outcome)


@given(
    st.lists(st.builds(ReceivedReport, st.just(NOW), TEXT, TEXT, TEXT, TEXT, OUTCOMES, TEXT, TEXT))
)
def test_they_come_back_in_their_order(
    tmp_path_factory: pytest.TempPathFactory, reports: list[ReceivedReport]
) -> None:
    store = Store.open(tmp_path_factory.mktemp("store"))
    store.reports.add(rows(reports))
    assert [*store.reports.read()] == reports
    store.close()


def test_only_those_on_one_message(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    one, other, again = report("A-1"), report("A-2"), report("A-1", NotDelivered(0, 1), "T")
    store.reports.add(rows([one, other]))
    store.reports.add(rows([again]))
    assert [*store.reports.read("A-1")] == [one, again]
    assert [*store.reports.read("A-3")] == []


def test_a_report_about_very_many_is_kept_in_few_rows(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    reports = [report("A-1", recipient=f"U{number}") for number in range(1, 1002)]
    kept = [*rows(reports)]
    assert len(kept) == 11
    store.reports.add(kept)
    assert [*store.reports.read()] == reports


def test_half_a_surrogate_pair_is_written_out(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    store.reports.add(rows([report("A-1", recipient="U\ud800")]))
    (found,) = store.reports.read()
    assert found.recipient == r"U\ud800"
