"""Streams from segments: whatever happened on the way, the octets come once and in order."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.decode.segment import Address, Segment
from mta_emu.decode.tcp import (
    Absent,
    Connection,
    Connections,
    Direction,
    Finished,
    Gap,
    Octets,
    Opened,
    Part,
    Said,
)

A, B = Address("192.0.2.1", 40000), Address("192.0.2.2", 102)


def segment(
    source: Address = A,
    sequence: int = 0,
    data: bytes = b"",
    *,
    acknowledgement: int | None = 0,
    flags: str = "",
    cut: int = 0,
) -> Segment:
    return Segment(
        frame=1,
        time=0,
        source=source,
        destination=B if source == A else A,
        sequence=sequence % 2**32,
        acknowledgement=None if acknowledgement is None else acknowledgement % 2**32,
        syn="S" in flags,
        fin="F" in flags,
        rst="R" in flags,
        data=data,
        cut=cut,
    )


def syn(isn: int) -> Segment:
    return segment(sequence=isn - 1, flags="S", acknowledgement=None)


def play(segments: Iterable[Segment], *, end: bool = True) -> tuple[list[Part], Connection]:
    """What A's stream is made of."""
    connections = Connections((102,))
    parts: list[Part] = []
    for each in segments:
        connection = connections.of(each)
        parts += [said.part for said in connection.feed(each) if said.sender == A]
    if end:
        parts += [said.part for said in connection.ended(1, 0) if said.sender == A]
    return parts, connection


def octets(parts: Iterable[Part]) -> bytes:
    return b"".join(part.octets for part in parts if isinstance(part, Octets))


@given(
    stream=st.binary(min_size=1, max_size=200),
    isn=st.integers(0, 2**32 - 1) | st.just(2**32 - 20),
    cuts=st.lists(st.tuples(st.integers(0, 199), st.integers(1, 60)), max_size=10),
    randoms=st.randoms(use_true_random=False),
)
def test_any_segments_in_any_order_give_the_stream(stream, isn, cuts, randoms) -> None:
    pieces = [(start, stream[start : start + 10]) for start in range(0, len(stream), 10)]
    pieces += [(start, stream[start : start + size]) for start, size in cuts if start < len(stream)]
    randoms.shuffle(pieces)
    segments = [segment(sequence=isn + start, data=data) for start, data in pieces]
    fin = segment(sequence=isn + len(stream), flags="F")
    parts, _ = play([syn(isn), fin, *segments], end=False)
    assert isinstance(parts[0], Opened)
    assert octets(parts) == stream
    assert parts[-1] == Finished(reset=False)
    assert not any(isinstance(part, Gap) for part in parts)


@given(
    sizes=st.lists(st.integers(1, 20), min_size=2, max_size=20),
    missing=st.sets(st.integers(0, 18)),
)
def test_what_was_acknowledged_and_is_not_there_is_a_gap(
    sizes: list[int], missing: set[int]
) -> None:
    segments, at = [syn(100)], 100
    for number, size in enumerate(sizes):
        if number not in missing or number == len(sizes) - 1:
            segments.append(segment(sequence=at, data=bytes((number,)) * size))
        at += size
        segments.append(segment(B, acknowledgement=at))
    parts, _ = play(segments)
    whole = sum(part.count for part in parts if isinstance(part, Gap)) + len(octets(parts))
    assert whole == sum(sizes)
    assert set(octets(parts)) == {
        number for number in range(len(sizes)) if number not in missing or number == len(sizes) - 1
    }


def test_what_nobody_acknowledged_may_still_come() -> None:
    early = [syn(0), segment(sequence=10, data=b"later"), segment(B, acknowledgement=0)]
    parts, _ = play(early, end=False)
    assert octets(parts) == b""
    parts, _ = play([*early, segment(data=b"0123456789")], end=False)
    assert octets(parts) == b"0123456789later"


def test_at_the_end_of_the_capture_everything_is_told() -> None:
    parts, _ = play([syn(0), segment(sequence=10, data=b"later")])
    assert parts[1:] == [Gap(10), Octets(b"later")]


def test_octets_beyond_the_snapshot_length_are_a_gap() -> None:
    cut = segment(data=b"abc", cut=2)
    parts, _ = play([syn(0), cut, segment(sequence=5, data=b"f"), segment(B, acknowledgement=6)])
    assert parts[1:] == [Octets(b"abc"), Gap(2), Octets(b"f")]


def test_a_lost_end_is_told_when_the_fin_is_acknowledged() -> None:
    fin = segment(sequence=4, flags="F")
    parts, _ = play([syn(0), fin, segment(B, acknowledgement=5)], end=False)
    assert parts[1:] == [Gap(4), Finished(reset=False)]


