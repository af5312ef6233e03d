"""The firewall's records: their lines for people, and that JSON gives them back."""

from datetime import UTC, datetime

import pytest

from firewall_proxy.records import RECORDS, Connection, Listening, Outcome, ReloadRefused
from labkit.records import Record, as_json, as_text

THEN = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
CONNECTION = Connection(
    service="x400-inbound",
    rule=None,
    source="203.0.113.10:4711",
    destination="203.0.113.1:102",
    onward_source=None,
    onward_destination=None,
    bytes_out=0,
    bytes_in=0,
    seconds=0.25,
    outcome=Outcome.DENIED,
    reason="no rule is for 203.0.113.10 at x400-inbound",
)


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (Listening(("a", "b"), ("1.2.3.4:5", "6.7.8.9:10")), "listening a=1.2.3.4:5, b=6.7.8.9:10"),
        (ReloadRefused("no such interface"), "reload-refused no such interface"),
        (
            CONNECTION,
            "x400-inbound duration=0.25 sent=0 rcvd=0 src=203.0.113.10:4711 cldst=203.0.113.1:102 "
            "svsrc=- dst=- rule=- outcome=denied (no rule is for 203.0.113.10 at x400-inbound)",
        ),
    ],
)
def test_a_record_is_a_line_and_json_gives_it_back(record: Record, text: str) -> None:
    record = record.at(THEN)
    assert as_text(record) == f"2026-01-02T03:04:05.678+00:00 {text}"
    assert RECORDS.read(as_json(record)) == record
