"""ACSE APDUs, and which SPDU may carry which."""

import pytest

from mta_emu.decode import acse
from mta_emu.decode.presentation import ACSE_SYNTAX, RTSE_SYNTAX, Value
from mta_emu.decode.steps import Kind
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.session.spdu import Spdu

CONTEXT_NAME = "a1 06 06 04 56 00 01 06"  # mts-transfer
EXTERNAL = "28 09 02 01 03 a0 04 a4 02 05 00".replace("a4 02 05 00", "04 02 aa bb")
INFORMATION = "be 0b " + EXTERNAL
AARQ = bytes.fromhex("60 15 " + CONTEXT_NAME + INFORMATION)


def aare(result: int, source: int, diagnostic: int) -> bytes:
    results = f"a2 03 02 01 {result:02x} a3 05 a{source} 03 02 01 {diagnostic:02x}"
    return bytes.fromhex("61 14 " + CONTEXT_NAME + results)


def read(spdu: Spdu, octets: bytes, syntax: str = ACSE_SYNTAX) -> acse.Reading:
    return acse.read(spdu, [Value(1, syntax, octets)])


def test_a_request() -> None:
    reading = read(Spdu.CN, AARQ)
    assert reading.layer
    assert (reading.layer.primitive, reading.layer.pdu) == ("A-ASSOCIATE", "AARQ")
    assert reading.layer.summary == "mts-transfer"
    assert reading.context == acse.MTS_TRANSFER == "2.6.0.1.6"
    assert list(reading.values) == [Value(3, "", bytes.fromhex("04 02 aa bb"))]


def test_an_accept() -> None:
    reading = read(Spdu.AC, aare(0, 1, 0))
    assert reading.layer
    assert (reading.layer.kind, reading.layer.pdu) == (Kind.RESPONSE, "AARE")
    assert reading.wrong == ""


@pytest.mark.parametrize(
    ("source", "diagnostic", "text"),
    [
        (1, 1, "rejected permanently by the user: no reason given"),
        (1, 2, "rejected permanently by the user: application context name not supported"),
        (2, 2, "rejected permanently by the provider: no common ACSE version"),
        (1, 9, "rejected permanently by the user: diagnostic 9"),
    ],
)
def test_rejections(source: int, diagnostic: int, text: str) -> None:
    reading = read(Spdu.RF, aare(1, source, diagnostic))
    assert reading.layer
    assert reading.layer.summary == text
    assert (reading.layer.parameters["result"], reading.wrong) == (1, "")


def test_a_rejection_in_an_accepted_connection_is_wrong() -> None:
    reading = read(Spdu.AC, aare(1, 1, 1))
    assert reading.layer
    assert reading.wrong.endswith("in a connection that is accepted")


@pytest.mark.parametrize(
    ("spdu", "octets", "primitive", "parameters"),
    [
        (Spdu.FN, "62 03 80 01 00", "A-RELEASE", {"reason": 0}),
        (Spdu.DN, "63 00", "A-RELEASE", {}),
        (Spdu.AB, "64 03 80 01 01", "A-ABORT", {"abort_source": 1}),
    ],
)
def test_releases_and_aborts(
    spdu: Spdu, octets: str, primitive: str, parameters: dict[str, int]
) -> None:
    reading = read(spdu, bytes.fromhex(octets))
    assert reading.layer
    assert (reading.layer.primitive, reading.layer.parameters) == (primitive, parameters)


def test_other_values_pass_through() -> None:
    values = [Value(3, RTSE_SYNTAX, b"x")]
    assert acse.read(Spdu.DT, values) == acse.Reading(values=values)
    assert acse.read(Spdu.FN, []) == acse.Reading()


@pytest.mark.parametrize(
    ("spdu", "values", "text"),
    [
        (Spdu.DT, [Value(1, ACSE_SYNTAX, AARQ)], "AARQ in an SPDU DT, which carries none of ACSE"),
        (Spdu.AC, [Value(1, ACSE_SYNTAX, AARQ)], "AARQ in an SPDU AC: must be AARE"),
        (Spdu.CN, [Value(3, RTSE_SYNTAX, b"x")], "1 values, 0 of ACSE, where one APDU must be"),
        (Spdu.CN, [Value(1, ACSE_SYNTAX, AARQ)] * 2, "2 values, 2 of ACSE"),
        (Spdu.CN, [Value(1, ACSE_SYNTAX, b"\x05\x00")], "not a ACSE-apdu"),
    ],
)
def test_what_breaks_the_protocol(spdu: Spdu, values: list[Value], text: str) -> None:
    with pytest.raises(ProtocolError, match=text):
        acse.read(spdu, values)
