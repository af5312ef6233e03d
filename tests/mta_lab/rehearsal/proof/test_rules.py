"""The deciding rules of firewalls, predicted and logged, without packets."""

from types import SimpleNamespace
from typing import Any

import pytest

from firewall_proxy.records import Connection, Outcome
from labkit.reason import Place, Reason
from mta_lab.engines.records import Decided, SynOutcome
from mta_lab.rehearsal.prediction import Attempt, Step
from mta_lab.rehearsal.proof.rules import rules
from mta_lab.topology.disposition import Disposition

ENDS = ("203.0.113.10:9", "203.0.113.1:102")


def reason(check: str, line: int) -> Reason:
    return Reason(check, "some rule", place=Place("here", "site.nft", line))


def predicted(*reasons: Reason) -> Attempt:
    steps = tuple(Step("FW", each.check, "applies", each) for each in reasons)
    elsewhere = Step("OTHER", "rule", "applies", reason("rule", 99))
    return Attempt("A", "TO-B", Disposition.DELIVERED, (*steps, elsewhere))


def decided(because: Reason) -> Decided:
    return Decided("nftables", SynOutcome.FORWARDED, *ENDS, None, None, ()).because(because)


def lines(call: Attempt, passed: Any) -> list[tuple[str, str, str, bool | None]]:
    made: Any = SimpleNamespace(passed=(passed,))
    seen: Any = SimpleNamespace(firewall_of=lambda _: "FW")
    return [
        (each.what, each.predicted, each.observed, each.agrees)
        for each in rules(call, made, seen, 18)
    ]


@pytest.mark.parametrize(("line", "agrees"), [(92, True), (87, False)])
def test_the_last_rule_of_its_kind_is_the_one_that_decides(line: int, agrees: bool) -> None:
    call = predicted(reason("rule", 82), reason("rule", 92), reason("route", 1))
    assert lines(call, decided(reason("rule", line))) == [
        ("rule at FW", "site.nft:92 here", f"site.nft:{line} here", agrees)
    ]


def test_a_rule_that_was_not_predicted_differs() -> None:
    found = lines(predicted(reason("route", 1)), decided(reason("rule", 92)))
    assert found == [("rule at FW", "none", "site.nft:92 here", False)]


def test_without_a_line_the_rules_text_is_compared() -> None:
    unplaced = Reason("rule", "rule: tcp dport 102 accept")
    assert lines(predicted(unplaced), decided(unplaced)) == [
        ("rule at FW", unplaced.text, unplaced.text, True)
    ]


def test_our_own_firewall_logs_its_rule_and_what_chose_the_source() -> None:
    call = predicted(reason("rules", 5), reason("source address", 6))
    passed = Connection(
        "x400-inbound",
        "partners",
        *ENDS,
        None,
        None,
        bytes_out=0,
        bytes_in=0,
        seconds=0.0,
        outcome=Outcome.CLOSED,
        rule_place="site.nft:5 here",
        rewriting_place="site.nft:7 here",
    )
    assert lines(call, passed) == [
        ("rules at FW", "site.nft:5 here", "site.nft:5 here", True),
        ("source address at FW", "site.nft:6 here", "site.nft:7 here", False),
    ]
