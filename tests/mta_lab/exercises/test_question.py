"""A question's key is a function of the evidence."""

from pathlib import Path
from typing import Any

import pytest

from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.question import Question


def question(kind: Kind, *answers: object) -> Question:
    return Question("q", kind, "?", key=lambda _: answers, look=lambda _: 1)


def test_every_right_answer_counts_in_its_one_form() -> None:
    nothing: Any = None
    asked = question(Kind.FRAME, 3, "frame 4", None)
    assert asked.right(nothing, Path()) == {"3", "4"}


@pytest.mark.parametrize("answers", [(), (None,)])
def test_a_question_without_an_answer_is_an_error(answers: tuple[object, ...]) -> None:
    nothing: Any = None
    with pytest.raises(LookupError, match="question q"):
        question(Kind.NAME, *answers).right(nothing, Path())
    assert question(Kind.REPAIR, *answers).right(nothing, Path()) == frozenset()
