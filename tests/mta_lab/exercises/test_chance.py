"""What a seed chooses."""

from ipaddress import ip_network

from hypothesis import given
from hypothesis import strategies as st

from mta_lab.exercises.chance import Chance


def test_a_seed_chooses_the_same_for_ever() -> None:
    # worked out once; another value means that everybody's exercises have changed
    chance = Chance("whose-address", "1")
    assert [chance.number(0, 999) for _ in range(4)] == [171, 545, 374, 31]


@given(st.text(), st.text(), st.integers(-5, 5), st.integers(0, 20))
def test_numbers_lie_within_their_bounds(name: str, seed: str, least: int, more: int) -> None:
    chance = Chance(name, seed)
    assert all(least <= chance.number(least, least + more) <= least + more for _ in range(20))


@given(st.text(), st.integers(0, 9))
def test_some_are_different_ones(seed: str, count: int) -> None:
    some = Chance("x", seed).some(count, range(9))
    assert len({*some}) == len(some) == count


@given(st.text())
def test_shuffled_are_all(seed: str) -> None:
    assert sorted(Chance("x", seed).shuffled("abcd")) == [*"abcd"]


def test_exercise_and_seed_are_kept_apart() -> None:
    assert Chance("a", "b1").word(20) != Chance("ab", "1").word(20)


def test_addresses_are_those_of_hosts() -> None:
    network = ip_network("192.0.2.0/24")
    found = Chance("x", "1").addresses(200, network)
    assert len({*found}) == 200
    assert all(each in network for each in found)
    assert not {network.network_address, network.broadcast_address} & {*found}


def test_heads_and_tails_both_come() -> None:
    chance = Chance("x", "1")
    assert {chance.yes() for _ in range(50)} == {True, False}
