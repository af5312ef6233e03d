"""What the MTAs say: binds, and the APDUs of transfers."""

import pytest

from mta_emu.decode import mts
from mta_emu.decode.steps import Kind, Severity
from mta_emu.mts import bind
from mta_emu.mts.bind import BindError, Credentials
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse.primitives import Mode
from mta_emu.osi.session.spdu import Spdu
from tests.mta_emu.decode.test_association import message


@pytest.mark.parametrize("mode", Mode)
def test_an_argument_and_a_result(mode: Mode) -> None:
    credentials = Credentials("EXTERNAL", b"secret")
    layer, name = mts.read_bind(Spdu.CN, bind.encode_argument(credentials, mode))
    assert (layer.kind, layer.pdu, name) == (Kind.REQUEST, "argument", "EXTERNAL")
    assert layer.summary == 'EXTERNAL, password "secret"'
    layer, name = mts.read_bind(Spdu.AC, bind.encode_result(Credentials(), mode))
    assert (layer.kind, layer.pdu, name) == (Kind.RESPONSE, "result", "")
    assert layer.summary == "unauthenticated"


@pytest.mark.parametrize(
    ("octets", "error", "text"),
    [
        (bind.encode_error(BindError.BUSY), 0, "busy"),
        (b"\x02\x01\x02", 2, "authentication error"),  # as one old stack sends it
        (bytes.fromhex("b2 03 02 01 09"), 9, "error 9"),
    ],
)
def test_errors(octets: bytes, error: int, text: str) -> None:
    layer, _ = mts.read_bind(Spdu.RF, octets)
    assert layer.parameters == {"outcome": "refused", "error": error, "text": text}
    assert layer.summary == f"refused: {text}"


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_message_in_pieces(size: int) -> None:
    octets = message("x" * 500, "In pieces")
    transfer = mts.Transfer()
    for start in range(0, len(octets), size):
        transfer.feed(octets[start : start + size])
    layer = transfer.end()
    assert (layer.primitive, layer.pdu) == ("MESSAGE-TRANSFER", "message")
    assert layer.parameters["subject"] == "In pieces"
    assert layer.parameters["content_octets"] > 500
    assert 'subject "In pieces"' in layer.summary
    assert transfer.complaints == []


def test_an_apdu_that_is_not_whole() -> None:
    transfer = mts.Transfer()
    transfer.feed(message()[:-1])
    with pytest.raises(ProtocolError, match="the activity ends before the message does"):
        transfer.end()


def test_a_content_that_cannot_be_read_is_a_deviation() -> None:
    octets = message()
    content = octets.rindex(b"\x04", 0, octets.index(b"A subject") - 20)
    transfer = mts.Transfer()
    transfer.feed(octets[:content])
    rest = octets[content:]
    header = 2 if rest[1] < 0x80 else 2 + (rest[1] & 0x7F)
    transfer.feed(rest[:header] + b"\xff" * (len(rest) - header))
    layer = transfer.end()
    assert "subject" not in layer.parameters
    (complaint,) = transfer.complaints
    assert complaint.severity is Severity.DEVIATION
    assert complaint.text.startswith("content: ")


def test_of_a_long_content_the_subject_is_read() -> None:
    octets = message("x" * (1 << 20))
    transfer = mts.Transfer()
    transfer.feed(octets)
    layer = transfer.end()
    assert layer.parameters["subject"] == "A subject"
    assert "heading" not in layer.parameters
    assert layer.parameters["content_octets"] > 1 << 20
    assert transfer.complaints == []
