"""docs/commands/: each command of each program, from what its help is made of.

`python -m tests.references` writes the pages, and tests/test_references.py compares.
"""

import re
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from inspect import cleandoc, signature
from pathlib import Path

from tests.house.commands import COMMANDS, PROGRAMS, Command, Option

DOCS = Path(__file__).parent.parent / "docs" / "commands"

_HEAD = """\
# The commands of {program}

{about} `{program} COMMAND --help` shows what this page has of a command.

{contents}

`python -m tests.references` writes this page from the program's own definitions.
"""
#: What a value is called where the option gives it no name.
_KINDS = {Path: "FILE", int: "NUMBER", float: "NUMBER", str: "TEXT"}


def documents() -> Iterator[tuple[Path, str]]:
    """Each page, and what it has to hold."""
    for name in PROGRAMS:
        program = name.replace("_", "-")
        about = " ".join((import_module(f"{name}.cli").__doc__ or "").split())
        commands = [each for each in COMMANDS if each.words[0] == name]
        contents = "\n".join(f"- [`{title(each)}`](#{_place(each)})" for each in commands)
        head = _HEAD.format(program=program, about=about, contents=contents)
        yield DOCS / f"{program}.md", "\n".join((head, *map(_section, commands)))


def title(command: Command) -> str:
    """The command as one gives it."""
    return " ".join((command.words[0].replace("_", "-"), *command.words[1:]))


def _place(command: Command) -> str:
    return title(command).replace(" ", "-")


def _section(command: Command) -> str:
    defaults = signature(command.function).parameters
    options = [each for each in command.options if not each.info.hidden]
    arguments = [each for each in options if not _is_option(each)]
    usage = " ".join((title(command), *map(_value, arguments)))
    lines = [_line(each, defaults[each.name].default) for each in options]
    about = _text(cleandoc(command.function.__doc__ or ""))
    return "\n".join((f"## {title(command)}", "", f"`{usage}`", "", about, "", *lines, ""))


def _is_option(option: Option) -> bool:
    return type(option.info).__name__ == "OptionInfo"


def _line(option: Option, default: object) -> str:
    """An option with its meaning, its bounds and its default."""
    names = f"{_names(option)} {_value(option)}".strip() if _is_option(option) else _value(option)
    info = option.info
    bounds = [
        f"from {info.min:g}" if info.min is not None else "",
        f"to {int(info.max)}" if info.max is not None else "",
    ]
    notes = [
        " ".join(filter(None, bounds)),
        _default(option, default),
        f"environment variable {info.envvar}" if info.envvar else "",
    ]
    text = " ".join(str(info.help or "").split())
    noted = f"({'; '.join(filter(None, notes))})" if any(notes) else ""
    meaning = " ".join(filter(None, (_text(text), _text(noted))))
    return f"- `{names}`: {meaning}" if meaning else f"- `{names}`"


def _names(option: Option) -> str:
    """How an option is given; a switch without names of its own has one for each way."""
    if option.flags:
        return ", ".join(sorted(option.flags, key=lambda flag: flag.startswith("--")))
    name = option.name.replace("_", "-")
    return f"--{name} / --no-{name}" if bool in option.types else f"--{name}"


def _value(option: Option) -> str:
    if option.info.metavar:
        return str(option.info.metavar)
    for kind in option.types:
        if isinstance(kind, type) and issubclass(kind, Enum):
            return "|".join(str(each.value) for each in kind)
    if bool in option.types:
        return ""
    if not _is_option(option):
        return option.name.upper()
    return next((_KINDS[kind] for kind in _KINDS if kind in option.types), "VALUE")


def _default(option: Option, default: object) -> str:
    shown = option.info.show_default
    if isinstance(shown, str):
        return f"default: {shown}"
    value = default.value if isinstance(default, Enum) else default
    plain = isinstance(value, str | int | float | Path) and not isinstance(value, bool)
    return f"default: {value}" if shown and plain and value != "" else ""


def _text(text: str) -> str:
    """Help as Markdown: what the markup would take for its own stands for itself."""
    return re.sub(r"([<*_\[\]])", r"\\\1", text)
