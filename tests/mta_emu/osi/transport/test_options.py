"""The TPDU size: what can be proposed, and what both sides agree on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.osi.transport.options import (
    MAX_TPDU_SIZE,
    TransportOptions,
    agreed_size,
    proposed_size,
    size_parameters,
)
from mta_emu.osi.transport.tpdu import CR, Tpdu

_SIZES = st.one_of(st.integers(1, 511).map(lambda units: units * 128), st.just(MAX_TPDU_SIZE))


@pytest.mark.parametrize("size", [0, 64, 1000, 65530, 65536])
def test_a_size_that_cannot_be_said_is_our_own_fault(size: int) -> None:
    with pytest.raises(ValueError, match="TPDU size"):
        TransportOptions(max_tpdu_size=size)


@given(_SIZES, _SIZES)
def test_both_sides_agree_on_the_same_size(calling: int, called: int) -> None:
    cr = Tpdu(CR, parameters=size_parameters(TransportOptions(calling).max_tpdu_size))
    assert proposed_size(cr) == calling
    agreed = agreed_size(called, cr)
    preferred = cr.parameter(0xF0) is not None
    cc = Tpdu(CR, parameters=size_parameters(agreed, preferred=preferred))
    assert agreed_size(calling, cc) == agreed
    assert min(calling, called) - 128 < agreed <= min(calling, called)
