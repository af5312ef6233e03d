"""What libraries log becomes a record, whatever it is."""

import logging

import pytest

from labkit.clock import LabClock
from labkit.records import Record, as_text
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.log.libraries import taken

LIBRARY = logging.getLogger("somebody.else")


@pytest.fixture
def records() -> list[Record]:
    return []


@pytest.fixture
def journal(records: list[Record]) -> Journal:
    made = Journal(LabClock())
    made.listen(records.append)
    return made


def test_it_is_said_once_and_not_on_standard_error(
    journal: Journal, records: list[Record], capfd: pytest.CaptureFixture[str]
) -> None:
    with taken(journal.failed):
        for number in range(3):
            LIBRARY.warning("what a peer said: %r", f"\x1b]0;{number}\x07")
        LIBRARY.info("nothing that matters")
    (said,) = records
    assert "the library somebody.else has failed: what a peer said" in as_text(said)
    assert "\x1b" not in as_text(said)
    assert capfd.readouterr().err == ""


def test_an_exception_is_said_with_its_place(journal: Journal, records: list[Record]) -> None:
    with taken(journal.failed):
        try:
            raise ValueError("no such thing")
        except ValueError:
            LIBRARY.exception("It failed.")
    assert "ValueError: no such thing (test_libraries.py:" in as_text(records[0])


def test_what_cannot_be_put_into_words_is_said_as_it_stands(
    journal: Journal, records: list[Record]
) -> None:
    with taken(journal.failed):
        (*_, handler) = logging.getLogger().handlers
        handler.handle(logging.makeLogRecord({"msg": "%d octets", "args": ("many",)}))
    assert "%d octets" in as_text(records[0])


def test_afterwards_it_is_python_s_again(journal: Journal, records: list[Record]) -> None:
    before = list(logging.getLogger().handlers)
    with taken(journal.failed):
        assert logging.getLogger().handlers != before
    assert logging.getLogger().handlers == before
    assert records == []
