"""Records of messages: their lines for people."""

import pytest

from labkit.records import Record
from mta_emu.mta.log.records import Delivered, Transfer


@pytest.mark.parametrize(
    ("record", "line"),
    [
        (
            Transfer("out", "M", "TO-B", 3, 1024),
            "message M transferred out over association 3 of TO-B (1024 octets)",
        ),
        (Delivered("M", "S=Smith", ""), "message M delivered to S=Smith"),
        (Delivered("M", "S=Smith", "Hi"), "message M delivered to S=Smith: Hi"),
    ],
)
def test_lines_for_people(record: Record, line: str) -> None:
    assert str(record) == line
