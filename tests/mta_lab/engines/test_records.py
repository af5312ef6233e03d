"""The records of others' firewalls, as lines for people and for programs."""

from labkit.reason import Place, Reason
from labkit.records import as_json
from mta_lab.engines.records import RECORDS, Decided, Ready, SynOutcome

STOPPED = Decided(
    "nftables", SynOutcome.STOPPED, "203.0.113.10:40000", "203.0.113.1:102", None, None, ("a", "b")
).because(Reason("rule", "rule: drop", place=Place("ip site passing", "site.nft", 7)))


def test_a_decision_is_a_line_with_the_rule_and_its_place() -> None:
    assert str(STOPPED) == (
        "nftables stopped 203.0.113.10:40000 to 203.0.113.1:102, onward - to -: rule: drop "
        "(site.nft:7 ip site passing)"
    )


def test_records_are_read_as_they_were_written() -> None:
    for each in (STOPPED, Ready("haproxy")):
        assert RECORDS.read(as_json(each)) == each


def test_ready_names_the_engine() -> None:
    assert str(Ready("haproxy")) == "ready haproxy"
