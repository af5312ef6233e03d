"""The MTA's records as lines for people."""

import pytest

from labkit.reason import Place, Reason
from labkit.records import Record, as_object
from mta_emu.mta.log import records
from mta_emu.mta.log.records import RECORDS, Association

SEED = Reason(
    "address",
    "caller's address 203.0.113.10 is not 198.51.100.1, "
    "the address on the Stack page of connector FIREWALL",
    "198.51.100.1",
    "203.0.113.10",
    Place("connectors.FIREWALL.stack.address", "internal.yaml", 21),
)
REFUSED = Association(
    7, "FIREWALL", "remotely", "198.51.100.5:102", "203.0.113.10:40000", "refused"
)


def test_the_line_of_a_refused_association_says_why_and_where_that_is_configured() -> None:
    assert str(REFUSED.because(SEED)) == (
        "association 7 with FIREWALL initiated remotely, peer 203.0.113.10:40000: refused: "
        "caller's address 203.0.113.10 is not 198.51.100.1, the address on the Stack page of "
        "connector FIREWALL (internal.yaml:21 connectors.FIREWALL.stack.address)"
    )


def test_the_record_has_the_parts_of_the_reason() -> None:
    refused = as_object(REFUSED.because(SEED))
    parts = [refused[name] for name in ("check", "expected", "seen", "place")]
    where = "internal.yaml:21 connectors.FIREWALL.stack.address"
    assert parts == ["address", "198.51.100.1", "203.0.113.10", where]


def test_without_a_reason_the_line_ends_with_the_state() -> None:
    assert str(REFUSED).endswith("peer 203.0.113.10:40000: refused")


@pytest.mark.parametrize(
    ("record", "line"),
    [
        (records.Listening("127.0.0.1:102"), "listening on 127.0.0.1:102"),
        (
            records.Reloaded(("A", "B"), (), ("C",)),
            "configuration reloaded: added A, B, changed none, removed C",
        ),
        (
            records.Transfer("out", "M", "TO-B", 3, 1024),
            "message M transferred out over association 3 of TO-B (1024 octets)",
        ),
        (records.Delivered("M", "S=Smith", ""), "message M delivered to S=Smith"),
        (records.Delivered("M", "S=Smith", "Hi"), "message M delivered to S=Smith: Hi"),
        (
            records.Recovery(3, "TO-B", "a:1", "b:2", "lost", "reset"),
            "association 3 of TO-B lost: reset",
        ),
    ],
)
def test_lines_for_people(record: Record, line: str) -> None:
    assert str(record) == line


def test_every_kind_of_record_is_read_and_in_the_table() -> None:
    own = {
        each
        for each in vars(records).values()
        if isinstance(each, type) and each.__module__ == records.__name__
    }
    assert set(RECORDS) == own
    assert len({each.kind for each in own}) == len(own)
