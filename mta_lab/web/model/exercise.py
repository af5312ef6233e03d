"""What the page shows of an exercise: all that a learner may see now, and nothing else of it.

Digests, frames to look at, hints that were not taken and what a repair must come to stay in the
learner's directory.
"""

from labkit.config import Section
from labkit.text import visible
from mta_lab.exercises.answers import shown
from mta_lab.exercises.kinds import HOW, Kind, lettered
from mta_lab.exercises.marking import Mark
from mta_lab.exercises.sheet import Item
from mta_lab.web.model.story import Chapter


class Marked(Section):
    """What an answer gets."""

    right: bool
    """Whether it is right."""
    points: int
    """Its points."""
    feedback: str
    """What is said about it; never what would be right."""
    look: int | None
    """The frame that it says to look at; null: none."""


class Asked(Section):
    """A question, with what was answered."""

    name: str
    """Its name in answers.yaml."""
    kind: Kind
    """What is asked for."""
    text: str
    """The question."""
    how: str
    """How to write an answer."""
    points: int
    """What it is worth."""
    choices: dict[str, str]
    """What there is to choose from, by letter."""
    capture: str
    """The capture that it is about."""
    answer: str
    """What answers.yaml has; empty: nothing."""
    mark: Marked | None
    """What that gets; null: it has no answer, or the repair was not played as it is now."""
    hints: tuple[str, ...]
    """The hints that were taken."""
    hints_left: int
    """How many there are besides."""


class Exercise(Section):
    """An exercise as it stands."""

    title: str
    """Its title."""
    story: tuple[Chapter, ...]
    """What exercise.md tells, but for the questions."""
    questions: tuple[Asked, ...]
    """The questions."""
    points: int
    """The points so far."""
    of: int
    """All points that there are."""
    captures: tuple[str, ...]
    """The captures."""
    hosts: tuple[str, ...]
    """The hosts whose configurations may be changed."""
    playing: int | None
    """For how many seconds a repair has been played by now; null: none is."""
    problem: str
    """Which file cannot be read, and why; empty: none."""


class HostFile(Section):
    """The configuration of a host that may be changed."""

    host: str
    """The host."""
    text: str
    """What is in its file."""


def asked(item: Item, answer: object, mark: Mark | None, taken: int) -> Asked:
    """A question, its answer (None: there is none), what that gets, and its hints."""
    hints = item.hints[:taken]
    return Asked(
        name=visible(item.name),
        kind=item.kind,
        text=visible(item.text, lines=True),
        how=HOW[item.kind],
        points=item.points,
        choices={letter: visible(choice) for letter, choice in lettered(item.choices)},
        capture=item.capture,
        answer=shown(answer),
        mark=mark and _marked(mark),
        hints=tuple(map(visible, hints)),
        hints_left=len(item.hints) - len(hints),
    )


def _marked(mark: Mark) -> Marked:
    return Marked(
        right=mark.right,
        points=mark.points,
        feedback=visible(mark.feedback, lines=True),
        look=mark.look,
    )
