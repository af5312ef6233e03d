"""The kinds of questions: what an answer looks like, and the one form in which it is compared."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from labkit.addresses import End, parse_address
from labkit.problems import instead
from mta_emu.decode.steps import LayerName
from mta_lab.exercises.displayfilter import NotAFilter, selected

_LONGEST = 1000  # characters of an answer
_DONE = "done"
LAYERS = tuple(map(str, LayerName))


class Kind(StrEnum):
    """What is asked for."""

    FRAME = "frame"
    ADDRESS = "address"
    NAME = "name"
    VALUE = "value"
    LAYER = "layer"
    EVENT = "event"
    CAUSE = "cause"
    ORDER = "order"
    FILTER = "filter"
    REPAIR = "repair"


#: How to write an answer of each kind.
HOW: Mapping[Kind, str] = {
    Kind.FRAME: "the number of a frame: 17",
    Kind.ADDRESS: "an address, with a port where one is asked for: 192.0.2.1 or 192.0.2.1:102",
    Kind.NAME: "a name as it stands in the packet; upper and lower case are the same",
    Kind.VALUE: "a number, decimal or as 0x1f",
    Kind.LAYER: f"one of {', '.join(LAYERS)} (that of P1), or its letter",
    Kind.EVENT: "an event and the MTA that logged it: 1293 at NAME",
    Kind.CAUSE: "the letter of one choice: b",
    Kind.ORDER: "all letters, the first thing first: c a b",
    Kind.FILTER: 'a display filter of Wireshark, with or without quotes: "tcp.flags.reset == 1"',
    Kind.REPAIR: "done, when the files in hosts/ are as you want them",
}


class NotAnAnswer(Exception):  # noqa: N818 - what it is, not that it is an error
    """An answer that cannot be one to such a question; the text says what would be."""


@dataclass(frozen=True)
class Asked:
    """What an answer is read with: the choices there are, and the capture it is about."""

    choices: tuple[str, ...]
    capture: Path


def canonical(kind: Kind, answer: object, asked: Asked) -> str:
    """The form in which answers are compared. Raises NotAnAnswer.

    Raises ConfigurationError when an answer cannot be read here: a filter without tshark.
    """
    try:
        str(answer).encode()  # half of a surrogate pair is no text
        if len(str(answer)) > _LONGEST:
            raise NotAnAnswer(f"longer than {_LONGEST} characters; write {HOW[kind]}")
        return _READERS[kind](answer, asked)
    except ValueError as error:
        raise NotAnAnswer(f"write {HOW[kind]}") from error


def lettered(choices: tuple[str, ...]) -> list[tuple[str, str]]:
    """The choices, each with its letter."""
    return [(chr(ord("a") + number), choice) for number, choice in enumerate(choices)]


def _frame(answer: object, _: Asked) -> str:
    return str(int(str(answer).casefold().strip().removeprefix("frame").strip(" #")))


def _address(answer: object, _: Asked) -> str:
    text = str(answer).strip()
    try:
        return str(parse_address(text))
    except ValueError:
        return str(End.parse(text))


def _name(answer: object, _: Asked) -> str:
    return " ".join(str(answer).casefold().split())


def _value(answer: object, _: Asked) -> str:
    text = str(answer).strip().casefold()
    return str(int(text, 16 if text.startswith("0x") else 10))


def _event(answer: object, _: Asked) -> str:
    words = [word for word in re.split(r"[\s,:@]+", str(answer).casefold()) if word != "at"]
    number, name = sorted(words, key=lambda word: not word.isdigit())
    return f"{int(number)} at {name}"


def _choice(answer: object, asked: Asked) -> str:
    text = str(answer).strip()
    by_letter = dict(lettered(asked.choices))
    if text.casefold() in by_letter:
        return by_letter[text.casefold()]
    if text in asked.choices:
        return text
    raise NotAnAnswer(f"{text!r} is no choice; {instead(text, [*by_letter])}")


def _layer(answer: object, _: Asked) -> str:
    text = str(answer).strip().casefold()
    text = dict(lettered(LAYERS)).get(text, text)
    if text not in LAYERS:
        raise NotAnAnswer(f"{text!r} is no layer; {instead(text, LAYERS)}")
    return text


def _order(answer: object, asked: Asked) -> str:
    listed = isinstance(answer, list | tuple)
    parts = answer if isinstance(answer, list | tuple) else re.findall(r"\w", str(answer))
    found = [_choice(each, asked) for each in parts]
    if sorted(found) != sorted(asked.choices):
        what = "entries" if listed else "letters"
        raise NotAnAnswer(f"name each of the {len(asked.choices)} {what} once")
    return "\n".join(found)


def _filter(answer: object, asked: Asked) -> str:
    try:
        if isinstance(answer, tuple):
            found = answer
        else:
            found = selected(asked.capture, _unquoted(str(answer)))
    except NotAFilter as error:
        raise NotAnAnswer(str(error)) from error
    return " ".join(map(str, sorted(found)))


def _unquoted(text: str) -> str:
    """A filter without the quotes around the whole of it, as a file or a shell would want them."""
    inside = text.strip()
    for quote in "\"'":
        if inside[:1] == quote == inside[-1:] and quote not in inside[1:-1]:
            return inside[1:-1]
    return text


def _done(answer: object, asked: Asked) -> str:
    if (said := _name(answer, asked)) != _DONE:
        raise NotAnAnswer(f"{said!r}: write {HOW[Kind.REPAIR]}")
    return said


_READERS: Mapping[Kind, Callable[[object, Asked], str]] = {
    Kind.FRAME: _frame,
    Kind.ADDRESS: _address,
    Kind.NAME: _name,
    Kind.VALUE: _value,
    Kind.LAYER: _layer,
    Kind.EVENT: _event,
    Kind.CAUSE: _choice,
    Kind.ORDER: _order,
    Kind.FILTER: _filter,
    Kind.REPAIR: _done,
}
