"""Commands are imported when they are asked for, and not before."""

import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.text import Text
from typer.testing import CliRunner

from labkit.commands import LazyGroup


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

    class Commands(LazyGroup):
        places = {"one": "lazy_program.one:app", "two": "lazy_program.two:second"}  # noqa: RUF012

    program = typer.Typer(cls=Commands)
    program.callback()(lambda: None)
    yield program
    for name in [name for name in sys.modules if name.startswith("lazy_program")]:
        del sys.modules[name]


def test_only_the_command_asked_for_is_imported(app: typer.Typer) -> None:
    assert CliRunner().invoke(app, ["one"]).output == "first\n"
    assert "lazy_program.two" not in sys.modules
    assert CliRunner().invoke(app, ["two"]).output == "second\n"


def test_an_unknown_command_is_an_error(app: typer.Typer) -> None:
    done = CliRunner().invoke(app, ["three"])
    assert done.exit_code == 2
    assert "No such command" in done.output


@pytest.mark.parametrize("program", ["mta_emu", "firewall_proxy", "mta_lab"])
def test_every_program_tells_its_version(program: str) -> None:
    app = import_module(f"{program}.cli").app
    told = CliRunner().invoke(app, ["--version"])
    assert (told.exit_code, told.output) == (0, f"x400-firewall-lab {_declared_version()}\n")


@pytest.mark.parametrize("program", ["mta_emu", "firewall_proxy", "mta_lab"])
def test_no_help_text_is_taken_for_markup(program: str) -> None:
    """What is in brackets is a tag to rich, and shown nowhere, unless the bracket is escaped."""
    texts = list(_help_texts(typer.main.get_command(import_module(f"{program}.cli").app)))
    assert len(texts) > 10
    assert [Text.from_markup(each).plain for each in texts] == [
        each.replace("\\[", "[") for each in texts
    ]


@pytest.mark.parametrize("program", ["mta_emu", "firewall_proxy", "mta_lab"])
def test_help_fills_its_lines(program: str) -> None:
    """A line end of the source is none in the help: each paragraph is as wide as the terminal."""
    for help_text in _help_texts(typer.main.get_command(import_module(f"{program}.cli").app)):
        assert "\n" not in help_text.replace("\n\n", "")


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
