"""The connections of one call: joined by firewalls' records, else by their octets and times."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from firewall_proxy.records import Connection
from mta_emu.decode.association import Association
from mta_emu.decode.joining import chains
from mta_emu.decode.steps import Side
from mta_lab.engines.records import Decided

Ends = tuple[str, str]  # calling, called: "address:port"


@dataclass(frozen=True)
class Joined:
    """The legs of a call, the caller's first, and the numbers of these associations, from 1.

    `between` has the firewall's name after each leg; None is a firewall that did not record it.
    """

    legs: tuple[Association, ...]
    numbers: tuple[int, ...]
    between: tuple[str | None, ...] = ()


def joined(
    associations: Sequence[Association], passed: Iterable[tuple[str, Connection | Decided]] = ()
) -> list[Joined]:
    """The calls, as they began; `passed` are the firewalls' records with their names, in order.

    A firewall that keeps both ends has one connection with the caller's and the called MTA's ends.
    """
    onward = _recorded(associations, passed)
    behind = {id(inner) for inner, _ in onward.values()}
    recorded = {*onward, *behind}
    alone = [each for each in associations if id(each) not in recorded]
    for chain in chains(alone):
        for outer, inner in pairwise(chain):
            onward[id(outer)] = inner, None
            behind.add(id(inner))
    numbers = {id(each): number for number, each in enumerate(associations, 1)}
    found = [_follow(each, onward, numbers) for each in associations if id(each) not in behind]
    return sorted(found, key=lambda each: began(each.legs[0]))


def ends(association: Association) -> Ends:
    """Both ends, as records have them."""
    return str(association.ends[Side.CALLING]), str(association.ends[Side.CALLED])


def began(association: Association) -> int:
    """When its first step was, in nanoseconds since the epoch."""
    return association.steps[0].time if association.steps else 0


_Onward = dict[int, tuple[Association, str | None]]  # by the identity of the association before


def _recorded(
    associations: Sequence[Association], passed: Iterable[tuple[str, Connection | Decided]]
) -> _Onward:
    by_ends: dict[Ends, list[Association]] = defaultdict(list)
    for each in associations:
        by_ends[ends(each)].append(each)
    taken: set[int] = set()
    onward: _Onward = {}
    for firewall, record in passed:
        if not record.onward_source or not record.onward_destination:
            continue
        before = record.source, record.destination
        after = record.onward_source, record.onward_destination
        if before == after:
            continue
        outer = next((each for each in by_ends[before] if id(each) not in onward), None)
        inner = next((each for each in by_ends[after] if id(each) not in taken), None)
        if outer is not None and inner is not None:
            onward[id(outer)] = inner, firewall
            taken.add(id(inner))
    return onward


def _follow(first: Association, onward: _Onward, numbers: Mapping[int, int]) -> Joined:
    legs, between = [first], []
    while (step := onward.get(id(legs[-1]))) and step[0] not in legs:
        legs.append(step[0])
        between.append(step[1])
    return Joined(tuple(legs), tuple(numbers[id(leg)] for leg in legs), tuple(between))
