"""What is remembered of what was read."""

import gc
import tracemalloc
from collections.abc import Callable

import pytest

from labkit.frozen import replace
from mta_emu.mts import bounds, oraddress
from mta_emu.mts.oraddress import ORAddress
from mta_emu.osi.remembered import remembered


def test_short_octets_are_read_once_and_long_ones_each_time() -> None:
    read: list[int] = []

    @remembered
    def length(octets: bytes) -> int:
        read.append(len(octets))
        return len(octets)

    for octets in (b"ab", b"ab", bytes(300), bytes(300)):
        assert length(octets) == len(octets)
    assert read == [2, 300, 300]


def test_an_error_comes_again() -> None:
    @remembered
    def wrong(_: bytes) -> None:
        raise ValueError("wrong")

    for _ in range(2):
        with pytest.raises(ValueError, match="wrong"):
            wrong(b"")


def test_how_long_a_value_is_may_be_asked_of_it() -> None:
    read: list[int] = []

    def note(value: int) -> int:
        read.append(value)
        return value

    noted = remembered(note, 2, size=lambda value: value)
    assert [noted(value) for value in (1, 1, 300, 300)] == [1, 1, 300, 300]
    assert read == [1, 300, 300]


def _long(number: int) -> bytes:
    """The octets of an address with a surname that is much longer than its bound."""
    return oraddress.encode(ORAddress("US", " ", surname=f"{number:08}" * 5_000))


def _decode(octets: bytes) -> None:
    oraddress.decode(octets)


def _look_at_bounds(octets: bytes) -> None:
    assert bounds.address_violation(oraddress.decode(octets))


def _look_for(octets: bytes) -> None:
    assert oraddress.decode(octets).keys


def _write_changed(octets: bytes) -> None:
    oraddress.encode(replace(oraddress.decode(octets), surname="x" * len(octets)))


@pytest.mark.parametrize("use", [_decode, _look_at_bounds, _look_for, _write_changed])
def test_long_addresses_of_a_peer_are_not_kept(use: Callable[[bytes], None]) -> None:
    """Of 40 000 octets each: 50 of them would be 2 MB at least."""
    addresses = [_long(number) for number in range(50)]
    use(addresses[0])
    gc.collect()
    tracemalloc.start()
    try:
        for each in addresses:
            use(each)
        gc.collect()
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 500_000
