"""The learner's answers.yaml, and the hints that were taken."""

import io
from collections.abc import Mapping
from pathlib import Path

from pydantic import NonNegativeInt
from ruamel.yaml import YAML

from labkit.config import UNFOLDED, ConfigurationError, Section, as_yaml
from labkit.problems import instead
from labkit.text import visible
from mta_lab.exercises import handedin
from mta_lab.exercises.kinds import HOW, Kind, lettered
from mta_lab.exercises.sheet import Sheet

FILE = "answers.yaml"
_HINTS = "hints-taken.yaml"


class HintsTaken(Section):
    """How many hints were taken for each question."""

    hints: dict[str, NonNegativeInt] = {}  # noqa: RUF012 - pydantic copies it


def form(sheet: Sheet) -> str:
    """An answers.yaml to fill in."""
    lines = [f"# {sheet.title}", "# Write each answer after its colon; exercise.md has the texts."]
    for item in sheet.items:
        lines += ["", f"# {item.kind}: {HOW[Kind(item.kind)]}"]
        lines += [f"#   {letter}: {choice}" for letter, choice in lettered(item.choices)]
        lines.append(f"{item.name}:")
    return "\n".join(lines) + "\n"


def read_answers(directory: Path, sheet: Sheet) -> Mapping[str, object]:
    """The answers in a directory, by question; those that are empty are left out.

    Raises ConfigurationError when the file is missing, is no mapping, or names another question.
    """
    path = directory / FILE
    values, _ = handedin.read(directory, FILE, as_written=True)
    if values is None:
        values = {}
    if not isinstance(values, dict):
        raise ConfigurationError(f"{path}: must have a question on each line, as `name: answer`")
    names = [item.name for item in sheet.items]
    for name in values:
        if name not in names:
            raise ConfigurationError(f"{path}: no question {name!r}; {instead(str(name), names)}")
    return {str(name): value for name, value in values.items() if value not in (None, "")}


def shown(answer: object) -> str:
    """An answer as one writes it on a line; what is not there is empty."""
    parts = answer if isinstance(answer, list | tuple) else [answer]
    return " ".join(visible(str(each)) for each in parts if each is not None)


def write_answer(
    directory: Path, sheet: Sheet, name: str, answer: str, before: str | None = None
) -> None:
    """Put an answer into answers.yaml, and leave the rest as it is.

    `before` is the answer that was there, as `shown`, when this one was thought of; None: whatever
    is there. Raises ConfigurationError when another one is there by now, or the file is wrong.
    """
    path = directory / FILE
    yaml = YAML()
    yaml.width = UNFOLDED
    with handedin.alone(directory):
        there = shown(read_answers(directory, sheet).get(name))
        if before not in (None, there):
            raise ConfigurationError(f"{path}: {name}: another answer is there by now: {there!r}")
        text = handedin.text(directory, FILE)
        values = yaml.load(text)
        comments = f"{text.rstrip()}\n" if values is None else ""  # those of values YAML keeps
        values = values or {}
        values[name] = answer
        yaml.dump(values, stream := io.StringIO())
        handedin.write(directory, FILE, comments + stream.getvalue())


def hints_taken(directory: Path) -> Mapping[str, int]:
    """How many hints were taken for each question. Raises ConfigurationError."""
    if not handedin.is_there(directory, _HINTS):
        return {}
    return handedin.load(directory, _HINTS, HintsTaken).hints


def take_hint(directory: Path, sheet: Sheet, name: str, before: int | None = None) -> str:
    """The next hint for a question; that it was taken is recorded.

    `before` says how many were taken when this one was asked for; None: so many as there are.
    Raises ConfigurationError when there is no such question, no further hint, or another one was
    taken meanwhile.
    """
    item = sheet.item(name)
    if item is None:
        names = [each.name for each in sheet.items]
        raise ConfigurationError(f"no question {name!r}; {instead(name, names)}")
    with handedin.alone(directory):
        taken = dict(hints_taken(directory))
        number = taken.get(name, 0)
        if before not in (None, number):
            raise ConfigurationError(f"{name}: another hint was taken meanwhile")
        if not item.hints:
            raise ConfigurationError(f"{name}: there is no hint")
        if number >= len(item.hints):
            raise ConfigurationError(f"{name}: no further hint: all were given")
        recorded = HintsTaken(hints={**taken, name: number + 1})
        handedin.write(directory, _HINTS, as_yaml(recorded))
    return item.hints[number]
