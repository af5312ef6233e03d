"""What the first octets of a client are, and the answer where nobody takes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewall_proxy.request import LONGEST, NoRequest, Request, Unfinished, read, refusal
from tests.firewall_proxy.requests import ADDRESS_UNKNOWN, request, tpkt

DATA = tpkt(b"\x02\xf0\x80hello")


@pytest.mark.parametrize("called", [None, b"", b"MTA", b"\x01\x00", b"\x00" * 32])
def test_left_out_blank_text_and_octets_are_different(called: bytes | None) -> None:
    assert read(request(called)) == Request(called)
    assert read(request(called) + DATA) == Request(called)


def test_a_known_request() -> None:
    """Of a PLC's client: T-selectors 0x0100 and 0x0102, class 0, 1024 octets."""
    octets = bytes.fromhex("03000016 11 e0 0000 0001 00 c0010a c1020100 c2020102")
    assert read(octets) == Request(b"\x01\x02")


@given(st.one_of(st.none(), st.binary(max_size=32)), st.integers(0, 60))
def test_a_part_says_how_many_octets_must_be_there(called: bytes | None, cut: int) -> None:
    octets = request(called)
    while len(octets[:cut]) < len(octets):
        found = read(octets[:cut])
        assert isinstance(found, Unfinished)
        assert cut < found.octets <= len(octets)
        cut = found.octets
    assert read(octets[:cut]) == Request(called)


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "TPKT version 71: must be 3"),
        (b"\x03\x00\x00\x04", "TPKT length 4: must be at least 7"),
        (tpkt(b"\x02\xf0\x80x"), "TPDU 0xf0 is no connection request"),
        (tpkt(b"\x06\xd0\x00\x01\x00\x02\x00"), "TPDU 0xd0 is no connection request"),
        (tpkt(b"\x06\xe0\x00"), "the TPDU's header of 6 octets is not all here"),
        (tpkt(b"\xff" + b"\xe0" * 300), "the TPDU's header of 255 octets is not all here"),
        (tpkt(b"\x08\xe0\x00\x00\x00\x01\x00\xc2\x09"), "TPDU parameter 0xc2 runs beyond"),
        (tpkt(b"\x03\xe0\x00\x00"), "header of 3 octets is too short"),
        (tpkt(b"\x00\x00\x00"), "not one of class 0"),
    ],
)
def test_what_is_no_request_says_why(octets: bytes, why: str) -> None:
    found = read(octets)
    assert isinstance(found, NoRequest)
    assert why in found.text


@given(st.binary(max_size=600))
def test_no_octets_are_too_wrong_and_none_ask_for_more_than_there_can_be(octets: bytes) -> None:
    found = read(octets)
    if isinstance(found, Unfinished):
        assert len(octets) < found.octets <= LONGEST
    assert len(refusal(octets)) < 100


@pytest.mark.parametrize("called", [None, b"", b"NOBODY"])
def test_a_request_that_nobody_takes_gets_a_disconnect_request(called: bytes | None) -> None:
    assert refusal(request(called)) == ADDRESS_UNKNOWN
    assert refusal(request(called) + DATA) == ADDRESS_UNKNOWN


def test_another_tpdu_gets_an_error_and_what_is_no_tpkt_nothing() -> None:
    error = refusal(DATA)  # ER with cause 2, invalid TPDU type (X.224 13.12)
    assert error[5:9] == b"\x70\x00\x00\x02"
    assert refusal(b"GET / HTTP/1.1\r\n\r\n") == b""
    assert refusal(b"\x03\x00") == b""
    assert refusal(b"") == b""


def test_a_request_of_another_class_is_refused_for_that() -> None:
    octets = bytearray(request(b"MTA"))
    octets[10] = 0x40  # class 4
    assert refusal(bytes(octets))[10] == 130  # negotiation failed
