"""Values that preserve the octets that they were read from."""

from dataclasses import dataclass, replace

from mta_emu.mts.preserved import Preserved


@dataclass(frozen=True)
class Number(Preserved):
    value: int


def test_the_octets_stay_until_the_value_changes() -> None:
    came = Number(5).came_as(b"five")
    assert Number(5).octets is None
    assert came.octets == b"five"
    assert replace(came, value=6).octets is None
    assert replace(replace(came, value=6), value=5).octets == b"five"
    assert came == Number(5)
