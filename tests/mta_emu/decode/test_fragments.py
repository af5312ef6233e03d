"""Datagrams from fragments, in whatever order they come, and those that never become whole."""

from hypothesis import given
from hypothesis import strategies as st

from mta_emu.decode.fragments import Fragments, Name

ONE = Name(b"\x0a\0\0\1", b"\x0a\0\0\2", 6, 77)
OTHER = ONE._replace(identification=78)
SECOND = 10**9


def pieces(datagram: bytes, size: int) -> list[tuple[int, bytes, bool]]:
    """(offset, octets, whether it is the last) of each fragment."""
    return [
        (start, datagram[start : start + size], start + size >= len(datagram))
        for start in range(0, len(datagram), size)
    ]


@given(
    datagram=st.binary(min_size=1, max_size=400),
    size=st.sampled_from([8, 16, 64, 512]),
    randoms=st.randoms(use_true_random=False),
)
def test_any_order_gives_the_datagram_once(datagram: bytes, size: int, randoms) -> None:  # type: ignore[no-untyped-def]
    fragments = Fragments()
    parts = pieces(datagram, size)
    randoms.shuffle(parts)
    found = [fragments.add(ONE, 0, at, piece, last=last) for at, piece, last in parts]
    assert found[-1] == datagram
    assert found[:-1] == [None] * (len(parts) - 1)
    fragments.ended()
    assert fragments.given_up == 0


def test_datagrams_are_told_apart_and_copies_count_once() -> None:
    fragments = Fragments()
    for name in (ONE, OTHER, ONE):  # the first one twice, as a capture of two interfaces has it
        assert fragments.add(name, 0, 0, bytes((name.identification,)) * 8, last=False) is None
    assert fragments.add(OTHER, 0, 8, b"end", last=True) == b"N" * 8 + b"end"
    assert fragments.add(ONE, 0, 8, b"end", last=True) == b"M" * 8 + b"end"


def test_what_lacks_a_piece_is_given_up_at_the_end() -> None:
    fragments = Fragments()
    fragments.add(ONE, 0, 0, bytes(8), last=False)
    fragments.add(ONE, 0, 16, bytes(8), last=True)
    assert fragments.given_up == 0
    fragments.ended()
    assert fragments.given_up == 2


def test_an_identification_is_used_again_after_a_while() -> None:
    fragments = Fragments()
    fragments.add(ONE, 0, 0, b"old part", last=False)
    assert fragments.add(ONE, 61 * SECOND, 8, b"end", last=True) is None
    assert fragments.given_up == 1
    assert fragments.add(ONE, 62 * SECOND, 0, b"new part", last=False) == b"new partend"


def test_overlaps_are_given_up() -> None:
    fragments = Fragments()
    fragments.add(ONE, 0, 0, bytes(16), last=False)
    assert fragments.add(ONE, 0, 8, bytes(16), last=True) is None
    assert fragments.given_up == 2


def test_what_is_kept_is_bounded() -> None:
    fragments = Fragments()
    count = 2000
    for number in range(count):  # 128 MB
        fragments.add(ONE._replace(identification=number), 0, 8, bytes(64000), last=False)
    assert fragments._held <= 1 << 25
    assert fragments.given_up > count // 2
