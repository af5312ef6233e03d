"""Octets in pieces."""

from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts.pieces import Pieces, cut, length, tlv

ELSEWHERE = bytes(range(256))
pieces = st.lists(
    st.binary(max_size=20)
    | st.tuples(st.integers(0, 128), st.integers(0, 128)).map(lambda at: range(at[0], sum(at))),
    max_size=5,
).map(tuple)


def whole(some: Pieces) -> bytes:
    return b"".join(
        each if isinstance(each, bytes) else ELSEWHERE[each.start : each.stop] for each in some
    )


@given(pieces, st.integers(0, 500), st.integers(0, 500))
def test_a_cut_is_a_slice_of_the_whole(some: Pieces, offset: int, size: int) -> None:
    assert length(some) == len(whole(some))
    assert whole(tuple(cut(some, offset, size))) == whole(some)[offset : offset + size]


def test_a_value_around_pieces() -> None:
    assert tlv(b"\x30", b"ab", range(200)) == (b"\x30\x81\xca", b"ab", range(200))
