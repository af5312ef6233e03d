"""A condition in a cell of a state table; conditions combine as the Recommendations write them."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

Machine = TypeVar("Machine")


class Predicate(Generic[Machine]):
    """A condition on what a machine keeps, and on what the event brings: `p48 & ~p03`."""

    def __init__(self, holds: Callable[[Machine, Any], bool]) -> None:
        self._holds = holds

    def __call__(self, machine: Machine, what: Any) -> bool:
        """Whether it holds."""
        return self._holds(machine, what)

    def __and__(self, other: "Predicate[Machine]") -> "Predicate[Machine]":
        this, that = self._holds, other._holds
        return Predicate(lambda machine, what: this(machine, what) and that(machine, what))

    def __invert__(self) -> "Predicate[Machine]":
        holds = self._holds
        return Predicate(lambda machine, what: not holds(machine, what))


#: Holds for every machine.
always: Predicate[Any] = Predicate(lambda _machine, _what: True)
