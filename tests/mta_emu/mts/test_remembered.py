"""What is remembered of what was read."""

import pytest

from mta_emu.mts.remembered import remembered


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
