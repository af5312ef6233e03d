"""Reliable transfer service primitives."""

from hypothesis import given
from hypothesis import strategies as st

from mta_emu.osi.rtse.primitives import Octets, RtPAbort


@given(st.binary(max_size=50), st.integers(0, 60), st.integers(0, 60))
def test_octets_in_memory_are_a_source(octets: bytes, offset: int, size: int) -> None:
    source = Octets(octets)
    assert source.length == len(octets)
    assert source.read(offset, size) == octets[offset : offset + size]


def test_an_abort_names_the_layer_unless_it_was_the_peer() -> None:
    assert str(RtPAbort("why", by_peer=False, layer="session")) == "session: why"
    assert str(RtPAbort("why", by_peer=True, layer="session")) == "why"
