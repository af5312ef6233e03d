"""Changed copies of frozen dataclasses."""

import dataclasses
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.frozen import replace


@dataclass(frozen=True)
class Base:
    a: int
    b: str = ""

    @cached_property
    def doubled(self) -> int:
        return 2 * self.a


@dataclass(frozen=True)
class Derived(Base):
    c: tuple[int, ...] = ()
    d: int | None = field(default=None, compare=False, kw_only=True)


@given(
    st.builds(Derived, st.integers(), st.text(), st.just((1,)), d=st.integers()),
    st.fixed_dictionaries(
        {}, optional={"a": st.integers(), "b": st.text(), "c": st.just((2,)), "d": st.none()}
    ),
)
def test_it_does_what_the_library_does(value: Derived, changes: dict[str, Any]) -> None:
    found, expected = replace(value, **changes), dataclasses.replace(value, **changes)
    assert type(found) is Derived
    assert (found, found.d) == (expected, expected.d)
    assert (hash(found), repr(found)) == (hash(expected), repr(expected))


def test_what_was_computed_is_computed_anew() -> None:
    value = Base(1)
    assert value.doubled == 2
    assert replace(value, a=2).doubled == 4
    assert value.a == 1


def test_a_field_that_is_not_there_is_named() -> None:
    changes: dict[str, Any] = {"x": 1}
    with pytest.raises(TypeError, match="Base has no x"):
        replace(Base(1), **changes)


@dataclass(frozen=True)
class Checked:
    a: int

    def __post_init__(self) -> None:
        assert self.a


@dataclass(frozen=True, slots=True)
class Slotted:
    a: int


@pytest.mark.parametrize("value", [Checked(1), Slotted(1)])
def test_what_it_cannot_copy_is_refused(value: Checked | Slotted) -> None:
    with pytest.raises(TypeError, match=r"dataclasses\.replace"):
        replace(value, a=2)
