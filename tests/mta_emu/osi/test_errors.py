"""What a decoder raises."""

import pytest

from mta_emu.osi.errors import ProtocolError, decoder


@decoder
def read(octets: bytes) -> int:
    """Reads a number."""
    first, _ = octets
    return {1: first}[first] // 0 if first > 1 else 0


@pytest.mark.parametrize("octets", [b"", b"\2\0", b"123", None])
def test_whatever_it_raises_is_the_peers_fault(octets: bytes) -> None:
    with pytest.raises(ProtocolError, match="test_errors: cannot be read: ") as raised:
        read(octets)
    assert raised.value.__cause__


def test_a_protocol_error_stays_as_it_is() -> None:
    @decoder
    def refuse() -> None:
        raise ProtocolError("no")

    with pytest.raises(ProtocolError, match=r"^no$"):
        refuse()


def test_what_is_not_the_peers_goes_on() -> None:
    @decoder
    def fail() -> None:
        raise OSError("the disk")

    with pytest.raises(OSError, match="the disk"):
        fail()


def test_what_it_reads_is_given() -> None:
    assert read(b"\1\0") == 0
