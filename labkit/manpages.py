"""Manual pages of programs, made from the same definitions as their help.

`python -m labkit.manpages DIRECTORY PACKAGE...` writes a page for each program and each of its
commands; PACKAGE is where the program's `cli` lies. `man -l FILE` shows one.
"""

import re
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import typer

from labkit.output import say

_DISTRIBUTION = "x400-firewall-lab"
_NO_COMMAND = re.compile(r"^([.'])", re.MULTILINE)  # at the beginning of a line roff has its own


def pages(program: str, command: Any) -> Iterator[tuple[str, str]]:
    """The pages of a command and of all below it: the name of each file, and its text in roff."""
    context = typer.Context(command, info_name=program)
    below = {name: command.get_command(context, name) for name in _names(command, context)}
    title = program.replace(" ", "-")
    yield f"{title}.1", "\n".join(_page(title, program, command, context, below)) + "\n"
    for name, each in below.items():
        yield from pages(f"{program} {name}", each)


def _names(command: Any, context: typer.Context) -> list[str]:
    return command.list_commands(context) if hasattr(command, "list_commands") else []


def _page(
    title: str, program: str, command: Any, context: typer.Context, below: dict[str, Any]
) -> Iterator[str]:
    first, *others = (" ".join(each.split()) for each in (command.help or "").split("\n\n"))
    yield f'.TH "{_text(title.upper())}" 1 "" "{_DISTRIBUTION} {version(_DISTRIBUTION)}"'
    yield from (".SH NAME", f"{_text(title)} \\- {_text(first)}")
    usage = " ".join(command.collect_usage_pieces(context))
    yield from (".SH SYNOPSIS", f".B {_text(program)}", _text(usage))
    if others:
        yield ".SH DESCRIPTION"
        for paragraph in others:
            yield from (".PP", _text(paragraph))
    records = [each.get_help_record(context) for each in command.get_params(context)]
    yield from _listed("OPTIONS", [each for each in records if each])
    summaries = [(name, (each.help or "").partition("\n\n")[0]) for name, each in below.items()]
    yield from _listed("COMMANDS", summaries)
    around = [program.rpartition(" ")[0].replace(" ", "-")] if " " in program else []
    if see := [*around, *(f"{title}-{name}" for name in below)]:
        yield ".SH SEE ALSO"
        yield ", ".join(f"\\fB{_text(each)}\\fR(1)" for each in see)


def _listed(heading: str, entries: list[tuple[str, str]]) -> Iterator[str]:
    if entries:
        yield f".SH {heading}"
    for name, meaning in entries:
        yield from (".TP", f"\\fB{_text(name)}\\fR", _text(" ".join(meaning.split())))


def _text(text: str) -> str:
    """A text as roff reads it: nothing in it is a command, and `-` is the character of options."""
    return _NO_COMMAND.sub(r"\\&\1", text.replace("\\", "\\e").replace("-", "\\-"))


def write(directory: Path, packages: list[str]) -> int:
    """Write the pages of programs into a directory; how many they are. Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    written = [
        (directory / name).write_text(text, "utf-8")
        for package in packages
        for name, text in pages(
            package.replace("_", "-"),
            typer.main.get_command(import_module(f"{package}.cli").app),
        )
    ]
    return len(written)


if __name__ == "__main__":
    target, *of = sys.argv[1:]
    say(f"{write(Path(target), of)} pages in {target}")
