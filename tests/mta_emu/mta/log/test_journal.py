"""Who listens hears each record, in its order, with the lab time at which it happened."""

import asyncio
from datetime import datetime

import pytest

from labkit.clock import LabClock
from labkit.records import Record
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.log.records import Released, Submitted


def test_a_listener_hears_from_when_it_listens_until_it_leaves() -> None:
    start = datetime.fromisoformat("1999-12-31T23:00:00+00:00")
    journal = Journal(LabClock(start=start))
    heard: list[Record] = []
    journal.publish(Submitted("before"))
    journal.listen(heard.append)
    journal.publish(Submitted("M"))
    journal.publish(Released("M"))
    journal.leave(heard.append)
    journal.publish(Submitted("after"))
    assert [each.at(start) for each in heard] == [
        Submitted("M", time=start),
        Released("M", time=start),
    ]
    assert all(0 <= (each.time - start).total_seconds() < 5 for each in heard)
    assert journal.count == 4


def test_a_listener_that_fails_is_told_once_and_disturbs_nobody() -> None:
    journal, heard, broken = Journal(LabClock()), list[Record](), True

    def fail(record: Record) -> None:
        if broken:
            raise ValueError(f"what is {record.kind}?")

    journal.listen(fail, "door")
    journal.listen(heard.append)
    journal.publish(Submitted("1"))
    journal.publish(Submitted("2"))
    broken = False
    journal.publish(Submitted("3"))
    journal.publish(Submitted("4"))
    assert [str(each) for each in heard[1:]] == [
        "message 1 submitted",
        "message 2 submitted",
        "door works again",
        "message 3 submitted",
        "message 4 submitted",
    ]
    assert str(heard[0]).startswith("door has failed: ValueError: what is submitted? (test_journal")


def test_a_guarded_block_lets_cancellation_through() -> None:
    journal = Journal(LabClock())
    with pytest.raises(asyncio.CancelledError), journal.guarded("part"):
        raise asyncio.CancelledError
