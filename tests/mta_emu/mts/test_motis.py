"""The trace of MTAs in P1 of 1984."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts import motis
from mta_emu.mts.identifiers import GlobalDomain
from mta_emu.mts.trace import RoutingAction, TraceElement
from mta_emu.osi.errors import ProtocolError

HERE, THERE = GlobalDomain("US", " ", "Contoso"), GlobalDomain("NO", " ")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TRACE = (
    TraceElement(HERE, NOON, mta_name="A"),
    TraceElement(HERE, NOON, RoutingAction.REROUTED, "B_1", attempted="C"),
)


def domain_of(name: str) -> GlobalDomain:
    return HERE if name == "A" else THERE


def test_golden_octets() -> None:
    # [APPLICATION 30] { { PrintableString "A", SET { arrival [0], action [2] relayed } },
    #   { "B?1", which has no _, SET { previous "C", arrival [0], action [2] rerouted } } }
    first = "3017 130141 3112 800d 3236303130313132303030305a 820100"
    second = "301c 1303423f31 3115 130143 800d 3236303130313132303030305a 820101"
    member = bytes.fromhex(f"7e37 {first} {second}")
    assert motis.encode(TRACE) == member
    assert motis.is_trace(member)
    assert motis.decode(member, domain_of) == (
        TRACE[0],
        TraceElement(THERE, NOON, RoutingAction.REROUTED, "B?1", attempted="C"),
    )


def test_what_others_write_in_it_is_passed_over() -> None:
    # with a deferred time [1]
    supplied = "3121 800d 3236303130313132303030305a 810d 3236303130313132303030305a 820100"
    member = bytes.fromhex(f"7e28 3026 130141 {supplied}")
    assert motis.decode(member, domain_of) == (TRACE[0],)


@given(st.binary(max_size=60))
def test_whatever_comes_is_a_trace_or_a_protocol_error(octets: bytes) -> None:
    try:
        motis.decode(b"\x7e" + octets, domain_of)
    except ProtocolError:
        return


def test_a_trace_without_names_is_none() -> None:
    with pytest.raises(ProtocolError):
        motis.decode(bytes.fromhex("7e02 3000"), domain_of)
