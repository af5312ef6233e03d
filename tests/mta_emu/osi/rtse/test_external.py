"""The EXTERNAL around a transferred APDU."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse.external import ExternalReader, external
from mta_emu.osi.rtse.primitives import Octets


def test_golden_octets() -> None:
    # EXTERNAL { indirect-reference 5, single-ASN1-type [0] NULL }
    source = external(5, Octets(b"\x05\x00"))
    assert source.read(0, 100) == bytes.fromhex("28 07 02 01 05 a0 02 05 00")


@given(st.binary(min_size=1, max_size=400), st.integers(1, 50), st.data())
def test_any_pieces_give_the_apdu_back(apdu: bytes, size: int, data: st.DataObject) -> None:
    source = external(5, Octets(apdu))
    read = b"".join(source.read(at, size) for at in range(0, source.length, size))
    assert len(read) == source.length
    cuts = sorted(data.draw(st.lists(st.integers(0, len(read)), max_size=6)))
    reader = ExternalReader()
    pieces = zip([0, *cuts], [*cuts, len(read)], strict=True)
    assert b"".join(reader.feed(read[start:end]) for start, end in pieces) == apdu


@pytest.mark.parametrize(
    "octets",
    [
        "280b 06025101 020105 a0020500",  # with a direct reference
        "2880 020105 a080 0500 0000 0000",  # both of indefinite length, as PP writes it
        "2809 020105 a080 0500 0000",
        "2880 020105 a002 0500 0000",
        "2807 020105 8102 0500",  # octet-aligned
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 20])
def test_other_forms_are_read_without_what_ends_them(octets: str, size: int) -> None:
    reader, whole = ExternalReader(), bytes.fromhex(octets)
    pieces = [reader.feed(whole[at : at + size]) for at in range(0, len(whole), size)]
    assert b"".join(pieces) == b"\x05\x00"
    assert reader.context == 5


@pytest.mark.parametrize("octets", ["0500", "2803 040105", "2880" + "0700" * 200])
def test_what_is_no_external_is_an_error(octets: str) -> None:
    with pytest.raises(ProtocolError, match="EXTERNAL"):
        ExternalReader().feed(bytes.fromhex(octets))
