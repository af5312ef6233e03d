"""TPKT: RFC 1006 clause 6."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.tpkt import MAX_LENGTH, TpktReader, frame


def test_golden_frame() -> None:
    # version 3, reserved 0, length 4 + 4
    assert frame(b"\x02\xf0\x80\x01") == bytes.fromhex("03 00 0008 02f08001")


@pytest.mark.parametrize("size", [0, 2, MAX_LENGTH - 3])
def test_what_does_not_fit_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="must be 7 to 65535"):
        frame(bytes(size))


@given(st.lists(st.binary(min_size=3, max_size=400), max_size=6), st.data())
def test_any_split_of_the_stream_gives_the_tpdus(tpdus: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(map(frame, tpdus))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    reader = TpktReader()
    found = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += list(reader.feed(stream[start:end]))
    assert found == tpdus


def test_the_reserved_octet_is_ignored() -> None:  # KB Q157015
    assert list(TpktReader().feed(bytes.fromhex("03 ff 0007 02f080"))) == [b"\x02\xf0\x80"]


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("04 00 0008", "version 4: must be 3"),
        ("03 00 0006", "length 6"),
        ("03 00 0000", "length 0"),
    ],
)
def test_other_headers_are_errors(octets: str, text: str) -> None:
    with pytest.raises(ProtocolError, match=text):
        list(TpktReader().feed(bytes.fromhex(octets)))


def test_the_longest_tpkt_passes() -> None:
    assert list(TpktReader().feed(frame(bytes(MAX_LENGTH - 4)))) == [bytes(MAX_LENGTH - 4)]
