"""Session service primitives: their codes are those of the wire."""

from mta_emu.osi.session.primitives import (
    RTSE_FUNCTIONAL_UNITS,
    SUPPORTED_FUNCTIONAL_UNITS,
    FunctionalUnit,
    Part,
    SData,
    Token,
)


def test_functional_units_have_the_bits_of_the_parameter() -> None:
    """X.225 8.3.1.16; 0x0249 is what real stacks send for RTSE."""
    assert RTSE_FUNCTIONAL_UNITS == 0x0249
    assert RTSE_FUNCTIONAL_UNITS in SUPPORTED_FUNCTIONAL_UNITS
    assert FunctionalUnit.EXPEDITED not in SUPPORTED_FUNCTIONAL_UNITS


def test_tokens_have_the_bits_of_the_token_item() -> None:
    """X.225 8.3.16: two bits a token; a choice of the called side is the bit above."""
    tokens = (Token.DATA, Token.MINOR_SYNCHRONIZE, Token.MAJOR_ACTIVITY, Token.RELEASE)
    assert [int(token) for token in tokens] == [0x01, 0x04, 0x10, 0x40]


def test_a_part_is_whole_when_it_begins_and_ends() -> None:
    assert Part.BEGINNING | Part.END is Part.WHOLE
    assert SData(b"").part is Part.WHOLE
