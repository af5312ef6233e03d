"""The kernel's trace, from real packets and from octets written by hand."""

import itertools
import json
import socket
import struct
import subprocess
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.reason import Place, Reason
from mta_lab.engines.decision import Syn
from mta_lab.engines.nftables import reader
from mta_lab.engines.nftables.engine import Nftables
from mta_lab.engines.nftables.ruleset import NO_RULES, Chain, Rule, Ruleset
from mta_lab.engines.nftables.trace import CHAINS, GROUP, NETFILTER, Tracer
from mta_lab.engines.records import Decided, SynOutcome
from mta_lab.lab.namespaces import entered
from tests.mta_lab.engines.boxes import OUTSIDE, SERVER, box, routes, syn
from tests.mta_lab.engines.wire import FURTHER, Wire, wire
from tests.patience import PATIENCE

KEY = ("ip", "site", "passing")
CHAIN = Chain(
    KEY,
    "filter",
    "forward",
    0,
    "drop",
    tuple(
        Rule([{verdict: None}], verdict, Place("ip site passing", "site.nft", line))
        for line, verdict in ((3, "accept"), (4, "drop"))
    ),
    Place("ip site passing", "site.nft"),
)
RULESET = Ruleset({KEY: CHAIN}, {}, frozenset())
LISTING = {
    "nftables": [
        {"rule": {"family": "ip", "table": "site", "chain": "passing", "handle": handle}}
        for handle in (7, 9)
    ]
}
_RULE, _POLICY = 3, 1


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", len(value) + 4, kind) + value + b"\0" * (-len(value) % 4)


def event(chain: str, table: str = "site", *, kind: int = _RULE, **fields: bytes) -> bytes:
    """A message NFT_MSG_TRACE of the family ip, or inet for our own table."""
    numbers = {"handle": 3, "verdict": 5, "network": 8, "transport": 9, "policy": 16}
    body = attribute(1, table.encode() + b"\0") + attribute(2, chain.encode() + b"\0")
    body += attribute(4, struct.pack("!I", kind)) + attribute(6, b"\x01\x02\x03\x04")
    for name, value in fields.items():
        body += attribute(numbers[name], value)
    family = 1 if table == "mta_lab" else 2
    head = struct.pack("=IHHII", 20 + len(body), 0x0A11, 0, 0, 0) + bytes((family, 0, 0, 0))
    return head + body


def headers(source: str = "203.0.113.50", to: str = OUTSIDE, number: int = 1) -> dict[str, bytes]:
    addresses = socket.inet_aton(source) + socket.inet_aton(to)
    return {
        "network": b"\x45" + b"\0" * 11 + addresses,
        "transport": struct.pack("!HHI", 40000, 102, number),
    }


def rule(handle: int, code: int) -> dict[str, bytes]:
    return {"handle": struct.pack("!Q", handle), "verdict": attribute(1, struct.pack("!i", code))}


def tracer() -> Tracer:
    return Tracer("nftables", RULESET, LISTING)


ASKED = event("asked", "mta_lab", **headers(), **rule(2, -1))
ACCEPTED = event("passing", **rule(7, 1))
DROPPED = event("passing", **rule(9, 0))
LEFT = event("left", "mta_lab", **headers("198.51.100.1", SERVER), **rule(4, 1))


def test_a_packet_that_leaves_was_forwarded_and_by_which_rule() -> None:
    (found,) = tracer().feed(ASKED + ACCEPTED + LEFT)
    assert found == Decided(
        "nftables",
        SynOutcome.FORWARDED,
        "203.0.113.50:40000",
        "203.0.113.1:102",
        "198.51.100.1:40000",
        "192.0.2.2:102",
        ("rule: accept (site.nft:3 ip site passing)",),
    ).because(Reason("rule", "rule: accept", place=Place("ip site passing", "site.nft", 3)))


def test_a_rule_that_drops_ends_the_way() -> None:
    (found,) = tracer().feed(ASKED + DROPPED)
    assert (found.outcome, found.onward_source) == (SynOutcome.STOPPED, None)
    assert found.place == "site.nft:4 ip site passing"


def test_a_policy_that_drops_ends_the_way() -> None:
    (found,) = tracer().feed(ASKED + event("passing", kind=_POLICY, policy=b"\0\0\0\0"))
    assert (found.outcome, found.check, found.seen) == (SynOutcome.STOPPED, "policy", "drop")


