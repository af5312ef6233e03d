"""`mta-lab run`: what it leaves, what it shows, and when it fails."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mta_lab.topology.files import load_topology

LABS = Path(__file__).parents[3] / "labs"
TUNNEL = LABS / "q196381-tunnel.yaml"
DIRECT = LABS / "q196381-transparency-off.yaml"

Command = Callable[..., Any]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "name a topology file, or give --all"),
        ((TUNNEL, DIRECT, "--capture", "x.pcapng"), "one file holds one run; give a directory"),
        ((TUNNEL, DIRECT, "--name", "x"), "one name is for one topology"),
        ((TUNNEL, DIRECT, "--step"), "one topology is walked through"),
        ((TUNNEL, "--quiet", "--verbose"), "give one of --verbose, --quiet and --step"),
        ((LABS / "none.yaml",), "none.yaml"),
        ((TUNNEL, "--backend", "nowhere"), "--backend"),
    ],
)
def test_options_that_do_not_fit_are_refused_before_anything_starts(
    lab_command: Command, tmp_path: Path, arguments: tuple[object, ...], complaint: str
) -> None:
    captures = () if "--capture" in arguments else ("--capture", tmp_path / "runs")
    done = lab_command("run", *arguments, *captures)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert [*tmp_path.iterdir()] == []


def test_the_story_the_table_and_the_files_beside(lab_command: Command, tmp_path: Path) -> None:
    done = lab_command("run", DIRECT, "--capture", tmp_path, "--name", "mine", "--port", "10144")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"ok {load_topology(DIRECT).name}")
    assert "EXTERNAL -> INTERNAL" in done.stdout
    assert "INTERNAL  delivers 5 messages" in done.stderr
    assert {each.name for each in tmp_path.iterdir()} == {"mine.pcapng", "mine.json"}
    result = json.loads((tmp_path / "mine.json").read_text("utf-8"))
    assert (result["verdict"], result["capture"]["port"]) == ("pass", 10144)


def test_several_are_counted_and_one_difference_is_a_failure(
    lab_command: Command, tmp_path: Path
) -> None:
    text = DIRECT.read_text("utf-8")
    assert "sent: 5\n" in text
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(text.replace("sent: 5\n", "sent: 6\n").replace("name: q", "name: wrong-q", 1))
    done = lab_command("run", DIRECT, wrong, "--capture", tmp_path / "runs", "--port", "10144")
    assert done.returncode == 1
    assert "1 passed, 1 failed, " in done.stdout
    assert ": EXTERNAL -> INTERNAL: sent: expected 6, observed 5" in done.stdout
    assert [line.split()[0] for line in done.stderr.splitlines()] == ["ok", "FAIL"]


def test_quiet_json_is_one_line_and_nothing_else(lab_command: Command, tmp_path: Path) -> None:
    options = ("--json", "--quiet", "--capture", tmp_path / "x.pcapng", "--port", "10144")
    done = lab_command("run", DIRECT, *options)
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = done.stdout.splitlines()
    assert line == (tmp_path / "x.json").read_text("utf-8").rstrip("\n")


def test_what_is_hardly_meant_is_a_warning_and_played(lab_command: Command, tmp_path: Path) -> None:
    lab = LABS / "q154301-connection-refused.yaml"
    done = lab_command("run", lab, "--capture", tmp_path, "--port", "10144")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("warning: ")
    assert "where no service of the firewall listens" in done.stderr.splitlines()[0]
