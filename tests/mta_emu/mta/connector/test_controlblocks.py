"""Control blocks, and the share of one caller."""

import pytest

from labkit.addresses import parse_address
from mta_emu.mta.connector.controlblocks import ControlBlocks

A, B = parse_address("192.0.2.1"), parse_address("2001:db8::1")


def test_the_lowest_free_one_first() -> None:
    blocks = ControlBlocks(3)
    assert [blocks.take() for _ in range(4)] == [1, 2, 3, None]
    blocks.give_back(2)
    blocks.give_back(1)
    assert [blocks.take(), blocks.take(), blocks.take()] == [1, 2, None]


@pytest.mark.parametrize(("count", "share"), [(2, 2), (15, 15), (16, 12), (20, 15), (1250, 937)])
def test_one_caller_cannot_take_them_all_where_there_are_many(count: int, share: int) -> None:
    """Q166602 has few: there one caller shows 9156 by taking all."""
    blocks = ControlBlocks(count)
    assert blocks.share == share
    taken = [index for _ in range(count) if (index := blocks.take(A))]
    assert len(taken) == blocks.held_by(A) == share
    others = [index for _ in range(count) if (index := blocks.take(B))]
    assert len(others) == count - share


def test_what_a_caller_gives_back_it_may_take_again() -> None:
    blocks = ControlBlocks(20)
    taken = [blocks.take(A) for _ in range(15)]
    assert blocks.take(A) is None
    assert blocks.take() == 16  # calls of our own have no share
    blocks.give_back(taken[3] or 0)
    assert blocks.take(A) == taken[3]
    for index in taken:
        blocks.give_back(index or 0)
    assert blocks.held_by(A) == 0
