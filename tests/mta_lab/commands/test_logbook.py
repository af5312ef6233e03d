"""`mta-lab predict --sheet` and `mta-lab prove --sheet`: exit status, forms, and the file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
RIGHT, THREE = "labs/q166308-all-right.yaml", "labs/amhsland.yaml"


def test_predicted_nothing_is_proved(lab_command: Command, tmp_path: Path) -> None:
    out = tmp_path / "book.html"
    done = lab_command("predict", THREE, "--sheet", out)
    assert done.returncode == 0, done.stderr
    *rows, written = done.stdout.splitlines()
    assert rows[0] == "bind: AMHSLAND-1 -> AMHSLAND-2: not proved"
    assert len(rows) == 6 * 6 + 2  # each way of three pairs, and the loops
    assert written == f"{out} written"
    text = out.read_text("utf-8")
    assert text.count("<td>not proved</td>") == len(rows)
    assert "AMHSLAND-1 calls AMHSLAND-2: accepted" in text


def test_proved_it_has_frames_and_captures(lab_command: Command, tmp_path: Path) -> None:
    out = tmp_path / "book.html"
    done = lab_command("prove", RIGHT, "--sheet", out, "--captures", tmp_path / "captures")
    assert done.returncode == 0, done.stderr
    *rows, loop, _ = done.stdout.splitlines()
    assert all(each.endswith(": as predicted") for each in rows)
    assert "not applicable" in loop
    text = out.read_text("utf-8")
    assert "(frame " in text
    assert "secret" not in text  # the password of both
    assert len([*(tmp_path / "captures").glob("*/*.pcapng")]) == 10


def test_as_json_it_is_one_object(lab_command: Command, tmp_path: Path) -> None:
    done = lab_command("predict", RIGHT, "--json", "--sheet", tmp_path / "book.html")
    found = json.loads(done.stdout)
    assert (found["backend"], found["agrees"]) == (None, True)
    first = found["rows"][0]
    assert (first["subject"], first["observed"]) == ("bind", None)
    assert first["predicted"]["calls"][0]["source"] == "203.0.113.10"
    assert "written" in done.stderr


@pytest.mark.parametrize("command", ["predict", "prove"])
def test_a_file_that_is_there_is_refused_before_anything_is_played(
    command: str, lab_command: Command, tmp_path: Path
) -> None:
    out = tmp_path / "book.html"
    out.write_text("signed", "utf-8")
    done = lab_command(command, RIGHT, "--sheet", out)
    assert (done.returncode, done.stdout) == (2, "")
    assert "is not overwritten" in done.stderr
    assert out.read_text("utf-8") == "signed"


@pytest.mark.parametrize(
    "arguments", [("predict", "--explain"), ("predict", "--markdown"), ("prove", "--delivered")]
)
def test_it_is_no_other_form(
    arguments: tuple[str, str], lab_command: Command, tmp_path: Path
) -> None:
    command, other = arguments
    done = lab_command(command, RIGHT, other, "--sheet", tmp_path / "book.html")
    assert done.returncode == 2
    assert "--sheet" in done.stderr
    assert not [*tmp_path.iterdir()]
