"""`mta-lab what-if`: exit status and forms."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mta_lab.cli import app
from mta_lab.rehearsal.proof.proving import Proved, Proving
from tests.dask import dask

__all__ = ["dask"]  # a fixture

SEED = str(Path(__file__).parents[3] / "labs" / "q196381.yaml")
VARY = ("--vary", "firewall.transparency=on,off")
RULES = ("--vary", "firewall.rules=[],[{name: no, from: 203.0.113.0/24, action: deny}]")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["what-if", *arguments])


def test_each_value_is_shown_and_the_file_stays() -> None:
    before = Path(SEED).read_bytes()
    done = run(SEED, *VARY)
    assert done.exit_code == 0
    assert "2. firewall.transparency=off" in done.stdout
    assert "all mail is delivered with 2" in done.stdout
    assert Path(SEED).read_bytes() == before


@pytest.mark.parametrize("pairwise", [(), ("--pairwise",)])
def test_as_json_it_is_one_object(pairwise: tuple[str, ...]) -> None:
    found = json.loads(run(SEED, *VARY, *RULES, "--json", *pairwise).stdout)
    assert [flow["disposition"] for flow in found["flows"]] == ["collected", "delivered"]
    assert len(found["cases"]) == 4
    becomes = {
        (each["settings"]["firewall.transparency"], each["settings"]["firewall.rules"] == "[]"): [
            flow["disposition"] for flow in each["flows"]
        ]
        for each in found["cases"]
    }
    assert len(becomes) == 4
    assert becomes["off", True] == ["delivered", "delivered"]


def test_a_cluster_says_the_same(dask: str) -> None:
    here, there = run(SEED, *VARY, "--markdown"), run(SEED, *VARY, "--markdown", "--dask", dask)
    assert there.stdout == here.stdout != ""


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--vary", "firewall.transparency"), "write PATH=VALUE,VALUE"),
        (("--vary", "firewall.transparency=maybe"), "must be true or false"),
        (("--vary", "firewal.rules=[]"), "did you mean firewall?"),
        ((*VARY, "--dask", "nowhere"), "write tcp://HOST:PORT"),
        ((*VARY, "--json", "--markdown"), "give one of --json and --markdown"),
    ],
)
def test_what_is_wrong_is_2(arguments: tuple[str, ...], complaint: str) -> None:
    done = run(SEED, *arguments)
    assert done.exit_code == 2
    assert complaint in done.output


def test_a_difference_from_what_is_played_is_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Proved, "differs", True)
    monkeypatch.setattr(Proving, "prove", lambda *_: Proved(None, "made up"))
    done = run(SEED, *VARY, "--prove")
    assert done.exit_code == 1
    assert "1 was not played: made up" in done.stdout


def test_a_lab_that_is_up_is_varied_and_not_played(lab: str) -> None:
    found = json.loads(run(lab, *VARY, "--json").stdout)
    dispositions = [flow["disposition"] for case in found["cases"] for flow in case["flows"]]
    assert dispositions == ["collected", "delivered", "delivered", "delivered"]
    done = run(lab, *VARY, "--prove")
    assert done.exit_code == 2
    assert "is a lab that is up; --prove plays a file: give FILE|NAME" in done.output
