"""All that people read leaves through labkit, which makes it safe: nothing prints by itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("labkit", "mta_emu", "mta_lab", "firewall_proxy")
#: What prints: these two make text safe first, and know rich and the standard streams.
EDGE = {"labkit/output.py", "labkit/console.py"}
#: Uses of a standard stream that print no text of anybody's.
ALLOWED = {
    ("mta_lab/commands/capture.py", "sys.stdout"),  # is it a terminal?
}
STREAMS = {"sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__"}
PRINTERS = {"print", "typer.echo", "typer.secho", "click.echo", "click.secho", "typer.style"}
MODULES = [
    path.relative_to(ROOT).as_posix()
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
]


def prints(source: str) -> Iterator[str]:
    """What of a module's source prints past the edge, or could."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names):
                yield from (name.name for name in names if name.name.split(".")[0] == "rich")
            case ast.ImportFrom(module=str(module), names=names):
                if module.split(".")[0] == "rich":
                    yield module
                yield from (
                    f"{module}.{name.name}"
                    for name in names
                    if f"{module}.{name.name}" in STREAMS | PRINTERS
                )
            case ast.Attribute() if (name := ast.unparse(node)) in STREAMS | PRINTERS:
                yield name
            case ast.Name(id="print"):
                yield "print"


@pytest.mark.parametrize("module", MODULES)
def test_only_the_edge_prints(module: str) -> None:
    found = {(module, what) for what in prints((ROOT / module).read_text("utf-8"))}
    if module in EDGE:
        assert found
    else:
        assert found <= ALLOWED


@pytest.mark.parametrize(
    "source",
    [
        "print(record)",
        "import typer\ntyper.echo(record)",
        "from typer import echo\necho(record)",
        "import sys\nsys.stdout.write(record)",
        "from sys import stderr\nstderr.write(record)",
        "from rich.table import Table",
        "import rich",
        "import click\nclick.secho(record)",
        "def show(write=print): write(record)",
    ],
)
def test_what_prints_past_the_edge_is_found(source: str) -> None:
    assert list(prints(source))


def test_what_does_not_print_is_not_found() -> None:
    assert not list(prints("from labkit.output import say\nimport typer\nsay('x')\nblueprint(1)"))
