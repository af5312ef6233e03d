from labkit.reason import Place
from mta_lab.engines.nftables.ruleset import Ruleset, read

KEY = ("inet", "site", "forward")
CHAIN = {
    "chain": {
        "family": "inet",
        "table": "site",
        "name": "forward",
        "handle": 1,
        "type": "filter",
        "hook": "forward",
        "prio": 5,
        "policy": "drop",
    }
}
ALLOWED = {"set": {"family": "inet", "table": "site", "name": "allowed", "elem": ["203.0.113.50"]}}
SEEN = {"set": {"family": "inet", "table": "site", "name": "seen", "flags": ["dynamic"]}}


def rule(*statements: object) -> object:
    body = {"family": "inet", "table": "site", "chain": "forward", "handle": 7}
    return {"rule": body | {"expr": list(statements)}}


def listing(*statements: object) -> Ruleset:
    objects = [{"table": {"family": "inet", "name": "site"}}, CHAIN, ALLOWED, SEEN]
    return read([*objects, rule(*statements)], {(KEY, 7): "the text"}, "site.nft")


def test_chains_and_rules() -> None:
    chain = listing({"accept": None}).chains[KEY]
    assert (chain.hook, chain.priority, chain.policy) == ("forward", 5, "drop")
    assert chain.rules[0].text == "the text"
    assert chain.rules[0].place == Place("inet site forward handle 7", "site.nft")


def test_sets_and_which_of_them_packets_change() -> None:
    found = listing()
    assert found.elements["inet", "site", "allowed"] == ["203.0.113.50"]
    assert found.dynamic == {("inet", "site", "seen")}


def test_a_rule_that_changes_a_set_makes_it_dynamic() -> None:
    """nft 1.0.6 lists no flag of a set that a rule adds to."""
    source = {"payload": {"protocol": "ip", "field": "saddr"}}
    found = listing({"set": {"op": "add", "elem": source, "set": "@allowed"}})
    assert ("inet", "site", "allowed") in found.dynamic


def test_sets_that_take_no_other_element() -> None:
    one = {"set": ALLOWED["set"] | {"size": 1}}
    two = {"set": ALLOWED["set"] | {"name": "more", "size": 2}}
    assert read([one, two], {}, "site.nft").full == {("inet", "site", "allowed")}


def test_places_found_elsewhere() -> None:
    place = Place("here", "site.nft", 3)
    found = listing({"accept": None}).with_places({(KEY, 0): place})
    assert found.chains[KEY].rules[0].place == place


def test_connection_tracking_is_on_where_a_rule_needs_it() -> None:
    match = {"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": "new"}}
    assert listing(match).tracks(4)
    assert listing({"dnat": {"addr": "192.0.2.2"}}).tracks(6)
    assert not listing({"accept": None}).tracks(4)