def test_a_policy_of_a_chain_that_the_file_lacks_is_told_with_its_chain() -> None:
    (found,) = tracer().feed(ASKED + event("other", kind=_POLICY, policy=b"\0\0\0\0"))
    assert (found.outcome, found.place) == (SynOutcome.STOPPED, "ip site other")


def test_a_policy_that_accepts_decides_nothing() -> None:
    accepts = event("passing", kind=_POLICY, policy=b"\0\0\0\1")
    (found,) = tracer().feed(ASKED + accepts + LEFT)
    assert (found.outcome, found.rules) == (SynOutcome.FORWARDED, ())


def test_a_rule_without_a_verdict_has_no_say() -> None:
    (found,) = tracer().feed(ASKED + event("passing", **rule(7, -1)) + LEFT)
    assert found.rules == ()


def test_a_handle_that_no_line_is_known_of_is_told_with_its_chain() -> None:
    (found,) = Tracer("nftables", NO_RULES, LISTING).feed(ASKED + DROPPED)
    assert found.place == "ip site passing handle 9"


def test_what_is_sent_again_is_told_once_and_what_is_called_again_twice() -> None:
    to = tracer()
    assert len([*to.feed((ASKED + DROPPED) * 2)]) == 1
    again = event("asked", "mta_lab", **headers(number=2), **rule(2, -1))
    assert len([*to.feed(again + DROPPED)]) == 1


def test_what_neither_left_nor_was_stopped_is_lost() -> None:
    to = tracer()
    assert [*to.feed(ASKED + ACCEPTED)] == []
    (found,) = to.lost()
    assert (found.outcome, found.reason) == (SynOutcome.LOST, "rule: accept")
    assert [*to.lost()] == []


def test_a_packet_whose_beginning_was_missed_is_passed_over() -> None:
    assert [*tracer().feed(ACCEPTED)] == []


@given(st.binary(max_size=200))
def test_other_messages_of_netlink_are_passed_over(data: bytes) -> None:
    message = struct.pack("=IHHII", 16 + len(data), 0x0A00, 0, 0, 0) + data
    assert [*tracer().feed(message + b"\0" * (-len(data) % 4) + ASKED + DROPPED)]


SITE = """\
table ip site {
    chain pre {
        type nat hook prerouting priority dstnat;
        tcp dport 102 dnat to 192.0.2.2
        tcp dport 103 redirect to :105
    }
    chain early {
        type filter hook prerouting priority mangle;
        ip saddr 203.0.113.51 meta mark set 7
    }
    chain passing {
        type filter hook forward priority filter; policy drop;
        meta mark 7 jump marked
        ct status dnat counter accept
    }
    chain marked {
        tcp dport 102 reject
    }
    chain post {
        type nat hook postrouting priority srcnat;
        oifname "inside" masquerade
    }
}
"""
_PORTS = itertools.count(20000)
CALLS = [
    syn(),
    syn(source="203.0.113.51"),
    syn(port=103),
    syn(destination=SERVER, port=104),
    syn(destination="192.0.2.77"),
]


@pytest.fixture(scope="module")
def real(needs_netns: Callable[[], None]) -> Iterator[Wire]:
    needs_netns()
    with wire() as made:
        yield made


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_the_kernel_names_the_rules_that_the_model_names(real: Wire, call: Syn) -> None:
    call = Syn(call.interface, call.source, next(_PORTS), call.destination, call.destination_port)
    ruleset = reader.read(SITE, "site.nft", ["outside", "inside"])
    model = Nftables(box(), ruleset)
    assert real.takes(SITE + CHAINS)
    with entered(real.box), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETFILTER) as kernel:
        listing = subprocess.run(
            ["nft", "-j", "list", "ruleset"], capture_output=True, text=True, check=True
        )
        kernel.bind((0, 0))
        kernel.setsockopt(270, 1, GROUP)
        kernel.settimeout(PATIENCE)
        real.send([call], [None])
        to = Tracer("nftables", ruleset, json.loads(listing.stdout))
        found: list[Decided] = []
        while not found:
            found += to.feed(kernel.recv(1 << 20))
    predicted = model.decide(call, routes(FURTHER)).reasons
    said = tuple(str(each) for each in predicted if each.check in ("rule", "policy"))
    assert found[0].rules == said
    assert said
