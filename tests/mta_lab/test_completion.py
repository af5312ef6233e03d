"""Shells complete commands, options, topologies and labs: the shells themselves are asked."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from mta_lab.cli import COMMANDS, app
from tests.mta_lab.commands.conftest import lab_cli
from tests.patience import PATIENCE

SHELLS = ("bash", "zsh", "fish")
#: Asks a shell what may stand for the last word, with the script that the program gives it.
ASK = {
    "bash": """
source <({script})
COMP_WORDS=({words}) COMP_CWORD={last}
_mta_lab_completion mta-lab
printf '%s\\n' "${{COMPREPLY[@]}}"
""",
    "zsh": """
compdef() {{ }}
_arguments() {{ print -r -- "$1" }}
_files() {{ print -r -- files }}
source <({script})
words=({words}) CURRENT={last}+1
_mta_lab_completion
""",
    "fish": """
{script} | source
complete --do-complete '{words}'
""",
}


def completed(shell: str, *words: str, home: Path) -> str:
    """What a shell has for the last of these words."""
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    text = ASK[shell].format(
        script=f"_MTA_LAB_COMPLETE=source_{shell} mta-lab",
        words=" ".join(words),
        last=len(words) - 1,
    )
    done = subprocess.run(
        [shell, *({"bash": ["--norc"], "zsh": ["-f"]}.get(shell, ["--no-config"])), "-c", text],
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        env=os.environ
        | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(home)},
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_a_command_is_completed(shell: str, tmp_path: Path) -> None:
    found = completed(shell, "mta-lab", "sugg", home=tmp_path)
    assert "suggest" in found
    assert "what-if" not in found


@pytest.mark.parametrize("shell", SHELLS)
def test_the_name_of_a_topology_is_completed(shell: str, tmp_path: Path) -> None:
    """And no name of a file is a command for the shell."""
    (tmp_path / "q196381-tulip.yaml").write_text("")
    (tmp_path / "q196381-tu$(touch harm).yaml").write_text("")
    (tmp_path / "q196381-tu`touch harm`.yaml").write_text("")
    found = completed(shell, "mta-lab", "run", "q196381-tu", home=tmp_path)
    assert "q196381-tulip" in found
    assert "q196381-tunnel" in found
    assert "q196381-ipv6" not in found
    assert "touch" not in found
    assert not [*tmp_path.rglob("harm")]


def test_each_command_that_takes_a_topology_completes_its_name() -> None:
    """In whichever of them it is forgotten, the shell would have files only."""
    takes = [
        (command, argument)
        for name in COMMANDS
        for command in [typer.main.get_command(app).get_command(None, name)]
        for argument in command.params
        if "FILE|NAME" in (argument.metavar or "") or argument.metavar in ("BEFORE", "AFTER")
    ]
    assert len(takes) > 15
    for command, argument in takes:
        context = typer.Context(command)
        found = [each.value for each in argument.shell_complete(context, "q196381-tun")]
        assert found == ["q196381-tunnel"], (command.name, argument.name)


def test_the_commands_of_a_program_are_completed_without_importing_them() -> None:
    asked = {"_MTA_LAB_COMPLETE": "complete_bash", "COMP_WORDS": "mta-lab ", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-X", "importtime", Path(sys.executable).with_name("mta-lab")],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
        env=os.environ | asked,
    )
    assert {*done.stdout.splitlines()} == {*COMMANDS}
    assert "mta_lab.commands" not in done.stderr


def test_the_help_says_how_completion_is_installed() -> None:
    assert "--install-completion" in lab_cli("--help").stdout
