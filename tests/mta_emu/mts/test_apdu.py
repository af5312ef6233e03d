"""The message APDU, written and read as a stream."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts.apdu import (
    MAX_ENVELOPE,
    MAX_REPORT,
    ApduKind,
    ApduReader,
    message_prefix,
)
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError

ENVELOPE = bytes.fromhex("3103020101")

pieces = st.lists(st.binary(max_size=30), max_size=4)


def constructed(parts: list[bytes], *, definite: bool) -> bytes:
    inner = b"".join(ber.tlv(b"\x04", part) for part in parts)
    return ber.tlv(b"\x24", inner) if definite else b"\x24\x80" + inner + b"\x00\x00"


def test_golden_prefix() -> None:
    # [0] { SET envelope, OCTET STRING of 3 }
    octets = bytes.fromhex("a00a 3103020101 0403")
    assert message_prefix(ENVELOPE, 3) == octets


@given(st.binary(max_size=500), st.data())
def test_any_pieces_give_the_message(content: bytes, data: st.DataObject) -> None:
    octets = message_prefix(ENVELOPE, len(content)) + content
    cuts = sorted(data.draw(st.lists(st.integers(0, len(octets)), max_size=6)))
    reader = ApduReader()
    fed = [reader.feed(octets[a:b]) for a, b in zip([0, *cuts], [*cuts, len(octets)], strict=True)]
    assert b"".join(fed) == content
    assert reader.complete
    assert reader.head == ENVELOPE


@given(pieces, st.booleans(), st.booleans(), st.integers(1, 9))
def test_contents_in_pieces_are_joined(
    parts: list[bytes], definite: bool, nested: bool, size: int
) -> None:
    content = constructed(parts, definite=definite)
    if nested:
        content = b"\x24\x80" + content + content + b"\x00\x00"
    octets = b"\xa0\x80\x31\x80\x02\x01\x01\x00\x00" + content + b"\x00\x00"
    reader = ApduReader()
    found = b"".join(reader.feed(octets[at : at + size]) for at in range(0, len(octets), size))
    assert found == b"".join(parts) * (2 if nested else 1)
    assert reader.complete
    assert reader.head == bytes.fromhex("3180 020101 0000")  # as it came


@pytest.mark.parametrize("kind", [ApduKind.REPORT, ApduKind.PROBE])
@given(size=st.integers(1, 9))
def test_reports_and_probes_are_kept_whole(kind: ApduKind, size: int) -> None:
    octets = bytes((kind,)) + bytes.fromhex("80 3103020101 2480 0401aa 0000 0000")
    reader = ApduReader()
    for at in range(0, len(octets), size):
        assert not reader.complete
        assert reader.feed(octets[at : at + size]) == b""
    assert reader.complete
    assert (reader.kind, reader.head) == (kind, octets)


def test_a_report_that_never_ends_is_bounded() -> None:
    reader = ApduReader()
    reader.feed(b"\xa1\x80")
    part = b"\x04\x83\x00\xff\xfa" + bytes(0xFFFA)
    for _ in range(MAX_REPORT // len(part)):
        assert reader.feed(part) == b""
    with pytest.raises(ProtocolError, match="a report of more than 4194304"):
        reader.feed(part)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("3000", "BER tag 0x30 where an MTS-APDU"),
        ("a080 0400", "where an envelope must be"),
        ("a080 3100 0500", "where an OCTET STRING must be"),
        ("a080 3100 2403 0405", "goes beyond the value around it"),
        ("a080 3100 0401aa 000000", "octets after the end of the APDU"),
        ("a006 3100 0401aa 00", "octets after the end of the APDU"),
        ("a102 3100 00", "octets after the end of the APDU"),
    ],
)
def test_other_apdus_are_errors(octets: str, text: str) -> None:
    with pytest.raises(ProtocolError, match=text):
        ApduReader().feed(bytes.fromhex(octets))


def test_an_envelope_that_never_ends_is_bounded() -> None:
    reader = ApduReader()
    reader.feed(b"\xa0\x80\x31\x80")
    part = b"\x04\x83\x00\xff\xfc" + bytes(0xFFFC)
    for _ in range(MAX_ENVELOPE // len(part)):
        assert reader.feed(part) == b""
    with pytest.raises(ProtocolError, match="more than 1048576"):
        reader.feed(part)


def test_incomplete_until_the_last_octet() -> None:
    reader = ApduReader()
    reader.feed(message_prefix(ENVELOPE, 3) + b"ab")
    assert not reader.complete
    reader.feed(b"c")
    assert reader.complete


def test_what_follows_an_apdu_is_refused_at_once_and_not_kept() -> None:
    reader = ApduReader()
    assert reader.feed(message_prefix(ENVELOPE, 2) + b"ab") == b"ab"
    for _ in range(2):
        with pytest.raises(ProtocolError, match="octets after the end"):
            reader.feed(bytes(1 << 20))


def test_the_mark_of_an_indefinite_length_may_come_by_itself() -> None:
    reader = ApduReader()
    reader.feed(bytes.fromhex("a080 3100 0401aa"))
    assert reader.complete
    assert reader.feed(b"\0") == reader.feed(b"\0") == b""
    with pytest.raises(ProtocolError, match="octets after the end"):
        reader.feed(b"\0")
