"""Patterns that are found by key are those that match."""

from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts.oraddress import ORAddress, matches
from mta_lab.rehearsal.addressees import Patterns

words = st.sampled_from(["", "X", "x", " ", "XY", "X Y", "X  y"])
wild = st.one_of(words, st.sampled_from(["*", "X*", "*Y"]))


def addresses(values: st.SearchStrategy[str]) -> st.SearchStrategy[ORAddress]:
    names = ("country", "administration_domain", "organization", "surname")
    return st.builds(ORAddress, **dict.fromkeys(names, values))


@given(patterns=st.lists(addresses(wild), max_size=8), address=addresses(words))
def test_the_owners_are_those_of_the_patterns_that_match(
    patterns: list[ORAddress], address: ORAddress
) -> None:
    owned = [(pattern, number // 2) for number, pattern in enumerate(patterns)]
    expected = dict.fromkeys(owner for pattern, owner in owned if matches(pattern, address))
    assert Patterns(owned).owners(address) == list(expected)
