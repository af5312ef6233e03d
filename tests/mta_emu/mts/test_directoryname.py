"""Directory names as text."""

import pytest

from mta_emu.mts import directoryname
from mta_emu.osi.errors import ProtocolError

#: { C = US }, { O = Contoso }, { CN = "Smith, Jo" (TeletexString) + SN = x }
NAME = bytes.fromhex(
    "303c 310b 3009 0603 550406 1302 5553"
    " 3110 300e 0603 55040a 1307 436f6e746f736f"
    " 311b 3010 0603 550403 1409 536d6974682c204a6f 3007 0603 550404 1300"
)


def test_a_name() -> None:
    assert directoryname.to_text(NAME) == r"CN=Smith\, Jo+SN=,O=Contoso,C=US"


def test_writing() -> None:
    parts = [("C", "US"), ("O", "Contoso"), ("CN", "M\xfcller")]
    octets = bytes.fromhex(
        "3031 310b 3009 0603 550406 1302 5553"
        " 3110 300e 0603 55040a 1307 436f6e746f736f"
        " 3110 300e 0603 550403 1407 4d c875 6c6c6572"
    )
    assert directoryname.encode(parts) == octets
    assert directoryname.to_text(octets) == "CN=M\xfcller,O=Contoso,C=US"
    with pytest.raises(ValueError, match="not in T"):
        directoryname.encode([("CN", "\N{EURO SIGN}")])


def test_attributes_that_are_not_known_have_numbers() -> None:
    assert directoryname.to_text(bytes.fromhex("300c 310a 3008 0603 2a0304 1301 78")) == "1.2.3.4=x"
    assert directoryname.to_text(bytes.fromhex("3000")) == ""


@pytest.mark.parametrize("octets", ["", "30", "3002 0201", "3004 3102 3000", "3006 3104 3002 0500"])
def test_what_is_none(octets: str) -> None:
    with pytest.raises(ProtocolError):
        directoryname.to_text(bytes.fromhex(octets))
