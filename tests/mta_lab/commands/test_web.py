"""`mta-lab web`: whose page it serves, where, and how it ends."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.patience import PATIENCE

Command = Callable[..., Any]
ROOT = Path(__file__).parents[3]


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[dict[str, str], subprocess.Popen[str]]]:
    """What `mta-lab web` prints when its page can be opened; it is ended after the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mta_lab", "web", *arguments, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        assert process.stdout
        yield json.loads(process.stdout.readline()), process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)


def test_the_page_of_a_lab_that_is_up(lab: str, cli: Command) -> None:
    """It stays up when its page ends."""
    with serving(lab) as (said, process):
        assert said["lab"] == lab
        assert said["url"].startswith("http://127.0.0.1:")
        page = httpx.get(f"{said['url']}model.json", timeout=PATIENCE).json()
        assert page["topology"] == "q196381"
        assert {each["host"] for each in page["said"]} == {"EXTERNAL", "INTERNAL", "firewall"}
        bare = said["url"].rsplit("/", 2)[0]
        assert httpx.get(f"{bare}/model.json", timeout=PATIENCE).status_code == 403
    assert process.returncode == 130
    assert cli("ps", "--lab", lab).exit_code == 0


def test_a_file_is_put_up_and_taken_down(
    lab_name: Callable[[str], str], traces: Callable[[str], list[str]]
) -> None:
    name = lab_name("web-file")
    with serving("labs/q196381.yaml", "--name", name, "--at", "127.0.113.92:10893") as (said, _):
        assert said["lab"] == name
        assert said["url"].startswith("http://127.0.113.92:10893/")
        assert httpx.get(said["url"], timeout=PATIENCE).status_code == 200
        assert traces(name)
    assert traces(name) == []


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("nobody",), "nobody: no topology of this name"),
        (("./none.yaml",), "none.yaml"),
        (("--at", "127.0.0.1"), "--at: '127.0.0.1': has no port"),
        (("--at", "here:8400"), "--at: "),
        (("--at", "127.0.0.1:0"), "--at: "),
    ],
)
def test_what_cannot_be_is_said(cli: Command, arguments: tuple[str, ...], complaint: str) -> None:
    done = cli("web", *arguments)
    assert done.exit_code == 2
    assert complaint in done.output


def test_without_the_extra_it_says_what_brings_it(
    cli: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mta_lab.web.server", None)
    done = cli("web")
    assert done.exit_code == 2
    assert "pip install 'x400-firewall-lab[web]'" in done.output
