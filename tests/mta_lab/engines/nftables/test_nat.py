from collections.abc import Callable

import pytest

from mta_lab.engines.decision import ANY_PORT, Decision, Forwarded, How, NotModelled, Stopped
from tests.mta_lab.engines.boxes import CLIENT, INSIDE, OUTSIDE, SERVER
from tests.mta_lab.engines.nftables.rules import decide, forward

DNAT = f"ip daddr {OUTSIDE} tcp dport 102 dnat to {SERVER}"


@pytest.fixture(autouse=True)
def _root(needs_netns: Callable[[], None]) -> None:
    needs_netns()


def nat(*rules: str, after: str = "", further: str = "") -> Decision:
    """A SYN to the outside address, with these rules before and after routing."""
    chains = (
        f"chain pre {{ type nat hook prerouting priority dstnat;\n{chr(10).join(rules)}\n}}\n"
        f"chain post {{ type nat hook postrouting priority srcnat;\n{after}\n}}\n"
    )
    return decide(f"table ip nat {{\n{chains}}}\n{further}", OUTSIDE)


def test_without_translation_it_is_for_the_box() -> None:
    decision = nat()
    assert isinstance(decision, Stopped)
    assert decision.how is How.CLOSED_PORT


@pytest.mark.parametrize(
    ("rule", "address", "port"),
    [
        (DNAT, SERVER, 102),
        (f"{DNAT}:10102", SERVER, 10102),
        ("dnat to tcp dport map { 102 : 192.0.2.7 }", "192.0.2.7", 102),
        (
            "dnat to ip daddr . tcp dport map { 203.0.113.1 . 102 : 192.0.2.8 . 103 }",
            "192.0.2.8",
            103,
        ),
    ],
)
def test_destinations(rule: str, address: str, port: int) -> None:
    decision = nat(rule)
    assert isinstance(decision, Forwarded)
    assert (str(decision.syn.destination), decision.syn.destination_port) == (address, port)
    assert str(decision.syn.source) == CLIENT


@pytest.mark.parametrize(
    ("rule", "source", "port"),
    [
        ("masquerade", INSIDE, 40000),
        ("oifname outside masquerade", CLIENT, 40000),
        ("snat to 192.0.2.9", "192.0.2.9", 40000),
        ("masquerade random", INSIDE, ANY_PORT),
        ("snat to ip saddr map { 203.0.113.50 : 192.0.2.10 }", "192.0.2.10", 40000),
    ],
)
def test_sources(rule: str, source: str, port: int) -> None:
    decision = nat(DNAT, after=rule)
    assert isinstance(decision, Forwarded)
    assert (str(decision.syn.source), decision.syn.source_port) == (source, port)
    assert [each.check for each in decision.reasons] == (
        ["rule", "route"] if source == CLIENT else ["rule", "route", "rule"]
    )


def test_the_filter_sees_the_translated_destination() -> None:
    let = forward("ct status dnat accept", policy="drop")
    assert isinstance(nat(DNAT, further=let), Forwarded)
    assert isinstance(nat(DNAT, further=forward(f"ip daddr {OUTSIDE} drop")), Forwarded)
    assert isinstance(nat(DNAT, further=forward(f"ct original ip daddr {OUTSIDE} drop")), Stopped)


def test_translation_to_the_same_address_is_none() -> None:
    """A later rule for translated connections does not match (seen on packets)."""
    text = f"ip daddr {SERVER} dnat to {SERVER}"
    let = forward("ct status dnat accept", policy="drop")
    table = (
        f"table ip nat {{ chain pre {{ type nat hook prerouting priority -100;\n{text}\n}}\n}}\n"
    )
    assert isinstance(decide(table + let), Stopped)


@pytest.mark.parametrize(
    "rule", ["dnat to 192.0.2.2-192.0.2.9", "dnat to numgen inc mod 2 map { 0 : 192.0.2.2 }"]
)
def test_one_of_several_addresses_is_not_modelled(rule: str) -> None:
    assert isinstance(nat(rule), NotModelled)


def test_redirect_leads_to_the_box_itself() -> None:
    decision = nat("tcp dport 102 redirect to :1102")
    assert isinstance(decision, Stopped)
    assert decision.how is How.CLOSED_PORT
    assert "port 1102" in decision.reasons[-1].text
