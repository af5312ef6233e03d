"""Conditions of state tables."""

from itertools import product

import pytest

from mta_emu.osi.predicate import Predicate, always

first = Predicate[tuple[bool, bool]](lambda machine, _: machine[0])
second = Predicate[tuple[bool, bool]](lambda machine, _: machine[1])


@pytest.mark.parametrize("machine", list(product((False, True), repeat=2)))
def test_they_combine(machine: tuple[bool, bool]) -> None:
    one, other = machine
    assert (first & second)(machine, None) is (one and other)
    assert (first & ~second)(machine, None) is (one and not other)
    assert (~first)(machine, None) is not one
    assert (~(first & second))(machine, None) is not (one and other)
    assert always(machine, None)


def test_they_look_at_the_event_too() -> None:
    later = Predicate[int](lambda machine, what: what > machine)
    assert (later & ~Predicate[int](lambda _, what: what == 3))(1, 2)
    assert not later(1, 1)


def test_what_is_not_asked_for_is_not_looked_at() -> None:
    """`a & b` may rely on `a` in `b`, as cells do."""
    failing = Predicate[None](lambda _machine, _what: 1 // 0 == 0)
    assert not (~always & failing)(None, None)
