"""Each answer to a SYN, predicted and on packets."""

from collections.abc import Callable, Iterator

import pytest

from labkit.addresses import End, parse_address
from labkit.config import parse
from mta_lab.backends.netns import Netns
from mta_lab.engines.answer import Answer, Answered
from mta_lab.engines.decision import Icmp
from mta_lab.lab.directory import Lab, lab_directory
from mta_lab.play import lifecycle
from mta_lab.rehearsal.proof.syn import Shown, call_in
from mta_lab.rehearsal.trace import Trace, trace
from mta_lab.topology.files import Topology
from tests.mta_lab.rehearsal.tracing import CALLS, TOPOLOGY

CLIENT = End(parse_address("203.0.113.50"), 40000)
ADDRESS = CLIENT.address
#: Seconds without anything that are silence; the kernel says after 3 that nobody has an address.
PATIENCE = 10.0


@pytest.fixture(scope="module")
def lab(needs_netns: Callable[[], None], lab_name: Callable[[str], str]) -> Iterator[Lab]:
    needs_netns()
    topology = parse(TOPOLOGY, Topology, "t")
    found = lifecycle.up(Netns().place(topology), lab_directory(lab_name("tracing")))
    yield found
    lifecycle.down(found)


@pytest.mark.parametrize(("to", "answer", "by", "seen"), CALLS)
def test_packets_show_what_was_predicted(
    lab: Lab, to: str, answer: str, by: str, seen: str | None
) -> None:
    name, _, port = to.partition(":")
    address = lab.topology.hosts.get(name) or parse_address(name)
    called = End(address, int(port or 102))
    shown = call_in(lab, "CLIENT", CLIENT, called, PATIENCE)
    assert str(shown.answered) == answer
    assert shown.source_seen == (parse_address(seen) if seen else None)
    assert shown.agrees(trace(lab.topology, "CLIENT", CLIENT, called))


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
