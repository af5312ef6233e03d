"""PPDUs of the normal mode."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.presentation import ppdus
from mta_emu.osi.presentation.primitives import Pdv

_VALUES = st.lists(
    st.builds(
        Pdv,
        st.integers(1, 127),
        st.binary(max_size=60).map(lambda x: b"\x04" + bytes([len(x)]) + x),
    ),
    min_size=1,
    max_size=4,
).map(tuple)


def test_golden_values() -> None:
    """[APPLICATION 1] { { context 3, [0] NULL } }, worked out by hand from X.226 8.4.2."""
    values = (Pdv(3, b"\x05\x00"),)
    octets = bytes.fromhex("61 09 30 07 02 01 03 a0 02 05 00")
    assert ppdus.encode_values(values) == octets
    assert ppdus.decode_values(octets) == values


@pytest.mark.parametrize(
    "octets",
    [
        "61 0c 30 0a 06 01 51 02 01 03 a0 02 05 00",  # with its transfer syntax
        "61 80 30 80 02 01 03 a0 80 05 00 00 00 00 00 00 00",
        "61 09 30 07 02 01 03 81 02 05 00",  # octet-aligned
        "61 0a 30 08 02 01 03 82 03 00 05 00",  # arbitrary
    ],
)
def test_a_value_is_read_in_any_form(octets: str) -> None:
    assert ppdus.decode_values(bytes.fromhex(octets)) == (Pdv(3, b"\x05\x00"),)


@given(_VALUES)
def test_values_survive_the_wire(values: tuple[Pdv, ...]) -> None:
    assert ppdus.decode_values(ppdus.encode_values(values)) == values
    kind, abort = ppdus.decode_abort(ppdus.encode_user_abort(values))
    assert (kind, ppdus.values_in(abort)) == ("aru-ppdu", values)


@given(st.binary(max_size=60))
def test_whatever_comes_raises_protocol_error_only(octets: bytes) -> None:
    for decode in (
        ppdus.decode_connect,
        ppdus.decode_accept,
        ppdus.decode_refuse,
        ppdus.decode_abort,
        ppdus.decode_values,
    ):
        for candidate in (octets, b"\x31" + bytes([len(octets)]) + octets):
            try:
                decode(candidate)
            except ProtocolError:
                continue


def test_simply_encoded_data_needs_a_default_context() -> None:
    with pytest.raises(ProtocolError, match="simply encoded"):
        ppdus.decode_values(bytes.fromhex("40 02 05 00"))


@pytest.mark.parametrize(
    ("bits", "known"), [(b"\x80", True), (b"\xc0", True), (b"\x40", False), (b"", False)]
)
def test_version_1_is_among_those_proposed(bits: bytes, known: bool) -> None:
    assert ppdus.has_version_1({"protocol-version": (bits, 2)}) is known
    assert ppdus.has_version_1({})
