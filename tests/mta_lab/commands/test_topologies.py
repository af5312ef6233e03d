"""`mta-lab list` and `mta-lab show`."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from mta_lab.cli import app

LABS = Path(__file__).parents[3] / "labs"
SEED = LABS / "q196381.yaml"


def read(*arguments: object) -> list[dict[str, Any]]:
    done = CliRunner().invoke(app, [*map(str, arguments)])
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_catalogue_as_json() -> None:
    found = {each["name"]: each for each in read("list", "--labs", LABS, "--json")}
    assert found["q196381"]["article"] == "Q196381"
    assert len(found) == len(list(LABS.glob("*.yaml")))


def test_a_topology_as_json() -> None:
    (shown,) = read("show", SEED, "--json")
    assert shown["file"] == str(SEED)
    assert shown["networks"] == {"outside": "203.0.113.0/24", "inside": "198.51.100.0/24"}
    assert shown["hosts"]["firewall"] == ["203.0.113.1", "198.51.100.1"]
    assert {(each["mta"], each["leads_to"]) for each in shown["connectors"]} == {
        ("EXTERNAL", "INTERNAL"),
        ("INTERNAL", "EXTERNAL"),
    }
    assert [each["interface"] for each in shown["services"]] == ["outside", "inside"]


def test_a_topology_as_a_tree() -> None:
    done = CliRunner().invoke(app, ["show", str(SEED)])
    assert "EXTERNAL 203.0.113.10" in done.stdout
    assert "symptom: " in done.stdout


def test_a_lab_that_is_up_is_shown_as_it_is(lab: str) -> None:
    (shown,) = read("show", lab, "--json")
    assert shown["lab"] == lab
    assert "file" not in shown
    assert {*shown["hosts"]} == {"EXTERNAL", "INTERNAL", "firewall"}


def test_where_there_are_no_topologies(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["list", "--labs", str(tmp_path)])
    assert done.exit_code == 2
    assert "no topology files (*.yaml) here" in done.stderr


def test_list_and_show(lab_command: Callable[..., Any], tmp_path: Path) -> None:
    for name in ("q196381", "q190022-both-remote-initiated"):
        shutil.copy(LABS / f"{name}.yaml", tmp_path)
    listed = lab_command("list", "--labs", tmp_path)
    assert listed.returncode == 0
    assert "mail waits on both" in listed.stdout
    lines = lab_command("list", "--labs", tmp_path, "--json").stdout.splitlines()
    objects = [json.loads(line) for line in lines]
    assert [each["file"] for each in objects] == [str(path) for path in sorted(tmp_path.iterdir())]
    assert [each["article"] for each in objects] == ["Q190022", "Q196381"]
    assert all(each["symptom"] for each in objects)
    shown = lab_command("show", SEED)
    assert "symptom: mail from outside waits until somebody inside writes" in shown.stdout
    assert "203.0.113.0/24" in shown.stdout
    assert "EXTERNAL" in shown.stdout
