"""What reports have said to the users here about their messages and probes.

A report may be about thousands of recipients, so the database has one row for many of them: it is
written in a moment, with the event loop waiting.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby, islice

from mta_emu.mta.policy.received import ReceivedReport
from mta_emu.mta.store.database import Database, storable
from mta_emu.mts.report import Delivered, NotDelivered, ReportType

_TOGETHER = 100  # recipients in a row

#: Received reports as the database has them.
Row = tuple[str, ...]


def rows(reports: Iterable[ReceivedReport]) -> Iterator[Row]:
    """Received reports, to be kept; apart from `add` because there may be very many."""
    for common, alike in groupby(reports, _common):
        while some := [_recipient(each) for each in islice(alike, _TOGETHER)]:
            yield (*common, json.dumps(some))


def _common(report: ReceivedReport) -> tuple[str, ...]:
    """What is the same for all recipients of a report."""
    return (
        report.time.isoformat(),
        report.subject_identifier,
        report.content_identifier,
        report.originator,
    )


def _recipient(report: ReceivedReport) -> tuple[str | int | None, ...]:
    """What is said about one recipient."""
    names = report.recipient, report.redirected_to, report.supplement
    return (*map(storable, names), *_outcome_fields(report.outcome))


class ReceivedReports:
    """The received reports, one for each recipient that a report names."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, rows: Iterable[Row]) -> None:
        """Keep what a report says to users here, as `rows` gives it."""
        with self._database.transaction():
            self._database.execute_many(
                "INSERT INTO report "
                "(time, subject_identifier, content_identifier, originator, recipients) "
                "VALUES (?, ?, ?, ?, ?)",
                rows,
            )

    def read(self, subject_identifier: str | None = None) -> Iterator[ReceivedReport]:
        """The reports, oldest first; on one message or probe, or on all."""
        found = self._database.execute(
            "SELECT time, subject_identifier, content_identifier, originator, recipients "
            "FROM report WHERE :subject IS NULL OR subject_identifier = :subject ORDER BY id",
            {"subject": subject_identifier},
        )
        for time, subject, content, originator, recipients in found:
            came = datetime.fromisoformat(time)
            for recipient, alternate, supplement, *fields in json.loads(recipients):
                yield ReceivedReport(
                    came,
                    subject,
                    content,
                    originator,
                    recipient,
                    _outcome(*fields),
                    alternate,
                    supplement,
                )


def _outcome_fields(outcome: ReportType) -> tuple[str | None, int | None, int | None]:
    match outcome:
        case Delivered(time):
            return time.isoformat(), None, None
        case NotDelivered(reason, diagnostic):
            return None, reason, diagnostic


def _outcome(time: str | None, reason: int, diagnostic: int | None) -> ReportType:
    return Delivered(datetime.fromisoformat(time)) if time else NotDelivered(reason, diagnostic)
