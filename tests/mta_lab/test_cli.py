"""The commands of `mta-lab`: none is forgotten, and a wrong one is named."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mta_lab import commands
from mta_lab.cli import _Commands

#: What several commands share, or an option of one is about: no commands of their own.
HELPERS = {"__init__", "given", "queues", "prove_random"}
MODULES = {path.stem for path in Path(commands.__file__).parent.glob("*.py")}


def test_each_module_of_the_commands_has_a_command() -> None:
    places = [place.partition(":") for place in _Commands.places.values()]
    assert {
        module.removeprefix("mta_lab.commands.") for module, _, _ in places
    } == MODULES - HELPERS
    assert HELPERS <= MODULES
    for module, _, name in places:
        assert callable(getattr(importlib.import_module(module), name))


def test_help_lists_all(lab_command: Callable[..., Any]) -> None:
    shown = lab_command("--help")
    assert shown.returncode == 0
    listed = {line.strip("│ ").partition(" ")[0] for line in shown.stdout.splitlines()}
    assert listed >= {*_Commands.places}


def test_a_command_that_is_none_is_refused(lab_command: Callable[..., Any]) -> None:
    done = lab_command("ru")
    assert done.returncode == 2
    assert "No such command 'ru'" in done.stderr