def test_a_reset_ends_the_stream() -> None:
    late = segment(sequence=3, data=b"late")
    parts, _ = play([syn(0), segment(data=b"abc"), segment(sequence=3, flags="R"), late])
    assert parts[1:] == [Octets(b"abc"), Finished(reset=True)]


def test_the_first_copy_of_an_overlap_counts() -> None:
    parts, _ = play([syn(0), segment(data=b"abc"), segment(sequence=1, data=b"XYde")])
    assert octets(parts) == b"abcYde"[:3] + b"de"


@given(sizes=st.lists(st.integers(1, 9), min_size=1, max_size=8))
def test_nobody_answers_what_has_not_come_out_yet(sizes: list[int]) -> None:
    """The capture shows every answer before its question."""
    connections = Connections((102,))
    said: list[Address] = []
    asked = answered = 0
    segments = [syn(0), segment(B, -1, flags="S")]
    for size in sizes:
        question = segment(sequence=asked, data=b"?" * size, acknowledgement=answered)
        asked += size
        answer = segment(B, answered, b"!" * size, acknowledgement=asked)
        answered += size
        segments += [answer, question]
    for each in segments:
        found = connections.of(each).feed(each)
        said += [one.sender for one in found if isinstance(one.part, Octets)]
    assert said == [A, B] * len(sizes)


def test_a_keep_alive_brings_nothing() -> None:
    parts, _ = play([syn(5), segment(sequence=5, data=b"ab"), segment(sequence=6, data=b"\0")])
    assert octets(parts) == b"ab"


def test_a_capture_that_starts_in_the_middle() -> None:
    parts, connection = play([segment(B, data=b"answer"), segment(sequence=7, data=b"question")])
    assert octets(parts) == b"question"
    assert not connection.complete
    assert (connection.calling, connection.called) == (A, B)


def test_the_answer_to_an_opening_tells_who_called() -> None:
    _, connection = play([segment(B, flags="S"), segment(data=b"x")])
    assert (connection.calling, connection.called) == (A, B)


def test_the_same_ports_again_are_another_connection() -> None:
    connections = Connections((102,))
    first = connections.of(syn(0))
    assert connections.of(syn(0)) is first  # sent again
    assert connections.of(segment(data=b"x")) is first
    second = connections.of(syn(77))
    assert second is not first
    assert connections.of(segment(B)) is second


# What the capture lacks altogether


def said(segments: Iterable[Segment]) -> list[Said]:
    connections = Connections((102,))
    found: list[Said] = []
    for each in segments:
        connection = connections.of(each)
        found += connection.feed(each)
    return [*found, *connection.ended(1, 0)]


def test_an_end_of_which_nothing_was_captured_is_absent() -> None:
    """The other end acknowledged its SYN, and octets."""
    parts = said([syn(0), segment(acknowledgement=500), segment(data=b"ab", acknowledgement=900)])
    assert [(each.sender, each.part) for each in parts] == [
        (A, Opened()),
        (B, Absent()),
        (A, Octets(b"ab")),
    ]


def test_an_end_that_only_acknowledges_is_there() -> None:
    parts = said([segment(data=b"abc", acknowledgement=7), segment(B, 7, acknowledgement=3)])
    assert [each.part for each in parts] == [Octets(b"abc")]


def test_who_calls_in_vain_misses_nobody() -> None:
    assert [each.part for each in said([syn(0), syn(0)])] == [Opened()]


def test_a_tail_that_was_acknowledged_is_a_gap() -> None:
    both = [syn(0), segment(B, -1, flags="S"), segment(data=b"abc")]
    parts, _ = play([*both, segment(B, acknowledgement=30)])
    assert parts[1:] == [Octets(b"abc"), Gap(27)]


def test_a_fin_that_the_capture_lacks_is_none() -> None:
    parts, _ = play([syn(0), segment(data=b"abc"), segment(B, acknowledgement=4)])
    assert parts[1:] == [Octets(b"abc")]


def test_segments_out_of_order_cost_no_more_than_their_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Counted in octets that are touched: eight times the segments, some nine times the work."""

    def work(count: int) -> int:
        direction, looked = Direction(), [0]
        direction._start(0)

        class Counted(int):
            def __lt__(self, other: object) -> bool:
                looked[0] += 1
                return int(self) < int(other)  # type: ignore[call-overload]

        wait = direction._wait
        for number in range(count, 0, -1):
            wait(Counted(number), b"x")
        list(direction.acknowledged(count + 1))
        assert direction._position == count + 1
        return looked[0]

    assert work(8000) <= 12 * work(1000)
