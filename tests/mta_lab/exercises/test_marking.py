"""Marks."""

from pathlib import Path

import pytest

from mta_lab.exercises.digests import digest
from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.marking import Marks, by_digest, by_key, mark
from mta_lab.exercises.sheet import Item, Sheet

SALT = "00" * 8
ITEM = Item(
    name="q",
    kind=Kind.FRAME,
    text="?",
    points=3,
    look=5,
    salt=SALT,
    digests=(digest("7", SALT), digest("9", SALT)),
)
SHEET = Sheet(exercise="x", title="X", items=(ITEM,))


def test_any_right_answer_counts() -> None:
    for judge in (by_digest, by_key({"q": frozenset({"7", "9"})})):
        marks = [mark(Path(), SHEET, ITEM, each, 0, judge) for each in (7, "frame 9", 8)]
        assert [each.points for each in marks] == [3, 3, 0]
        assert marks[2].feedback == "wrong; look at frame 5 of capture.pcapng, and at what follows"
        assert [each.look for each in marks] == [None, None, 5]


def test_hints_cost_points_and_never_more_than_there_are() -> None:
    points = [mark(Path(), SHEET, ITEM, 7, hints, by_digest).points for hints in range(5)]
    assert points == [3, 2, 1, 0, 0]


def test_no_answer_and_none_that_can_be_one() -> None:
    assert mark(Path(), SHEET, ITEM, None, 0, by_digest).feedback == "no answer"
    wrong = mark(Path(), SHEET, ITEM, "the last", 0, by_digest)
    assert (wrong.right, wrong.points) == (False, 0)
    assert "write the number of a frame" in wrong.feedback


def test_marks_add_up() -> None:
    each = mark(Path(), SHEET, ITEM, 7, 1, by_digest)
    assert (Marks("x", (each, each)).points, Marks("x", (each, each)).of) == (4, 6)


def test_without_tshark_only_a_filter_is_not_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    question = ITEM.model_copy(update={"kind": Kind.FILTER})
    found = mark(Path(), SHEET, question, "tcp", 0, by_digest)
    assert (found.right, found.points) == (False, 0)
    assert "not marked: display filters need tshark" in found.feedback


def test_what_is_not_done_is_not_played() -> None:
    question = ITEM.model_copy(update={"kind": Kind.REPAIR})
    assert "write done" in mark(Path(), SHEET, question, "not yet", 0, by_digest).feedback
