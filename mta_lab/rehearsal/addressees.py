"""Finds the patterns of O/R addresses that an address lies in, of many, without asking each."""

from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar

from mta_emu.mts.oraddress import ORAddress, matches

Owner = TypeVar("Owner")


class _Entry(NamedTuple, Generic[Owner]):
    number: int
    pattern: ORAddress
    owner: Owner


class Patterns(Generic[Owner]):
    """Patterns with their owners: an address is asked only about those that share a key with it."""

    def __init__(self, patterns: Iterable[tuple[ORAddress, Owner]]) -> None:
        self._by_key: dict[tuple[str, str] | None, list[_Entry[Owner]]] = {}
        for number, (pattern, owner) in enumerate(patterns):
            entry = _Entry(number, pattern, owner)
            self._by_key.setdefault(pattern.literal_key, []).append(entry)

    def owners(self, address: ORAddress) -> list[Owner]:
        """The owners of the patterns that an address lies in, each once, in their order."""
        candidates = [entry for key in (None, *address.keys) for entry in self._by_key.get(key, ())]
        found = (each.owner for each in sorted(candidates) if matches(each.pattern, address))
        return list(dict.fromkeys(found))
