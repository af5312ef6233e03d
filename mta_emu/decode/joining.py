"""The connections of a proxied call, found by what they carry and when.

A proxy makes a connection of its own and passes octets on as they are: the calls on its two sides
begin with the same octets in both directions, and the one behind it begins later, while the other
is open. Several proxies in a row make a longer chain.
"""

from collections.abc import Sequence

from mta_emu.decode.association import Association
from mta_emu.decode.steps import Side

_ENOUGH = 64  # octets of the caller that are no accident: a CR and some of a connect

Chain = tuple[Association, ...]


def chains(associations: Sequence[Association]) -> list[Chain]:
    """The associations, each with those behind it, in the order in which the first ones began."""
    found: list[list[Association]] = []
    for association in sorted(associations, key=_began):
        ahead = [chain for chain in found if _goes_on(chain[-1], association)]
        if ahead:
            ahead[-1].append(association)  # the last one that was waiting for it
        else:
            found.append([association])
    return [tuple(chain) for chain in found]


def _began(association: Association) -> int:
    return association.steps[0].time if association.steps else 0


def _ended(association: Association) -> int:
    return association.steps[-1].time if association.steps else 0


def _goes_on(outer: Association, inner: Association) -> bool:
    """Whether `inner` is what a proxy made of `outer`."""
    return (
        outer.ends != inner.ends
        and _began(inner) <= _ended(outer)
        and len(outer.beginnings[Side.CALLING]) >= _ENOUGH
        and all(_alike(outer.beginnings[side], inner.beginnings[side]) for side in Side)
    )


def _alike(one: bytes, other: bytes) -> bool:
    """Whether two streams are the same as far as both go; one may have been cut off earlier."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]
