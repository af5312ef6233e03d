"""Who listens hears each record, in its order, with the lab time at which it happened."""

from datetime import datetime

import pytest

from labkit.clock import LabClock
from labkit.records import Record
from mta_emu.mta.log.journal import Journal, print_records
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


def test_records_are_printed_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    show = print_records()
    show(Submitted("M\x1b", time=datetime.fromisoformat("1999-12-31T23:00:00+00:00")))
    assert capsys.readouterr().out == ("1999-12-31T23:00:00.000+00:00 message M\\x1b submitted\n")
