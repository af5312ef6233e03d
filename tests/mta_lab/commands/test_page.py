"""`mta-lab page`: a capture by others as one file."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def capture(play: Run, tmp_path: Path) -> Path:
    """The seed's capture, without anything beside it."""
    played = play("q196381")
    return Path(shutil.copy(played.capture, tmp_path / "site <1>.pcapng"))


def test_a_capture_becomes_a_page_beside_it(lab_command: Run, capture: Path) -> None:
    done = lab_command("page", capture, "--port", "10102")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    page = capture.with_suffix(".html")
    (data,) = re.findall(r'id="model">(.*)</script>', page.read_text("utf-8"))
    model = json.loads(data)
    assert model["title"] == "site <1>.pcapng"
    assert [call["disposition"] for call in model["calls"]] == ["refused", "delivered"]
    assert [column["kind"] for column in model["columns"]] == ["address", "firewall", "address"]


def test_as_json_writes_no_file_but_the_one_that_is_named(
    lab_command: Run, capture: Path, tmp_path: Path
) -> None:
    done = lab_command("page", capture, "--json")
    assert json.loads(done.stdout)["capture"] == capture.name
    assert [*tmp_path.iterdir()] == [capture]
    named = tmp_path / "new" / "page.html"
    done = lab_command("page", capture, "--json", "--html", named)
    assert json.loads(done.stdout)["capture"] == capture.name
    assert named.exists()


def test_what_is_no_capture_is_said(lab_command: Run, tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("no packets")
    for file, complaint in (
        (other, "notes.txt: neither pcap nor pcapng"),
        (tmp_path / "none.pcapng", "none.pcapng: No such file"),
        (tmp_path, "is a directory"),
    ):
        done = lab_command("page", file)
        assert done.returncode == 2
        assert complaint in done.stderr
    assert [*tmp_path.iterdir()] == [other]
