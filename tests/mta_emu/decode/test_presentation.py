"""PPDUs in normal mode: contexts that were proposed, accepted and used."""

import pytest

from mta_emu.decode.presentation import ACSE_SYNTAX, RTSE_SYNTAX, Presentation, Value
from mta_emu.decode.steps import Kind
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.session.spdu import Spdu

BER = "30 04 06 02 51 01"  # the transfer syntax 2.1.1


def context(number: int, syntax: str) -> str:
    oid = f"06 {len(bytes.fromhex(syntax)):02x} {syntax}"
    return tlv("30", f"02 01 {number:02x} {oid} {BER}")


def tlv(tag: str, contents: str) -> str:
    return f"{tag} {len(bytes.fromhex(contents)):02x} {contents}"


ACSE, RTSE, MTSE = "52 01 00 01", "56 00 02 0c", "56 00 02 07"
MODE = tlv("a0", "80 01 01")  # normal
CONTEXTS = tlv("a4", context(1, ACSE) + context(3, RTSE) + context(5, MTSE))
VALUE = tlv("61", tlv("30", "02 01 01 a0 02 05 00"))  # NULL in context 1
CP = bytes.fromhex(tlv("31", MODE + tlv("a2", "81 01 aa" + CONTEXTS + VALUE)))
ACCEPTED, BY_USER, BY_PROVIDER = (tlv("30", f"80 01 0{n} 81 02 51 01") for n in range(3))
CPA = bytes.fromhex(tlv("31", MODE + tlv("a2", tlv("a5", ACCEPTED + BY_USER + ACCEPTED) + VALUE)))


@pytest.fixture
def connected() -> Presentation:
    presentation = Presentation()
    presentation.read(Spdu.CN, CP)
    return presentation


def data(number: int) -> bytes:
    return bytes.fromhex(tlv("61", tlv("30", f"02 01 {number:02x} a0 02 05 00")))


def test_a_connect() -> None:
    layer, values = Presentation().read(Spdu.CN, CP)
    assert layer
    assert (layer.primitive, layer.kind, layer.pdu) == ("P-CONNECT", Kind.REQUEST, "CP")
    assert layer.summary == "contexts 1 ACSE, 3 MTA-RTSE, 5 MTSE"
    assert layer.parameters["contexts"][1] == {
        "identifier": 3,
        "abstract_syntax": RTSE_SYNTAX,
        "transfer_syntaxes": ["2.1.1"],
    }
    assert layer.parameters["calling_p_selector"] == "aa"
    assert values == [Value(1, ACSE_SYNTAX, b"\x05\x00")]


def test_only_accepted_contexts_are_in_use(connected: Presentation) -> None:
    layer, _ = connected.read(Spdu.AC, CPA)
    assert layer
    assert layer.parameters["results"] == ["accepted", "rejected by the user", "accepted"]
    assert layer.summary == "context 3 rejected by the user"
    with pytest.raises(ProtocolError, match="a value in context 3: in use are 1, 5"):
        connected.read(Spdu.DT, data(3))
    layer, values = connected.read(Spdu.DT, data(5))
    assert layer
    assert (layer.primitive, layer.parameters) == ("P-DATA", {"contexts": [5]})
    assert values == [Value(5, "2.6.0.2.7", b"\x05\x00")]


def test_contexts_of_values_in_externals(connected: Presentation) -> None:
    assert connected.not_in_use(3, "an EXTERNAL") == ""
    assert connected.not_in_use(None, "an EXTERNAL") == ""
    wrong = connected.not_in_use(99, "an EXTERNAL")
    assert wrong == "an EXTERNAL in context 99: in use are 1, 3, 5"


def test_where_the_capture_lacks_the_connect_contexts_are_presumed() -> None:
    presentation = Presentation()
    assert presentation.not_in_use(99, "an EXTERNAL") == ""
    assert presentation.read(Spdu.DT, data(7))[1] == [Value(7, RTSE_SYNTAX, b"\x05\x00")]
    assert presentation.read(Spdu.FN, data(7))[1] == [Value(7, ACSE_SYNTAX, b"\x05\x00")]


def test_a_refusal_by_the_provider() -> None:
    layer, values = Presentation().read(Spdu.RF, bytes.fromhex("30 03 8a 01 03"))
    assert layer
    assert layer.summary == "refused by the provider: called presentation address unknown"
    assert layer.parameters["provider_reason"] == 3
    assert values == []


def test_an_abort_by_the_provider() -> None:
    layer, values = Presentation().read(Spdu.AB, bytes.fromhex("30 03 80 01 02"))
    assert layer
    assert (layer.primitive, layer.pdu, layer.summary) == ("P-P-ABORT", "ARP", "unexpected PPDU")
    assert values == []


def test_an_abort_by_the_user(connected: Presentation) -> None:
    layer, values = connected.read(Spdu.AB, bytes.fromhex(tlv("a0", VALUE)))
    assert layer
    assert (layer.primitive, layer.pdu) == ("P-U-ABORT", "ARU")
    assert [value.syntax for value in values] == [ACSE_SYNTAX]


@pytest.mark.parametrize("spdu", [Spdu.RF, Spdu.AB, Spdu.DT, Spdu.FN])
def test_no_data_are_no_ppdu(spdu: Spdu) -> None:
    assert Presentation().read(spdu, b"") == (None, [])


@pytest.mark.parametrize(
    ("spdu", "octets", "text"),
    [
        (Spdu.GTA, "61 00", "user data in an SPDU GTA, which carries none"),
        (Spdu.CN, tlv("31", MODE), "CP-type in normal mode without its parameters"),
        (Spdu.DT, "60 00", "simply encoded data"),
        (Spdu.CN, "04 00", "not a CP-type"),
    ],
)
def test_what_breaks_the_protocol(spdu: Spdu, octets: str, text: str) -> None:
    with pytest.raises(ProtocolError, match=text):
        Presentation().read(spdu, bytes.fromhex(octets))
