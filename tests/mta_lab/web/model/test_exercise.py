"""What of a question a learner may see."""

from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.marking import Mark
from mta_lab.exercises.sheet import Item
from mta_lab.web.model.exercise import Marked, asked

ITEM = Item(
    name="q",
    kind=Kind.CAUSE,
    text="Why?",
    points=3,
    choices=("rain", "\x1b[2J"),
    hints=("the first", "the second"),
    look=4711,
    salt="00" * 8,
    digests=("ab" * 16,),
)


def test_a_question_that_nobody_has_answered() -> None:
    found = asked(ITEM, None, None, 0)
    assert (found.answer, found.mark, found.hints, found.hints_left) == ("", None, (), 2)
    assert found.choices == {"a": "rain", "b": "\\x1b[2J"}
    text = found.model_dump_json()
    for secret in ("4711", "abab", "0000", "first", "second"):
        assert secret not in text


def test_what_was_answered_and_which_hints_were_taken() -> None:
    mark = Mark("q", False, 0, 3, 1, "wrong; look at frame 4711", 4711)
    found = asked(ITEM, ["b", "a"], mark, 1)
    assert found.answer == "b a"
    assert found.mark == Marked(right=False, points=0, feedback=mark.feedback, look=4711)
    assert (found.hints, found.hints_left) == (("the first",), 1)


def test_more_hints_than_there_are_were_not_taken() -> None:
    """The file that records them is the learner's."""
    assert asked(ITEM, None, None, 99).hints_left == 0
