"""The measure tells linear from quadratic work."""

import pytest

from tests.scaling import assert_linear


def linear(octets: bytes) -> int:
    return sum(octets)


def quadratic_in_python(octets: bytes) -> int:
    seen: list[int] = []
    for at in range(len(octets)):
        if at not in seen:
            seen.append(at)
    return len(seen)


def quadratic_in_copies(octets: bytes) -> int:
    found = 0
    while octets:
        found += octets[0]
        octets = octets[1:]
    return found


def test_linear_work_passes() -> None:
    assert_linear(linear, bytes)


def test_work_that_cannot_be_measured_passes() -> None:
    assert_linear(len, bytes, largest=1 << 12)


@pytest.mark.parametrize("work", [quadratic_in_python, quadratic_in_copies])
def test_quadratic_work_is_found(work: object) -> None:
    with pytest.raises(AssertionError, match="more than linear"):
        assert_linear(work, bytes)  # type: ignore[arg-type]
