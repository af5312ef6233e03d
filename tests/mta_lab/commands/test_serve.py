"""`mta-lab serve`: one host of a topology, alone on its machine."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mta_lab.cli import app

SEED = Path(__file__).parents[3] / "labs" / "q196381.yaml"


@pytest.fixture
def topology(tmp_path: Path) -> Path:
    """The seed at addresses that this machine has, and not on port 102."""
    text = SEED.read_text("utf-8").replace("203.0.113.", "127.0.113.")
    text = text.replace("198.51.100.", "127.0.100.").replace("port: 102", "port: 10145")
    text = text.replace("transport_stack: {", "transport_stack: {port: 10145, ")
    file = tmp_path / "x.yaml"
    file.write_text(text, "utf-8")
    return file


@contextmanager
def serving(topology: Path, host: str, directory: Path) -> Iterator[dict[str, Any]]:
    """The first record that a host writes, which runs then."""
    directory.mkdir()
    with subprocess.Popen(
        [sys.executable, "-m", "mta_lab", "serve", str(topology), host, "--json"],
        cwd=directory,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(SEED.parents[1])},
    ) as process:
        assert process.stdout
        yield json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
    assert process.returncode == 0


def test_an_mta_serves_and_keeps_its_data_where_it_is_started(
    topology: Path, tmp_path: Path
) -> None:
    with serving(topology, "EXTERNAL", tmp_path / "here") as record:
        assert (record["kind"], record["address"]) == ("listening", "127.0.113.10:10145")
        assert (tmp_path / "here" / "data" / "mta.db").exists()
    assert "name: EXTERNAL" in (tmp_path / "here" / "config.yaml").read_text("utf-8")


def test_a_firewall_listens_at_its_services(topology: Path, tmp_path: Path) -> None:
    with serving(topology, "firewall", tmp_path / "here") as record:
        assert record["addresses"] == ["127.0.113.1:10145", "127.0.100.1:10145"]


def test_a_host_that_is_not_there_is_named_and_nothing_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["serve", str(SEED), "NOBODY"])
    assert done.exit_code == 2
    assert "there is no host 'NOBODY'; there are: EXTERNAL, INTERNAL, firewall" in done.output
    assert [*tmp_path.iterdir()] == []
