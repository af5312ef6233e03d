"""Which SPDU carries which primitive, and how."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.session.mapping import provider_abort, to_primitive, to_unit
from mta_emu.osi.session.primitives import (
    ConnectionIdentifier,
    SActivityDiscard,
    SActivityDiscardAck,
    SActivityEnd,
    SActivityEndAck,
    SActivityInterrupt,
    SActivityInterruptAck,
    SActivityResume,
    SActivityStart,
    SControlGive,
    SData,
    SPAbort,
    SRelease,
    SReleaseAccept,
    SSyncMinor,
    SSyncMinorAck,
    STokenGive,
    STokenPlease,
    STypedData,
    SUAbort,
    SUExceptionReport,
    Token,
)
from mta_emu.osi.session.spdu import Pi, Spdu, Unit, decode_tsdu, encode_tsdu

_DATA = st.binary(max_size=300)
_SERIAL = st.integers(0, 999_999)
_TOKENS = st.sampled_from([Token(bits) for bits in (1, 4, 5, 16, 17, 20, 21)])
_NAME = st.binary(min_size=1, max_size=6)
_OLD = st.builds(ConnectionIdentifier, st.binary(min_size=1, max_size=64), st.binary(max_size=64))
PRIMITIVES = st.one_of(
    st.builds(SData, _DATA),
    st.builds(STypedData, _DATA),
    st.builds(STokenPlease, _TOKENS, _DATA),
    st.builds(STokenGive, _TOKENS, _DATA),
    st.builds(SControlGive, _DATA),
    st.builds(SSyncMinor, _SERIAL, st.booleans(), _DATA),
    st.builds(SSyncMinorAck, _SERIAL, _DATA),
    st.builds(SUExceptionReport, st.integers(0, 255), _DATA),
    st.builds(SActivityStart, _NAME, _DATA),
    st.builds(SActivityResume, _NAME, _NAME, _SERIAL, st.none() | _OLD, st.just(b""), _DATA),
    st.builds(SActivityInterrupt, st.integers(0, 255), _DATA),
    st.builds(SActivityInterruptAck, _DATA),
    st.builds(SActivityDiscard, st.integers(0, 255), _DATA),
    st.builds(SActivityDiscardAck, _DATA),
    st.builds(SActivityEnd, _SERIAL, _DATA),
    st.builds(SActivityEndAck, _SERIAL, _DATA),
    st.builds(SRelease, _DATA),
    st.builds(SReleaseAccept, _DATA),
    st.builds(SUAbort, _DATA),
)


@given(PRIMITIVES)
def test_what_is_asked_for_is_what_is_heard(primitive: Any) -> None:
    (unit,) = decode_tsdu(encode_tsdu(to_unit(primitive)))
    assert to_primitive(unit) == primitive


@pytest.mark.parametrize(
    ("primitive", "octets"),
    [  # by hand from X.225 8.3: GT or PT without a token before an SPDU of category 2
        (SActivityStart(b"\x02\x01\x01"), "0100 2d 05 29 03 020101"),
        (SSyncMinor(3), "0100 31 03 2a 01 33"),
        (SSyncMinorAck(3), "0200 32 03 2a 01 33"),
        (SUExceptionReport(5), "0200 30 03 32 01 05"),
        (STokenPlease(Token.DATA), "02 03 10 01 01"),
        (SControlGive(), "15 00"),
        (SRelease(), "09 03 11 01 01"),
        (SUAbort(b"x"), "19 06 11 01 03 c1 01 78"),
    ],
)
def test_golden_spdus(primitive: Any, octets: str) -> None:
    assert encode_tsdu(to_unit(primitive)) == bytes.fromhex(octets)


@pytest.mark.parametrize(
    ("cause", "text"),
    [
        (0x05, "a protocol error"),
        (0x09, "no reason"),
        (0x11, "an implementation restriction"),
        (0x01, "no reason given"),
    ],
)
def test_an_abort_of_the_provider_in_words(cause: int, text: str) -> None:
    parameters = {Pi.TRANSPORT_DISCONNECT: bytes((cause,)), Pi.REFLECT: b"\x01\x02"}
    heard = to_primitive(Unit(Spdu.AB, parameters))
    assert heard == SPAbort(
        f"the peer's session aborted: {text} (it reflects 0x0102)", by_peer=True
    )


def test_our_abort_reflects_no_more_than_nine_octets() -> None:
    assert provider_abort(bytes(100)).get(Pi.REFLECT) == bytes(9)
    assert Pi.REFLECT not in provider_abort(b"").parameters


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        (Unit(Spdu.MIP, {Pi.SERIAL_NUMBER: b"x"}), "serial number 0x78"),
        (Unit(Spdu.MIP, {}), "serial number 0x:"),
        (Unit(Spdu.AS, {}), "activity identifier is missing"),
        (Unit(Spdu.AE, {Pi.SYNC_TYPE: b"\x01", Pi.SERIAL_NUMBER: b"1"}), "MAJOR SYNC POINT"),
    ],
)
def test_parameters_that_are_missing_or_wrong(unit: Unit, text: str) -> None:
    with pytest.raises(ProtocolError, match=text):
        to_primitive(unit)


def test_an_spdu_without_a_primitive_stays_one() -> None:
    assert to_primitive(Unit(Spdu.GTA)) == Unit(Spdu.GTA)
