"""A question, with its right answers as a function of what a run showed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from mta_lab.exercises.evidence import CAPTURE, Evidence
from mta_lab.exercises.kinds import Asked, Kind, canonical


@dataclass(frozen=True)
class Question:
    """What is asked, and by what it is graded.

    `key` gives every right answer; of a display filter one tuple with the frames that it selects,
    of a repair nothing. `look` gives the frame that the feedback for a wrong answer names.
    """

    name: str
    kind: Kind
    text: str
    key: Callable[[Evidence], Iterable[object]]
    look: Callable[[Evidence], int]
    choices: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    points: int = 2
    capture: str = CAPTURE

    def right(self, evidence: Evidence, directory: Path) -> frozenset[str]:
        """The right answers about the capture in `directory`, in the form that is compared.

        Raises LookupError when the run shows none: then the exercise asks for what is not there.
        """
        asked = Asked(self.choices, directory / self.capture)
        found = [each for each in self.key(evidence) if each is not None]
        if not found and self.kind is not Kind.REPAIR:
            raise LookupError(f"question {self.name}: the run shows no answer")
        return frozenset(canonical(self.kind, each, asked) for each in found)
