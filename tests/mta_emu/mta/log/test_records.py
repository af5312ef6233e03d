"""The kinds of records of an MTA."""

from labkit.records import Record
from mta_emu.mta.log import records
from mta_emu.mta.log.records import RECORDS


def test_every_kind_of_record_is_read_and_in_the_table() -> None:
    own = {
        each
        for each in vars(records).values()
        if isinstance(each, type)
        and issubclass(each, Record)
        and each.__module__ != "labkit.records"
    }
    assert set(RECORDS) == own
    assert len({each.kind for each in own}) == len(own)
