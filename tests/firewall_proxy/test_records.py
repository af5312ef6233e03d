"""The firewall's records: their lines for people, and that JSON gives them back."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from firewall_proxy.records import RECORDS, Connection, Listening, Outcome, ReloadRefused, Repeated
from labkit.reason import Place, Reason
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
    place="fw.yaml:19 rules",
)
PASSED = replace(
    CONNECTION,
    rule="partner",
    rule_place="fw.yaml:20 rules.partner",
    onward_source="198.51.100.1:1024",
    onward_destination="198.51.100.10:102",
    rewriting="the client's address is rewritten",
    rewriting_place="fw.yaml:5 services.x400-inbound.source_rewrite",
    bytes_out=5,
    bytes_in=7,
    outcome=Outcome.CLOSED,
    reason="both sides had sent all",
    place="",
)
FULL = Reason("connections_per_client", "2 are open", place=Place("limits", "fw.yaml", 27))


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (Listening(("a", "b"), ("1.2.3.4:5", "6.7.8.9:10")), "listening a=1.2.3.4:5, b=6.7.8.9:10"),
        (ReloadRefused("no such interface"), "reload-refused no such interface"),
        (
            CONNECTION,
            "x400-inbound duration=0.25 sent=0 rcvd=0 src=203.0.113.10:4711 cldst=203.0.113.1:102 "
            "svsrc=- dst=- rule=- outcome=denied: no rule is for 203.0.113.10 at x400-inbound "
            "(fw.yaml:19 rules)",
        ),
        (
            PASSED,
            "x400-inbound duration=0.25 sent=5 rcvd=7 src=203.0.113.10:4711 cldst=203.0.113.1:102 "
            "svsrc=198.51.100.1:1024 dst=198.51.100.10:102 rule=partner outcome=closed: "
            "both sides had sent all; the client's address is rewritten (fw.yaml:5 "
            "services.x400-inbound.source_rewrite)",
        ),
        (
            Repeated("x400", "203.0.113.10", Outcome.LIMIT, 7).because(FULL),
            "x400 7 more from 203.0.113.10 outcome=limit: 2 are open (fw.yaml:27 limits)",
        ),
        (
            Repeated("x400", None, Outcome.LIMIT, 1).because(FULL),
            "x400 1 more outcome=limit: 2 are open (fw.yaml:27 limits)",
        ),
    ],
)
def test_a_record_is_a_line_and_json_gives_it_back(record: Record, text: str) -> None:
    record = record.at(THEN)
    assert as_text(record) == f"2026-01-02T03:04:05.678+00:00 {text}"
    assert RECORDS.read(as_json(record)) == record
