"""All commands of all programs, for the rules that hold for each of them."""

from collections.abc import Callable, Iterator
from importlib import import_module
from inspect import unwrap
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

import typer

PROGRAMS = ("mta_emu", "mta_lab", "firewall_proxy")


class Option(NamedTuple):
    """An option or argument: its name in the function, its types, and what typer is told."""

    name: str
    types: frozenset[object]
    info: Any
    flags: tuple[str, ...]


class Command(NamedTuple):
    """A command: the words that call it, and the function that is called."""

    words: tuple[str, ...]
    function: Callable[..., object]

    @property
    def options(self) -> list[Option]:
        hints = get_type_hints(self.function, include_extras=True)
        return [
            Option(name, frozenset(_leaves(get_args(hint)[0])), *_told(hint))
            for name, hint in hints.items()
            if get_origin(hint) is Annotated
        ]


def _told(hint: object) -> tuple[Any, tuple[str, ...]]:
    info = get_args(hint)[1]
    # in Annotated, typer has the first name where a default would stand
    names = (info.default, *(getattr(info, "param_decls", None) or ()))
    return info, tuple(name for name in names if isinstance(name, str))


def _leaves(hint: object) -> Iterator[object]:
    inside = get_args(hint)
    if not inside:
        yield hint
    for each in inside:
        yield from _leaves(each)


def _walk(command: Any, words: tuple[str, ...]) -> Iterator[Command]:
    if hasattr(command, "list_commands"):
        for name in command.list_commands(None):
            yield from _walk(command.get_command(None, name), (*words, name))
        if not getattr(command, "invoke_without_command", False):
            return
    yield Command(words, unwrap(command.callback))


def app(program: str) -> typer.Typer:
    """The Typer app of a program."""
    found: typer.Typer = import_module(f"{program}.cli").app
    return found


COMMANDS = [
    command
    for program in PROGRAMS
    for command in _walk(typer.main.get_command(app(program)), (program,))
]
