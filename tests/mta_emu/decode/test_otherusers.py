"""Who else uses TPKT, by what they put on the wire."""

import pytest

from mta_emu.decode import otherusers

#: A CR with a cookie, and with a negotiation request; a CC with a response, and with a failure.
COOKIE = bytes.fromhex("11e00000000000") + b"Cookie: mstshash=user\r\n"
REQUEST = bytes.fromhex("0ee00000000000 01 00 0800 03000000")
COOKIE_AND_REQUEST = COOKIE + REQUEST[7:]
RESPONSE = bytes.fromhex("0ed00000123400 02 00 0800 01000000")
FAILURE = bytes.fromhex("0ed00000123400 03 00 0800 02000000")


@pytest.mark.parametrize("tpdu", [COOKIE, REQUEST, COOKIE_AND_REQUEST, RESPONSE, FAILURE])
def test_a_remote_desktop(tpdu: bytes) -> None:
    found = otherusers.of_connect(tpdu)
    assert found
    assert found.name == "RDP"


@pytest.mark.parametrize(
    "tpdu",
    [
        bytes.fromhex("09e00000708e00 c0010b"),  # an MTA's
        bytes.fromhex("11e00000000100 c0010a c1020100 c2020102"),  # a PLC's
        bytes.fromhex("09d00001007700 c0010a"),
        bytes.fromhex("0ef00000123400 02 00 0800 01000000"),  # data
        b"",
    ],
)
def test_an_osi_connect_is_nobodys_yet(tpdu: bytes) -> None:
    assert otherusers.of_connect(tpdu) is None


@pytest.mark.parametrize(
    ("octets", "name"),
    [
        ("32 01 0000", "S7"),
        ("32 03 0000", "S7"),
        ("72 01 00", "S7comm-plus"),
        ("7f 65 8201", "RDP or T.120"),
        ("0d 05 c103", None),  # a session CONNECT
        ("32", None),
        ("", None),
    ],
)
def test_the_first_octets_of_data(octets: str, name: str | None) -> None:
    found = otherusers.of_first_data(bytes.fromhex(octets))
    assert (found and found.name) == name


@pytest.mark.parametrize(
    ("context", "name"),
    [
        ("1.0.9506.2.3", "MMS"),
        ("1.0.8571.1.1", "FTAM"),
        ("2.5.3.1", "X.500 DAP"),
        ("2.6.0.1.0", "X.400 P3"),
        ("2.6.0.1.5", "X.400 P7"),
        ("1.2.3", "another OSI application"),
    ],
)
def test_application_contexts(context: str, name: str) -> None:
    found = otherusers.of_application_context(context)
    assert found == (name, f"application context {context}")
