import pytest

from labkit.reason import Place
from mta_lab.engines.nftables.lines import places
from mta_lab.engines.nftables.ruleset import Chain, Key, Rule, Ruleset


def lines_of(text: str, counts: dict[Key, int]) -> dict[tuple[Key, int], int]:
    chains = {
        key: Chain(key, "", "", 0, "accept", (Rule([], "", Place(key[2])),) * count, Place(""))
        for key, count in counts.items()
    }
    found = places(text, "site.nft", Ruleset(chains, {}, frozenset()))
    return {key: place.line for key, place in found.items()}


FILTER, NAT = ("inet", "site", "forward"), ("ip", "nat", "pre")


def test_blocks_nested_and_semicolons() -> None:
    text = """\
#!/usr/sbin/nft -f
flush ruleset
define servers = { 192.0.2.2, 192.0.2.3 }
table inet site {
    set friends { type ipv4_addr; elements = { 203.0.113.50,
        203.0.113.51 } }
    chain forward {
        type filter hook forward priority 0; policy drop;
        # a comment; with ; and {
        ip saddr @friends tcp dport { 102,
            103 } accept comment "a { ; # b"
        drop; accept
    }
}
table nat { chain pre { type nat hook prerouting priority -100; dnat to 192.0.2.2
  tcp dport 103 \\
     accept } }
"""
    assert lines_of(text, {FILTER: 3, NAT: 2}) == {
        (FILTER, 0): 10,
        (FILTER, 1): 12,
        (FILTER, 2): 12,
        (NAT, 0): 15,
        (NAT, 1): 16,
    }


def test_rules_that_are_added_one_by_one() -> None:
    text = "add table nat\nadd chain nat pre\nadd rule nat pre accept\nadd rule ip nat pre drop\n"
    assert lines_of(text, {NAT: 2}) == {(NAT, 0): 3, (NAT, 1): 4}


def test_a_vmap_is_no_block() -> None:
    text = "table nat {\nchain pre {\ntcp dport vmap { 1 : drop,\n 2 : accept }\naccept\n}\n}"
    assert lines_of(text, {NAT: 2}) == {(NAT, 0): 3, (NAT, 1): 5}


@pytest.mark.parametrize(
    "more", ['include "more.nft"', "insert rule ip nat pre drop", "add rule nat pre index 0 drop"]
)
def test_what_makes_the_order_uncertain_has_no_lines(more: str) -> None:
    text = f"table nat {{\nchain pre {{\naccept\n}}\n}}\n{more}\n"
    assert lines_of(text, {NAT: 1}) == {}


def test_a_chain_with_other_numbers_has_no_lines() -> None:
    text = "table nat {\nchain pre {\naccept\n}\n}\n"
    assert lines_of(text, {NAT: 2}) == {}
