"""Events reach the database, Ev0.log and the records, and a flood of one kind does not."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from labkit.clock import LabClock
from labkit.records import Record
from mta_emu.mta.eventlogger import EventLogger
from mta_emu.mta.log.diagnostics import DiagnosticsLogging
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.log.records import EventLogged, Problem
from mta_emu.mta.log.textlogs import TextLogs
from mta_emu.mta.store.store import Store

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DN = "/O=Contoso/OU=Lab/CN=Configuration/CN=Connections/CN=TO-B"


class Logging:
    """An event logger, what it keeps and what it says."""

    def __init__(self, directory: Path, **levels: str) -> None:
        diagnostics, clock = DiagnosticsLogging.model_validate(levels), LabClock(start=NOON)
        self.store, self.records = Store.open(directory), list[Record]()
        self.journal = Journal(clock)
        self.journal.listen(self.records.append)
        self.text_logs = TextLogs(directory, diagnostics, clock)
        self.log = EventLogger(
            lambda: diagnostics, clock, self.store, self.text_logs, self.journal
        ).log


@pytest.fixture
def logging(tmp_path: Path) -> Iterator[Logging]:
    found = Logging(tmp_path, security="minimum")
    yield found
    found.store.close()


def test_an_event_is_kept_written_and_said(logging: Logging, tmp_path: Path) -> None:
    logging.log(57, dn=DN, limit=9, association=3)
    (kept,) = logging.store.events.read()
    (said,) = logging.records
    assert isinstance(said, EventLogged)
    assert (kept.event.id, kept.connector) == (said.id, said.connector) == (57, "TO-B")
    assert said.association == 3
    assert said.text in (tmp_path / "Ev0.log").read_text()


def test_information_is_logged_where_its_category_is_turned_up(logging: Logging) -> None:
    logging.log(301, dn=DN, block=1, seconds=600)
    assert list(logging.store.events.read()) == []


def test_a_flood_pushes_nothing_else_out(tmp_path: Path) -> None:
    flooded = Logging(tmp_path)
    flooded.log(57, dn=DN, limit=9)
    for number in range(10_000):
        flooded.log(9156, count=number)
    kept = [each.event for each in flooded.store.events.read()]
    assert [each.id for each in kept] == [57, *[9156] * 11]
    assert kept[-1].description.endswith("(repeated 9990 times)")
    assert "count is 9999." in kept[-1].text
    said = [each for each in flooded.records if isinstance(each, EventLogged)]
    assert [each.repeats for each in said[11:]] == [2**n for n in range(14)]
    assert "(repeated 8192 times)" in str(said[-1])
    flooded.store.close()


def test_a_line_of_repeats_that_was_overwritten_is_begun_again(tmp_path: Path) -> None:
    directory = tmp_path / "small"
    small = Logging(directory)
    small.store.events._size = 2000
    for _ in range(12):
        small.log(9156, count=40)
    for number in range(9):
        small.log(57, dn=f"{DN}{number}", limit=9)
    assert {each.event.id for each in small.store.events.read()} == {57}
    small.log(9156, count=40)
    *_, last = small.store.events.read()
    assert last.event.repeats == 3
    small.store.close()


def test_a_log_that_fails_is_told_once(logging: Logging, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: object) -> None:
        raise OSError(28, "No space left on device", "Ev0.log")

    with monkeypatch.context() as patch:
        patch.setattr(logging.text_logs, "event", full)
        logging.log(57, dn=DN, limit=9)
        logging.log(57, dn=DN, limit=9)
    logging.log(57, dn=DN, limit=9)
    problems = [each for each in logging.records if isinstance(each, Problem)]
    assert [(each.part, each.state, each.reason) for each in problems] == [
        ("text logs", "failed", "Ev0.log: No space left on device"),
        ("text logs", "works again", ""),
    ]
    assert len(list(logging.store.events.read())) == 3
