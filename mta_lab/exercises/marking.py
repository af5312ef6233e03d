"""Marks: how many points each answer gets, and what is said about a wrong one."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from labkit.config import ConfigurationError
from mta_lab.exercises import repair
from mta_lab.exercises.answers import hints_taken, read_answers
from mta_lab.exercises.digests import is_one_of
from mta_lab.exercises.kinds import Kind, NotAnAnswer, canonical
from mta_lab.exercises.question import Question
from mta_lab.exercises.sheet import Item, Sheet

#: Whether an answer, in the form that is compared, is right.
Judge = Callable[[Item, str], bool]


@dataclass(frozen=True)
class Mark:
    """What an answer gets. `feedback` never says what would be right; `look` is a frame in it."""

    question: str
    right: bool
    points: int
    of: int
    hints: int
    feedback: str
    look: int | None = None


@dataclass(frozen=True)
class Marks:
    """The marks of a directory."""

    exercise: str
    marks: tuple[Mark, ...]

    @property
    def points(self) -> int:
        """All points that were got."""
        return sum(each.points for each in self.marks)

    @property
    def of(self) -> int:
        """All points that there are."""
        return sum(each.of for each in self.marks)


def by_digest(item: Item, answer: str) -> bool:
    """Judge an answer by the digests that came with the question."""
    return is_one_of(answer, item.salt, item.digests)


def by_key(key: Mapping[str, frozenset[str]]) -> Judge:
    """Judge answers by a key that was computed again."""
    return lambda item, answer: answer in key[item.name]


def mark_all(directory: Path, sheet: Sheet, judge: Judge) -> Marks:
    """Mark every answer in a directory. Raises ConfigurationError."""
    answers, hints = read_answers(directory, sheet), hints_taken(directory)
    return Marks(
        sheet.exercise,
        tuple(
            mark(directory, sheet, item, answers.get(item.name), hints.get(item.name, 0), judge)
            for item in sheet.items
        ),
    )


def mark_one(directory: Path, sheet: Sheet, item: Item, answer: object) -> Mark:
    """Mark one answer as a learner can, by its digests, with the hints that were taken.

    Raises ConfigurationError.
    """
    hints = hints_taken(directory).get(item.name, 0)
    return mark(directory, sheet, item, answer, hints, by_digest)


def nothing(exercise: str, questions: Iterable[Question], why: str) -> Marks:
    """No points for any question, and why."""
    marks = (Mark(each.name, False, 0, each.points, 0, why) for each in questions)
    return Marks(exercise, tuple(marks))


def mark(
    directory: Path, sheet: Sheet, item: Item, answer: object, hints: int, judge: Judge
) -> Mark:
    """Mark an answer; None: there is none. A hint, or a side effect of a repair, costs a point.

    An answer that cannot be read here, as a filter without tshark, is not marked, and says so.
    """
    if answer is None:
        return Mark(item.name, False, 0, item.points, hints, "no answer")
    try:
        said = canonical(item.kind, answer, item.asked(directory))
    except NotAnAnswer as error:
        return Mark(item.name, False, 0, item.points, hints, str(error))
    except ConfigurationError as error:
        return Mark(item.name, False, 0, item.points, hints, f"not marked: {error}")
    if item.kind is Kind.REPAIR:
        done = repair.judge(directory, sheet)
        points = item.points - hints - len(done.side_effects) if done.right else 0
        feedback = "; ".join((done.feedback, *done.side_effects))
        return Mark(item.name, done.right, max(points, 0), item.points, hints, feedback)
    if judge(item, said):
        return Mark(item.name, True, max(item.points - hints, 0), item.points, hints, "right")
    where = f"look at frame {item.look} of {item.capture}, and at what follows"
    return Mark(item.name, False, 0, item.points, hints, f"wrong; {where}", item.look)
