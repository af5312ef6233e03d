"""What a seed chooses: the same on every machine, and with every version of Python.

Only `random.Random.random` of a text is promised to stay as it is (the documentation of `random`,
"Notes on Reproducibility"), so everything else is made of it here.
"""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

from labkit.addresses import IPAddress, IPNetwork

T = TypeVar("T")

_LETTERS = "abcdefghjkmnpqrstuvwxyz"  # without those that are taken for digits


class Chance:
    """The choices of one exercise and one seed, in the order in which they are asked for."""

    def __init__(self, exercise: str, seed: str) -> None:
        """Begin the choices that belong to the exercise's name and the seed."""
        self._random = Random(f"{exercise}\n{seed}")

    def number(self, least: int, most: int) -> int:
        """A number from `least` to `most`, both included."""
        return least + int(self._random.random() * (most - least + 1))

    def yes(self) -> bool:
        """Heads or tails."""
        return self.number(0, 1) == 1

    def one(self, of: Sequence[T]) -> T:
        """One of several."""
        return of[self.number(0, len(of) - 1)]

    def some(self, count: int, of: Sequence[T]) -> tuple[T, ...]:
        """So many of several, each at most once, in an order of chance."""
        left = [*of]
        return tuple(left.pop(self.number(0, len(left) - 1)) for _ in range(count))

    def shuffled(self, of: Sequence[T]) -> tuple[T, ...]:
        """All, in an order of chance."""
        return self.some(len(of), of)

    def word(self, length: int = 8) -> str:
        """Letters without a meaning, for passwords and selectors."""
        return "".join(self.one(_LETTERS) for _ in range(length))

    def addresses(self, count: int, network: IPNetwork) -> tuple[IPAddress, ...]:
        """So many addresses of hosts in a network, all different."""
        return tuple(network[each] for each in self.some(count, range(1, 255)))
