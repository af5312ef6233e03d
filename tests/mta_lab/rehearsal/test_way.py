"""Ends of a way: who has accepted the call by then, and what a decision comes to."""

from ipaddress import IPv4Address

import pytest

from labkit.reason import Place
from mta_lab.engines.decision import Forwarded, How, NotModelled, Proxied, Stopped, Syn
from mta_lab.rehearsal.way import Lost, outcome
from mta_lab.topology.disposition import Disposition

SYN = Syn("outside", IPv4Address("203.0.113.10"), 0, IPv4Address("203.0.113.1"), 102)


@pytest.mark.parametrize(
    ("decision", "becomes"),
    [
        (Forwarded(SYN, ()), "delivered"),
        (Proxied(SYN, ()), "delivered"),
        (Stopped(How.CLOSED_PORT, ()), "unreachable"),
        (Stopped(How.SILENCE, ()), "blocked"),
        (NotModelled("ct helper", Place("")), "not modelled"),
    ],
)
def test_a_decision_comes_to_a_word_of_the_glossary(decision: object, becomes: str) -> None:
    assert outcome(decision)[1] == becomes


@pytest.mark.parametrize(
    ("via", "how", "accepted"),
    [
        (("FW1",), How.SILENCE, True),
        ((), How.ACCEPTED_RESET, True),
        ((), How.SILENCE, False),
    ],
)
def test_a_call_that_a_firewall_took_was_accepted(
    via: tuple[str, ...], how: How, *, accepted: bool
) -> None:
    assert Lost(Disposition.BLOCKED, via, "FW1", Stopped(how, ())).accepted is accepted
