"""Records of the MTA as a process: their lines for people."""

import pytest

from labkit.records import Record
from mta_emu.mta.log.records import Listening, Reloaded


@pytest.mark.parametrize(
    ("record", "line"),
    [
        (Listening("127.0.0.1:102"), "listening on 127.0.0.1:102"),
        (
            Reloaded(("A", "B"), (), ("C",)),
            "configuration reloaded: added A, B, changed none, removed C",
        ),
    ],
)
def test_lines_for_people(record: Record, line: str) -> None:
    assert str(record) == line
