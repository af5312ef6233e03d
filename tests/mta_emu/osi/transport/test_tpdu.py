"""TPDUs of class 0."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.transport.tpdu import (
    CC,
    CR,
    DR,
    ER,
    DisconnectReason,
    RejectCause,
    Tpdu,
    TpduError,
    decode,
    encode,
    in_words,
)


def test_golden_tpdus() -> None:
    """Worked out by hand from X.224 13.3, 13.5 and 13.12."""
    cr = Tpdu(CR, source=1, parameters=((0xC0, b"\x0d"), (0xC1, b"X400"), (0xC2, b"MTA12")))
    assert encode(cr).hex(" ") == (
        "16 e0 00 00 00 01 00 c0 01 0d c1 04 58 34 30 30 c2 05 4d 54 41 31 32"
    )
    assert encode(Tpdu(DR, 1, 2, option=DisconnectReason.NORMAL)).hex(" ") == "06 80 00 01 00 02 80"
    er = Tpdu(ER, 1, option=RejectCause.INVALID_TPDU_TYPE, parameters=((0xC1, b"\x02\x30"),))
    assert encode(er).hex(" ") == "08 70 00 01 02 c1 02 02 30"


@given(
    st.sampled_from([CR, CC]),
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFF),
    st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=20)), max_size=4),
)
def test_tpdus_survive_the_wire(
    code: int, destination: int, source: int, parameters: list[tuple[int, bytes]]
) -> None:
    tpdu = Tpdu(code, destination, source, parameters=tuple(parameters))
    assert decode(encode(tpdu)) == tpdu


def test_a_repeated_parameter_has_its_last_value() -> None:
    assert Tpdu(CR, parameters=((0xC0, b"\x0d"), (0xC0, b"\x07"))).parameter(0xC0) == b"\x07"


@given(st.binary(max_size=300))
def test_whatever_comes_raises_tpdu_error_only(octets: bytes) -> None:
    try:
        tpdu = decode(octets)
    except TpduError:
        return
    assert len(tpdu.user_data) < len(octets)


@pytest.mark.parametrize("octets", [b"", b"\x00"])
def test_decode_raises_protocol_error_only(octets: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode(octets)


def test_a_code_in_words() -> None:
    assert in_words(DisconnectReason, 3) == "address unknown (3)"
    assert in_words(DisconnectReason, 127) == "unknown (127)"
