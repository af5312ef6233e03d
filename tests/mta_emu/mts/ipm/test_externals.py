"""Extended body parts and their EXTERNALs."""

import pytest

from mta_emu.mts.ipm import externals
from mta_emu.mts.values import Values
from mta_emu.osi.errors import ProtocolError


@pytest.mark.parametrize(
    ("octets", "identifier", "value"),
    [
        ("280b 0604 56010409 a003 0401 78", "2.6.1.4.9", b"x"),
        ("2809 0604 56010409 8101 78", "2.6.1.4.9", b"x"),
        ("280b 0604 56010409 a103 0401 78", "2.6.1.4.9", b"x"),
        ("280a 0604 56010409 8202 0078", "2.6.1.4.9", b"x"),
        ("2805 a003 0401 78", "", b"x"),
        ("280e 0604 56010409 0201 03 a003 0401 78", "2.6.1.4.9", b"x"),  # indirect reference
    ],
)
def test_reading(octets: str, identifier: str, value: bytes) -> None:
    values = Values.of(bytes.fromhex(octets))
    found = externals.read(values, values.whole())
    assert found.identifier == identifier
    assert values.short_string(found.string(values)) == value


@pytest.mark.parametrize("octets", ["2800", "2806 0604 56010409", "280c 064a 56"])
def test_what_is_none(octets: str) -> None:
    values = Values.of(bytes.fromhex(octets))
    with pytest.raises(ProtocolError):
        externals.read(values, values.whole())


def test_a_value_that_is_missing() -> None:
    values = Values.of(bytes.fromhex("2802 a000"))
    with pytest.raises(ProtocolError, match="without a value"):
        externals.read(values, values.whole()).encoding(values)


def test_writing() -> None:
    pieces = externals.extended("2.6.1.4.9", (b"\4\1", range(1)), ("2.6.1.11.9", b"\5\0"))
    *here, there = pieces
    parameters = "a00a 0604 56010b09 a002 0500"
    expected = f"af19 {parameters} 280b 0604 56010409 a003 0401"
    assert b"".join(map(bytes, here)) == bytes.fromhex(expected)
    assert there == range(1)
    values = Values.of(bytes.fromhex(expected) + b"x")
    data, found = externals.read_extended(values, values.whole())
    assert found
    assert (data.identifier, found.identifier) == ("2.6.1.4.9", "2.6.1.11.9")


def test_an_extended_body_part_without_data() -> None:
    values = Values.of(bytes.fromhex("af00"))
    with pytest.raises(ProtocolError, match="without data"):
        externals.read_extended(values, values.whole())
