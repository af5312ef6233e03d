"""What reports have said to the users here about their messages and probes."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from mta_emu.mta.policy.received import ReceivedReport
from mta_emu.mta.store.database import Database
from mta_emu.mts.report import Delivered, NotDelivered, ReportType

#: A received report as the database has it.
Row = tuple[str | int | None, ...]


def row(report: ReceivedReport) -> Row:
    """A received report, to be kept; apart from `add` because there may be very many."""
    return (
        report.time.isoformat(),
        report.subject_identifier,
        report.content_identifier,
        report.originator,
        report.recipient,
        report.redirected_to,
        report.supplement,
        *_columns(report.outcome),
    )


class ReceivedReports:
    """The received reports, one entry for each recipient that a report names."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, rows: Iterable[Row]) -> None:
        """Keep what a report says to users here, as `row` gives it."""
        with self._database.transaction():
            self._database.execute_many(
                "INSERT INTO report (time, subject_identifier, content_identifier, originator, "
                "recipient, redirected_to, supplement, delivered, reason, diagnostic) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )

    def read(self, subject_identifier: str | None = None) -> Iterator[ReceivedReport]:
        """The reports, oldest first; on one message or probe, or on all."""
        rows = self._database.execute(
            "SELECT time, subject_identifier, content_identifier, originator, recipient, "
            "redirected_to, supplement, delivered, reason, diagnostic FROM report "
            "WHERE :subject IS NULL OR subject_identifier = :subject ORDER BY id",
            {"subject": subject_identifier},
        )
        for time, subject, content, originator, recipient, alternate, supplement, *codes in rows:
            yield ReceivedReport(
                datetime.fromisoformat(time),
                subject,
                content,
                originator,
                recipient,
                _outcome(*codes),
                alternate,
                supplement,
            )


def _columns(outcome: ReportType) -> tuple[str | None, int | None, int | None]:
    match outcome:
        case Delivered(time):
            return time.isoformat(), None, None
        case NotDelivered(reason, diagnostic):
            return None, reason, diagnostic


def _outcome(time: str | None, reason: int, diagnostic: int | None) -> ReportType:
    return Delivered(datetime.fromisoformat(time)) if time else NotDelivered(reason, diagnostic)
