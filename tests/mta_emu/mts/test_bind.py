"""The MTA-bind."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts import bind
from mta_emu.mts.bind import BindError, Credentials
from mta_emu.osi.errors import ProtocolError

names = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=32)


def test_golden_argument() -> None:
    # [16] { [1] { name [0] "MTA", credentials [1] { IA5String "pw" } } }
    octets = bytes.fromhex("b00d a10b 8003 4d5441 a104 1602 7077")
    assert bind.encode_argument(Credentials("MTA", b"pw")) == octets
    assert bind.decode_argument(octets) == Credentials("MTA", b"pw")


def test_golden_error_and_the_bare_integer_of_an_old_stack() -> None:
    octets = bytes.fromhex("b203020102")  # [18] INTEGER 2
    assert bind.encode_error(BindError.AUTHENTICATION_ERROR) == octets
    assert bind.decode_error(octets) == BindError.AUTHENTICATION_ERROR
    assert bind.decode_error(bytes.fromhex("020103")) == BindError.UNACCEPTABLE_DIALOGUE_MODE


def test_unauthenticated() -> None:
    assert bind.encode_argument(Credentials()) == bytes.fromhex("b0020500")
    assert bind.decode_argument(bytes.fromhex("b0020500")) == Credentials()


def test_a_password_as_octet_string_is_the_same_password() -> None:
    octets = bytes.fromhex("b00d a10b 8003 4d5441 a104 0402 7077")
    assert bind.decode_argument(octets) == Credentials("MTA", b"pw")


def test_the_x410_modes_have_no_operation_around_the_bind() -> None:
    # [1] { mTAName [0] "MTA", password [1] { IA5String "pw" } }
    octets = bytes.fromhex("a10b 8003 4d5441 a104 1602 7077")
    assert bind.decode_argument(octets) == bind.decode_result(octets) == Credentials("MTA", b"pw")
    assert bind.decode_argument(b"\x05\x00") == bind.decode_result(b"\x05\x00") == Credentials()


@given(names, st.binary(max_size=64))
def test_credentials_survive_the_wire(name: str, password: bytes) -> None:
    credentials = Credentials(name, password)
    assert bind.decode_argument(bind.encode_argument(credentials)) == credentials
    assert bind.decode_result(bind.encode_result(credentials)) == credentials


def test_the_wrong_kind_is_named() -> None:
    with pytest.raises(ProtocolError, match="a bind result where the argument must be"):
        bind.decode_argument(bind.encode_result(Credentials("MTA", b"")))
    with pytest.raises(ProtocolError, match="where an error must be"):
        bind.decode_error(bind.encode_result(Credentials()))


@given(st.binary(max_size=40))
def test_whatever_comes_is_a_bind_or_a_protocol_error(octets: bytes) -> None:
    for decode in (bind.decode_argument, bind.decode_result, bind.decode_error):
        with suppress(ProtocolError):
            decode(octets)


def test_a_bind_error_has_no_more_digits_than_a_number() -> None:
    with pytest.raises(ProtocolError, match="an INTEGER of 2001 octets"):
        bind.decode_error(b"\x02\x82\x07\xd1\x01" + bytes(2000))


@pytest.mark.parametrize(
    ("octets", "reason", "text"),
    [
        (b"", 0, "without a reason"),
        (b"", 2, "authentication error (2)"),
        (
            bind.encode_error(BindError.UNACCEPTABLE_DIALOGUE_MODE),
            0,
            "unacceptable dialogue mode (3)",
        ),
        (bytes.fromhex("020109"), 0, "unknown error (9)"),
    ],
)
def test_an_error_is_said_in_words(octets: bytes, reason: int, text: str) -> None:
    assert bind.error_in_words(octets, reason) == text
