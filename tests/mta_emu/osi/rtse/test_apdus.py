"""Reliable transfer APDUs: their values and their ASN.1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.osi.asn1 import compile_modules
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse.apdus import Rtab, Rtoac, Rtorj, Rtorq
from mta_emu.osi.rtse.primitives import DialogueMode
from mta_emu.osi.session.primitives import ConnectionIdentifier

_CODEC = compile_modules("mta_emu.osi.asn1", "rtse", "x410")
NULL = b"\x05\x00"

identifiers = st.builds(
    ConnectionIdentifier,
    st.binary(max_size=20).map(lambda name: b"\x14" + bytes((len(name),)) + name),
    st.just(b"\x17\x0d260101000000Z"),
    st.sampled_from((b"", b"\x14\x0207")),
)
sizes = st.integers(0, 1 << 31), st.integers(1, 1 << 31)


@given(identifiers | st.none(), *sizes, st.sampled_from(DialogueMode), st.none() | st.just(12))
def test_rtorq_survives_the_wire(
    recover: ConnectionIdentifier | None,
    checkpoint_size: int,
    window_size: int,
    mode: DialogueMode,
    protocol: int | None,
) -> None:
    user_data = b"" if recover else NULL
    rtorq = Rtorq(user_data, recover, checkpoint_size, window_size, mode, protocol)
    octets = _CODEC.encode("RTORQapdu", rtorq.to_asn1())
    assert Rtorq.from_asn1(_CODEC.decode("RTORQapdu", octets)) == rtorq


@given(identifiers | st.none(), *sizes)
def test_rtoac_survives_the_wire(
    recover: ConnectionIdentifier | None, checkpoint_size: int, window_size: int
) -> None:
    rtoac = Rtoac(b"" if recover else NULL, recover, checkpoint_size, window_size)
    octets = _CODEC.encode("RTOACapdu", rtoac.to_asn1())
    assert Rtoac.from_asn1(_CODEC.decode("RTOACapdu", octets)) == rtoac


@pytest.mark.parametrize(
    ("apdu", "value", "octets"),
    [  # by hand from X.228 9.1; defaults are left out
        ("rtorq-apdu", Rtorq(NULL, checkpoint_size=63), "b0 09 80013f a304 a0020500"),
        ("rtoac-apdu", Rtoac(NULL, checkpoint_size=1), "b1 09 800101 a204 a0020500"),
        ("rtorj-apdu", Rtorj(1), "b2 03 800101"),
        ("rtorj-apdu", Rtorj(user_data=NULL), "b2 04 a102 0500"),
        ("rtab-apdu", Rtab(4), "b6 03 800104"),
        ("rtab-apdu", Rtab(6, NULL), "b6 07 800106 a202 0500"),
    ],
)
def test_golden_apdus(apdu: str, value: Rtorq | Rtoac | Rtorj | Rtab, octets: str) -> None:
    assert _CODEC.encode("RTSE-apdus", (apdu, value.to_asn1())) == bytes.fromhex(octets)
    kind, fields = _CODEC.decode("RTSE-apdus", bytes.fromhex(octets))
    assert (kind, type(value).from_asn1(fields)) == (apdu, value)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("3109 8201 02 a304 a0020500", "dialogue mode 2: must be 0 or 1"),
        ("3109 8001 ff a304 a0020500", "checkpoint size -1"),
        ("3109 8101 00 a304 a0020500", "window size 0"),
    ],
)
def test_values_that_cannot_be(octets: str, text: str) -> None:
    with pytest.raises(ProtocolError, match=text):
        Rtorq.from_asn1(_CODEC.decode("RTORQapdu", bytes.fromhex(octets)))


def test_an_abort_without_a_reason_is_a_local_problem() -> None:
    assert Rtab.from_asn1({}) == Rtab(0)
