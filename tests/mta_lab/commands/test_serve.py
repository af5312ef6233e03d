"""`mta-lab serve`: one host of a topology, alone on its machine."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mta_lab.cli import app
from tests.mta_lab.alone import alone, topology_here
from tests.mta_lab.conftest import ROOT

SEED = ROOT / "labs" / "q196381.yaml"


@pytest.fixture
def topology(tmp_path: Path) -> Path:
    return topology_here(tmp_path / "x.yaml", 10145)


def test_an_mta_serves_and_keeps_its_data_where_it_is_started(
    topology: Path, tmp_path: Path
) -> None:
    with alone(topology, "EXTERNAL", tmp_path / "here") as record:
        assert (record["kind"], record["address"]) == ("listening", "127.0.113.10:10145")
        assert (tmp_path / "here" / "data" / "mta.db").exists()
    assert "name: EXTERNAL" in (tmp_path / "here" / "config.yaml").read_text("utf-8")
    (first, *_) = (tmp_path / "here" / "records.jsonl").read_text("utf-8").splitlines()
    assert json.loads(first) == record


def test_a_firewall_listens_at_its_services(topology: Path, tmp_path: Path) -> None:
    with alone(topology, "firewall", tmp_path / "here") as record:
        assert record["addresses"] == ["127.0.113.1:10145", "127.0.100.1:10145"]
    (first, *_) = (tmp_path / "here" / "records.jsonl").read_text("utf-8").splitlines()
    assert json.loads(first) == record


def test_a_host_that_is_not_there_is_named_and_nothing_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["serve", str(SEED), "NOBODY"])
    assert done.exit_code == 2
    assert "there is no host 'NOBODY'; there are: EXTERNAL, INTERNAL, firewall" in done.output
    assert [*tmp_path.iterdir()] == []
