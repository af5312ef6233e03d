"""The questions as the learner's directory has them: all that `check` needs, and no answers."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Annotated, Any

from labkit.config import ConfigurationError, Section, document_of
from labkit.fields import Text
from mta_lab.exercises import handedin
from mta_lab.exercises.digests import digest, new_salt
from mta_lab.exercises.evidence import CAPTURE, Evidence
from mta_lab.exercises.exercise import Exercise, Repair, Scenario
from mta_lab.exercises.kinds import Asked, Kind
from mta_lab.exercises.question import Question
from mta_lab.rehearsal.report import flows_of
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.files import Topology

FILE = "questions.json"

Hex = Annotated[str, Text(r"([0-9a-f]{2})+", "octets in hex", 64)]
#: In the directory itself.
FileName = Annotated[str, Text(r"\w[\w.-]*", "the name of a file, without a directory", 64)]


class Item(Section):
    """A question: the digests of its right answers, and the frame to look at after a wrong one."""

    name: str
    kind: Kind
    text: str
    points: int
    choices: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    capture: FileName = CAPTURE
    look: int
    salt: Hex
    digests: tuple[Hex, ...]

    def asked(self, directory: Path) -> Asked:
        """What an answer in that directory is read with."""
        return Asked(self.choices, directory / self.capture)


class Goal(Section):
    """What must become of the mail from one MTA to another after a repair.

    `asked`: something was wrong there; else it is what a repair must not change.
    """

    sender: str
    receiver: str
    disposition: Disposition
    asked: bool


class Sheet(Section):
    """The questions of a directory; `topology` is what a repair begins with."""

    exercise: str
    title: str
    items: tuple[Item, ...]
    given: tuple[str, ...] = ()
    goals: tuple[Goal, ...] = ()
    topology: dict[str, Any] | None = None

    def item(self, name: str) -> Item | None:
        """The question with that name."""
        return next((each for each in self.items if each.name == name), None)


def sheet_of(
    exercise: Exercise,
    scenario: Scenario,
    evidence: Evidence,
    directory: Path,
) -> Sheet:
    """The sheet for a directory whose captures are those of the evidence.

    Raises ConfigurationError when the run did not show what is asked about.
    """
    try:
        items = tuple(_items(scenario.questions, evidence, directory))
    except LookupError as error:
        text = f"{exercise.name}: the run did not show what is asked about ({error}); run it again"
        raise ConfigurationError(text) from error
    return Sheet(
        exercise=exercise.name,
        title=exercise.title,
        items=items,
        given=scenario.given,
        goals=tuple(_goals(scenario.repair)) if scenario.repair else (),
        topology=document_of(scenario.topology) if scenario.repair else None,
    )


def read_sheet(directory: Path) -> Sheet:
    """The sheet in a directory. Raises ConfigurationError."""
    return handedin.load(directory, FILE, Sheet, handedin.LONGEST_SHEET)


def became(topology: Topology) -> dict[tuple[str, str | None], Disposition]:
    """What is predicted to become of the mail between every two MTAs."""
    flows = flows_of(topology, topology.starts or datetime.now(UTC))
    return {(flow.sender, flow.receiver): flow.disposition for flow in flows}


def _goals(repair: Repair) -> Iterator[Goal]:
    for (sender, receiver), disposition in became(repair.healthy).items():
        if receiver is not None:
            asked = (sender, receiver) == (repair.sender, repair.receiver)
            yield Goal(sender=sender, receiver=receiver, disposition=disposition, asked=asked)


def near(look: int, answers: Collection[int]) -> int:
    """The last frame up to `look` that answers nothing; after it, where there is none."""
    before = (frame for frame in range(look, 0, -1) if frame not in answers)
    return next(before, next(frame for frame in count(look) if frame not in answers))


def _items(questions: Iterable[Question], evidence: Evidence, directory: Path) -> Iterator[Item]:
    """The items; who answers one wrong is shown no frame that another one asks for."""
    right = {each: each.right(evidence, directory) for each in questions}
    frames = [each for each in right if each.kind is Kind.FRAME]
    for question, found in right.items():
        answers = {
            int(frame)
            for each in frames
            if each.capture == question.capture
            for frame in right[each]
        }
        yield _item(question, sorted(found), near(question.look(evidence), answers))


def _item(question: Question, right: Sequence[str], look: int) -> Item:
    salt = new_salt()
    return Item(
        name=question.name,
        kind=question.kind,
        text=question.text,
        points=question.points,
        choices=question.choices,
        hints=question.hints,
        capture=question.capture,
        look=look,
        salt=salt,
        digests=tuple(digest(each, salt) for each in right),
    )
