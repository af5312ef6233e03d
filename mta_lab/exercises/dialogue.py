"""Asks the questions of a directory one by one, in the terminal."""

from collections.abc import Callable
from pathlib import Path

from labkit.config import ConfigurationError
from mta_lab.exercises.answers import read_answers, take_hint, write_answer
from mta_lab.exercises.kinds import HOW, lettered
from mta_lab.exercises.marking import mark_one
from mta_lab.exercises.page import points
from mta_lab.exercises.sheet import Item, Sheet

_HINT = "?"
_HELP = "An empty line goes on to the next question; ? gives a hint, which costs a point."


def ask(
    directory: Path, sheet: Sheet, read: Callable[[], str | None], tell: Callable[[str], None]
) -> None:
    """Ask what is not answered right yet; `read` gives a line, None at the end of input.

    Answers go to answers.yaml. Raises ConfigurationError for a wrong file.
    """
    tell(_HELP)
    for number, item in enumerate(sheet.items, 1):
        earlier = read_answers(directory, sheet).get(item.name)
        if earlier is not None and _said(directory, sheet, item, earlier, lambda _: None):
            continue
        tell("")
        tell(f"{number}. {item.name} ({points(item.points)}): {item.text}")
        for letter, choice in lettered(item.choices):
            tell(f"   {letter}: {choice}")
        tell(f"   Answer with {HOW[item.kind]}")
        while (line := read()) is not None and line.strip():
            if line.strip() == _HINT:
                tell(_hint(directory, sheet, item))
                continue
            write_answer(directory, sheet, item.name, line.strip())
            if _said(directory, sheet, item, line.strip(), tell):
                break
        if line is None:
            return


def _said(
    directory: Path, sheet: Sheet, item: Item, answer: object, tell: Callable[[str], None]
) -> bool:
    """Whether an answer is right, after what is to be said about it."""
    marked = mark_one(directory, sheet, item, answer)
    tell(f"   {marked.feedback} ({marked.points} of {marked.of} points)")
    return marked.right


def _hint(directory: Path, sheet: Sheet, item: Item) -> str:
    try:
        return f"   {take_hint(directory, sheet, item.name)}"
    except ConfigurationError as error:
        return f"   {error}"
