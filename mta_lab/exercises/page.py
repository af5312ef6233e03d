"""exercise.md: the story, what is given, the questions, and how to open the capture."""

import re
from collections.abc import Iterator

from mta_emu.mta.log.events import DEFINITIONS, Definition
from mta_lab.exercises.exercise import Exercise, Level, Scenario
from mta_lab.exercises.kinds import HOW, Kind, lettered
from mta_lab.exercises.repair import HOSTS

_VALUE = re.compile(r"(0x)?\{\w+\}")
_REFERENCE = re.compile(r" \[[^]]*\] \(\d+\)$")

_EXTRA = 5  # filters that the first level has; each further level has two fewer
#: Filters that help with everything, the most telling first.
_FILTERS = {
    "tcp.flags.syn == 1 && tcp.flags.ack == 0": "each packet that begins a TCP connection",
    "cotp": "TPDUs: CR, CC, DR and DT",
    "ses": "SPDUs",
    "p1": "binds and messages of X.411",
    "tcp.flags.reset == 1 || tcp.flags.fin == 1": "how TCP connections end",
}


def page(exercise: Exercise, scenario: Scenario) -> str:
    """The text of exercise.md."""
    return "\n".join(_lines(exercise, scenario)) + "\n"


def about(exercise: Exercise, *, solution: bool = False) -> str:
    """The exercise's own page: aim, what to know before, time; for teachers, the model solution."""
    parts = [
        f"# {exercise.title}",
        f"Level {exercise.level} of {max(Level)}, about {exercise.minutes} minutes.",
        f"Aim: {exercise.aim}",
        f"What to know before: {exercise.before}",
    ]
    if solution:
        if exercise.rights:
            parts.append(f"To make it takes {exercise.rights}; to solve it takes no rights.")
        parts.append(f"Model solution: {exercise.solution}")
    return "\n\n".join(parts) + "\n"


def _lines(exercise: Exercise, scenario: Scenario) -> Iterator[str]:
    yield about(exercise)
    yield scenario.story.strip()
    yield from ("", "## What you are given", "")
    for name in scenario.views:
        yield f"- `{name}`: open it in Wireshark, or with `tshark -n -r {name}`"
    for host in scenario.given:
        yield f"- `{HOSTS}/{host}.yaml`: the configuration of {host}"
    yield "- `answers.yaml`: your answers; `mta-lab exercise check .` says which are right"
    yield from ("", "`mta-lab exercise do .` asks the questions one by one instead, and")
    yield "`mta-lab exercise web .` does so on a page, beside the packets. A hint for a question"
    yield "costs a point: `mta-lab exercise check . --hint QUESTION`, `?` in `do`, or a button."
    if filters := _filters(exercise):
        yield from ("", "Display filters that help:", "")
        yield from (f"- `{text}`: {what}" for text, what in filters)
    yield from ("", "## Questions", "")
    for number, question in enumerate(scenario.questions, 1):
        yield f"{number}. **{question.name}** ({points(question.points)}) {question.text}"
        yield from (f"   - {letter}: {choice}" for letter, choice in lettered(question.choices))
        of_frames = question.kind in (Kind.FRAME, Kind.FILTER) and len(scenario.views) > 1
        where = f" Frames are those of `{question.capture}`." if of_frames else ""
        yield f"   *Answer: {HOW[question.kind]}.*{where}"
    if any(question.kind is Kind.EVENT for question in scenario.questions):
        yield from ("", "## Events", "", "What an MTA may log; each has its number:", "")
        yield from (f"- {number}: {_said(each)}" for number, each in sorted(DEFINITIONS.items()))


def points(count: int) -> str:
    """So many points."""
    return "1 point" if count == 1 else f"{count} points"


def _said(event: Definition) -> str:
    """An event's text, without its values and what only Microsoft's support can read."""
    return _VALUE.sub("...", _REFERENCE.sub("", event.text))


def _filters(exercise: Exercise) -> list[tuple[str, str]]:
    """Fewer with each level."""
    room = _EXTRA - 2 * (exercise.level - Level.TCP)
    return [*exercise.filters.items(), *_FILTERS.items()][: max(room, 0)]
