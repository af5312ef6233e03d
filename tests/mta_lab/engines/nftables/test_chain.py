from collections.abc import Callable

import pytest

from mta_lab.engines.decision import Forwarded, How, Icmp, NotModelled, Stopped
from tests.mta_lab.engines.nftables.rules import decide, forward


@pytest.fixture(autouse=True)
def _root(needs_netns: Callable[[], None]) -> None:
    needs_netns()


@pytest.mark.parametrize(
    ("rules", "passes"),
    [
        (["drop"], False),
        (["accept", "drop"], True),
        (["tcp dport 102 accept", "drop"], True),
        (["tcp dport 25 accept", "drop"], False),
        (["return", "drop"], True),
        (["ct state established,related accept", "ct state invalid drop"], True),
        (["counter log prefix \"x400 \" limit rate 1/minute accept", "drop"], True),
        (["limit rate over 1/second drop"], True),
        (["tcp dport 102 continue", "drop"], False),
        (["meta mark set 7", "meta mark 7 accept", "drop"], True),
    ],
)  # fmt: skip
def test_the_first_verdict_decides(rules: list[str], passes: bool) -> None:
    assert isinstance(decide(forward(*rules)), Forwarded) is passes


def test_the_policy_decides_in_the_end() -> None:
    decision = decide(forward("tcp dport 25 accept", policy="drop"))
    assert isinstance(decision, Stopped)
    assert decision.how is How.SILENCE
    assert decision.reasons[-1].check == "policy"


@pytest.mark.parametrize(("verb", "passes"), [("jump", False), ("goto", True)])
def test_after_a_jump_the_next_rule_is_asked_and_after_a_goto_the_policy(
    verb: str, passes: bool
) -> None:
    text = "table inet site { chain other { tcp dport 25 drop; }; }\n"
    decision = decide(text + forward(f"{verb} other", "drop"))
    assert isinstance(decision, Forwarded) is passes


@pytest.mark.parametrize(
    ("reject", "how", "icmp"),
    [
        ("reject", How.ICMP, Icmp(3, 3)),
        ("reject with icmp type admin-prohibited", How.ICMP, Icmp(3, 13)),
        ("reject with icmpx type no-route", How.ICMP, Icmp(3, 0)),
        ("reject with tcp reset", How.RESET, None),
    ],
)
def test_rejections(reject: str, how: How, icmp: Icmp | None) -> None:
    decision = decide(forward(reject))
    assert isinstance(decision, Stopped)
    assert (decision.how, decision.icmp) == (how, icmp)
    assert decision.reasons[-1].place
    assert decision.reasons[-1].place.line == 4


@pytest.mark.parametrize(
    "rule", ["meta skuid 0 accept", "ip ttl 64 drop", "numgen random mod 2 0 drop"]
)
def test_what_is_not_modelled_is_named_with_its_line(rule: str) -> None:
    decision = decide(forward("tcp dport 25 drop", rule))
    assert isinstance(decision, NotModelled)
    assert rule.split()[1] in decision.directive
    assert str(decision).endswith("at site.nft:5 inet site forward handle 3")


@pytest.mark.parametrize("limit", ["name few", "rate over 1 bytes/second", "rate 1 kbytes/second"])
def test_limits_of_octets_and_limits_with_a_name_are_not_modelled(limit: str) -> None:
    named = "table inet site { limit few { rate 1/minute; }; }\n"
    decision = decide(named + forward(f"limit {limit} drop"))
    assert isinstance(decision, NotModelled)
    assert f"limit {limit.split(maxsplit=1)[0]}" in decision.directive


def test_what_is_not_modelled_does_no_harm_where_another_match_fails() -> None:
    assert isinstance(decide(forward("ip ttl 64 tcp dport 25 drop")), Forwarded)


def test_what_is_not_modelled_does_no_harm_before_a_counter() -> None:
    assert isinstance(decide(forward("ip ttl 64 counter")), Forwarded)


def test_an_answer_that_no_rule_lets_out_is_silence() -> None:
    text = "table inet t { chain out { type filter hook output priority 0; policy drop; }; }\n"
    decision = decide(text + forward("reject with tcp reset"))
    assert isinstance(decision, Stopped)
    assert decision.how is How.SILENCE


@pytest.mark.parametrize(("port", "kind"), [(25, Forwarded), (102, NotModelled)])
def test_adjoining_fields_that_nft_compares_at_once(port: int, kind: type) -> None:
    """`tcp sport != 40000 tcp dport != 25` drops all but 40000 to 25 (nft 1.0.6, on packets)."""
    text = forward("tcp sport != 40000 tcp dport != 25 drop")
    assert isinstance(decide(text, port=port), kind)


def test_jumps_that_make_a_packet_pass_billions_of_rules_are_not_modelled() -> None:
    jumps = [f"jump c{n + 1}\n" * 10 for n in range(9)]
    chains = "".join(f"chain c{9 - n} {{\n{body}}}\n" for n, body in enumerate(["", *jumps[::-1]]))
    decision = decide(forward("jump c0").replace("{\n", "{\n" + chains, 1))
    assert isinstance(decision, NotModelled)
    assert decision.directive == "more than 500000 rules for one packet"


def test_an_element_that_finds_no_room_is_not_modelled() -> None:
    sets = "set seen { type ipv4_addr; flags dynamic; size 1; elements = { 192.0.2.1 }; }\n"
    text = forward("add @seen { ip saddr } accept", policy="drop", family="ip")
    decision = decide(text.replace("{\n", "{\n" + sets, 1))
    assert isinstance(decision, NotModelled)
    assert decision.directive.startswith("add to @seen, which is full")
