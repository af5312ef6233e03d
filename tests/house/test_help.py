"""The table of a program, of which its help is made, has all its commands and says what they do."""

from importlib import import_module
from pathlib import Path

import pytest
import typer

from labkit.commands import summary
from tests.house.commands import PROGRAMS, app

#: What several commands share, or an option of one is about: no commands of their own.
HELPERS = {
    "__init__",
    "completing",
    "given",
    "logbook",
    "newfile",
    "pages",
    "prove_random",
    "queues",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_module_of_a_program_has_a_command(name: str) -> None:
    """The table forgets none."""
    folder = Path(import_module(f"{name}.commands").__file__ or "").parent
    modules = {path.stem for path in folder.glob("*.py")} - HELPERS
    prefix = f"{name}.commands."
    table = import_module(f"{name}.cli").COMMANDS
    assert {each.place.partition(":")[0] for each in table.values()} == {
        prefix + module for module in modules
    }


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_help_of_a_program_is_that_of_its_commands(name: str) -> None:
    """The table has the first paragraph of each command's own help."""
    group, table = typer.main.get_command(app(name)), import_module(f"{name}.cli").COMMANDS
    context = typer.Context(group)
    assert {word: each.summary for word, each in table.items()} == {
        word: summary(group.get_command(context, word)) for word in table
    }
