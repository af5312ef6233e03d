"""Each answer to a SYN, predicted and on packets."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from firewall_proxy.request import Request
from labkit.addresses import End, parse_address, split
from labkit.config import parse
from mta_lab.backends.netns import Netns
from mta_lab.engines.answer import Answer, Answered
from mta_lab.engines.decision import Icmp
from mta_lab.lab.directory import Lab, lab_directory
from mta_lab.play import lifecycle
from mta_lab.rehearsal.proof.syn import Shown, call_in
from mta_lab.rehearsal.trace import Trace, trace
from mta_lab.topology.files import Topology
from tests.mta_lab.rehearsal.tracing import CALLS, IPV6_CALLS, IPV6_TOPOLOGY, TOPOLOGY
from tests.patience import PATIENCE

CLIENT = End(parse_address("203.0.113.50"), 40000)
ADDRESS = CLIENT.address
SILENT = 3.0  # seconds that are silence


Name = Callable[[str], str]


def up(topology: dict[str, Any], name: str) -> Iterator[Lab]:
    placement = Netns().place(parse(topology, Topology, "t"))
    found = lifecycle.up(placement, lab_directory(name))
    yield found
    lifecycle.down(found)


@pytest.fixture(scope="module")
def lab(needs_netns: Callable[[], None], lab_name: Name) -> Iterator[Lab]:
    needs_netns()
    yield from up(TOPOLOGY, lab_name("tracing"))


@pytest.fixture(scope="module")
def ipv6_lab(needs_netns: Callable[[], None], lab_name: Name) -> Iterator[Lab]:
    needs_netns()
    yield from up(IPV6_TOPOLOGY, lab_name("tracing6"))


@pytest.mark.parametrize(("to", "answer", "by", "seen"), CALLS)
def test_packets_show_what_was_predicted(
    lab: Lab, to: str, answer: str, by: str, seen: str | None
) -> None:
    shows_what_was_predicted(lab, to, answer, seen)


@pytest.mark.parametrize(("to", "answer", "by", "seen"), IPV6_CALLS)
def test_packets_of_ipv6_show_what_was_predicted(
    ipv6_lab: Lab, to: str, answer: str, by: str, seen: str | None
) -> None:
    shows_what_was_predicted(ipv6_lab, to, answer, seen)


def shows_what_was_predicted(lab: Lab, to: str, answer: str, seen: str | None) -> None:
    name, port = split(to, 102)
    called = End(lab.topology.hosts.get(name) or parse_address(name), port)
    (own,) = lab.topology.host_addresses()["CLIENT"]
    client = End(own, CLIENT.port)
    patience = SILENT if answer == "silence" else PATIENCE
    shown = call_in(lab, "CLIENT", client, called, patience)
    assert str(shown.answered) == answer
    assert shown.source_seen == (parse_address(seen) if seen else None)
    assert shown.agrees(trace(lab.topology, "CLIENT", client, called))


CLOSES = """
import socket, sys
server = socket.create_server((sys.argv[1], 107))
while True:
    server.accept()[0].close()
"""


@pytest.mark.parametrize("request_", [None, Request(b"MTA")])
def test_a_host_that_closes_at_once_has_had_the_connection(
    request_: Request | None, needs_netns: Callable[[], None], lab_name: Name
) -> None:
    """With what it did not read it sends a reset, and its kernel forgets the connection."""
    needs_netns()
    closer = {
        "address": "198.51.100.11",
        "port": 107,
        "command": ["python3", "-c", CLOSES, "{address}"],
    }
    topology = TOPOLOGY | {"programs": TOPOLOGY["programs"] | {"CLOSER": closer}}
    for lab in up(topology, lab_name("closing")):
        called = End(parse_address("198.51.100.11"), 107)
        for port in range(40000, 40005):
            client = End(ADDRESS, port)
            shown = call_in(lab, "CLIENT", client, called, PATIENCE, request_)
            assert shown == Shown(CONNECTED, "CLOSER", ADDRESS)
            assert shown.agrees(trace(lab.topology, "CLIENT", client, called))


CONNECTED, CLOSED = Answered(Answer.CONNECTED), Answered(Answer.CLOSED)


@pytest.mark.parametrize(
    ("shown", "agrees"),
    [
        (Shown(CONNECTED, "CORE", ADDRESS), True),
        (Shown(CONNECTED, "OTHER", ADDRESS), False),
        (Shown(CONNECTED, "CORE", parse_address("203.0.113.51")), False),
        (Shown(CONNECTED), False),
        (Shown(CLOSED), False),
        (Shown(Answered(Answer.ICMP, Icmp(3, 1))), False),
    ],
)
def test_another_answer_host_or_source_is_a_difference(shown: Shown, agrees: bool) -> None:
    assert shown.agrees(Trace((), CONNECTED, "CORE", ADDRESS)) is agrees


def test_the_codes_of_icmp_are_compared_and_what_is_not_modelled_is_not() -> None:
    predicted = Trace((), Answered(Answer.ICMP, Icmp(3, 13)), "FW")
    assert Shown(Answered(Answer.ICMP, Icmp(3, 13))).agrees(predicted) is True
    assert Shown(Answered(Answer.ICMP, Icmp(3, 1))).agrees(predicted) is False
    unknown = Trace((), Answered(Answer.NOT_MODELLED), "FW")
    assert Shown(CONNECTED, "CORE", ADDRESS).agrees(unknown) is None
