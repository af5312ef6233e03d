"""Commands are imported when they are asked for, and not before."""

import gc
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from labkit.commands import Command, program

PROGRAMS = ["mta_emu", "firewall_proxy", "mta_lab"]


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[typer.Typer]:
    """A program of two commands, an app and a function, in modules that nobody has imported."""
    package = tmp_path / "lazy_program"
    package.mkdir()
    (package / "one.py").write_text(
        "import typer\napp = typer.Typer()\n@app.command()\ndef one(): typer.echo('first')\n"
    )
    (package / "two.py").write_text("import typer\ndef second(): typer.echo('second')\n")
    monkeypatch.syspath_prepend(tmp_path)

    commands = {
        "one": Command("lazy_program.one:app", "Says which is first."),
        "two": Command("lazy_program.two:second", "Says which is second."),
    }
    yield program(commands, "A program.")
    for name in [name for name in sys.modules if name.startswith("lazy_program")]:
        del sys.modules[name]


def test_only_the_command_asked_for_is_imported(app: typer.Typer) -> None:
    assert CliRunner().invoke(app, ["one"]).output == "first\n"
    assert "lazy_program.two" not in sys.modules
    assert CliRunner().invoke(app, ["two"]).output == "second\n"


def test_no_garbage_is_looked_for_while_a_command_is_imported(
    app: typer.Typer, tmp_path: Path
) -> None:
    """But afterwards it is, also when the import fails."""
    (tmp_path / "lazy_program" / "one.py").write_text(
        "import gc\nimport typer\nenabled = gc.isenabled()\ndef app(): typer.echo(enabled)\n"
    )
    assert CliRunner().invoke(app, ["one"]).output == "False\n"
    assert gc.isenabled()
    (tmp_path / "lazy_program" / "two.py").write_text("raise OSError\n")
    assert isinstance(CliRunner().invoke(app, ["two"]).exception, OSError)
    assert gc.isenabled()


def test_an_unknown_command_is_an_error(app: typer.Typer) -> None:
    done = CliRunner().invoke(app, ["three"])
    assert done.exit_code == 2
    assert "No such command" in done.output


def test_the_help_of_a_program_imports_no_command(app: typer.Typer) -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    assert "  one  Says which is first.\n  two  Says which is second.\n" in shown
    assert not [name for name in sys.modules if name.startswith("lazy_program")]


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_program_tells_its_version(name: str) -> None:
    told = CliRunner().invoke(_app(name), ["--version"])
    assert (told.exit_code, told.output) == (0, f"x400-firewall-lab {_declared_version()}\n")


@pytest.mark.parametrize("name", PROGRAMS)
def test_help_is_plain_text(name: str) -> None:
    """Nothing is drawn, and nothing is escaped from being read as markup."""
    group = typer.main.get_command(_app(name))
    texts = list(_help_texts(group))
    assert len(texts) > 10
    assert "\\[" not in "".join(texts)
    for word in import_module(f"{name}.cli").COMMANDS:
        shown = CliRunner().invoke(_app(name), [word, "--help"]).output
        assert shown.startswith("Usage: "), shown


def _app(name: str) -> typer.Typer:
    app: typer.Typer = import_module(f"{name}.cli").app
    return app


def _help_texts(command: Any) -> Iterator[str]:
    context = typer.Context(command)
    for each in (command, *command.get_params(context)):
        yield getattr(each, "help", None) or ""
    if hasattr(command, "list_commands"):
        for name in command.list_commands(context):
            yield from _help_texts(command.get_command(context, name))


def _declared_version() -> str:
    project = Path(__file__).parents[2] / "pyproject.toml"
    return str(tomllib.loads(project.read_text("utf-8"))["project"]["version"])
