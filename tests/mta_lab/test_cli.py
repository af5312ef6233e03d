"""The commands of `mta-lab`: none is forgotten, and a wrong one is named."""

from collections.abc import Callable
from typing import Any

from mta_lab.cli import COMMANDS


def test_help_lists_all(lab_command: Callable[..., Any]) -> None:
    shown = lab_command("--help")
    assert shown.returncode == 0
    assert {line.split()[0] for line in shown.stdout.splitlines() if line.strip()} >= {*COMMANDS}


def test_a_command_that_is_none_is_refused(lab_command: Callable[..., Any]) -> None:
    done = lab_command("ru")
    assert done.returncode == 2
    assert "No such command 'ru'" in done.stderr
