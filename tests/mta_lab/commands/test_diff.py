"""`mta-lab diff`: exit status and forms."""

import json
from collections.abc import Callable
from pathlib import Path

from typer.testing import CliRunner, Result

from mta_lab.cli import app

LABS = Path(__file__).parents[3] / "labs"
SEED, TUNNEL = (str(LABS / f"{name}.yaml") for name in ("q196381", "q196381-tunnel"))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["diff", *arguments], env={"COLUMNS": "80"})


def test_nothing_changes_in_the_same_file() -> None:
    done = run(SEED, SEED)
    assert (done.exit_code, done.stdout) == (0, "nothing changes for the mail\n")


def test_1_says_that_something_changes() -> None:
    done = run(SEED, TUNNEL)
    assert done.exit_code == 1
    assert "EXTERNAL ->        collected, now" in done.stdout


def test_a_lab_that_is_up_is_compared_as_it_is(lab: str) -> None:
    done = run(SEED, lab)
    assert (done.exit_code, done.stdout) == (0, "nothing changes for the mail\n"), done.output
    assert run(lab, TUNNEL).exit_code == 1


def test_a_wrong_file_is_2(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("name: 1\n", "utf-8")
    assert run(SEED, str(tmp_path / "x.yaml")).exit_code == 2
    assert run(str(tmp_path / "none.yaml"), SEED).exit_code == 2


def test_as_json_it_is_one_object() -> None:
    found = json.loads(run(SEED, TUNNEL, "--json").stdout)
    assert (found["before"], found["after"]) == (SEED, TUNNEL)
    inward = found["changes"][0]
    assert inward["kinds"] == ["collected, now delivered", "other events"]
    assert (inward["before"]["disposition"], inward["after"]["disposition"]) == (
        "collected",
        "delivered",
    )


def test_markdown_is_a_form_of_its_own() -> None:
    assert run(SEED, TUNNEL, "--markdown").stdout.startswith("| from | to | change |")
    assert run(SEED, TUNNEL, "--markdown", "--json").exit_code == 2


def set_transparency(lab: str, value: str) -> Result:
    return CliRunner().invoke(app, ["set", f"firewall.transparency={value}", "--lab", lab])


def test_a_lab_that_is_up_is_compared_as_it_is_now_by_the_addresses_of_its_file(lab: str) -> None:
    """The seed is up: on loopback and in namespaces it becomes of its mail what its file says."""
    same = run(SEED, lab)
    assert (same.exit_code, same.stdout) == (0, "nothing changes for the mail\n")
    assert set_transparency(lab, "off").exit_code == 0
    try:
        done = run(SEED, lab, "--json")
        assert done.exit_code == 1
        (change,) = json.loads(done.stdout)["changes"]
        assert change["kinds"] == ["collected, now delivered", "another source", "other events"]
        assert change["after"]["sources"] == {"INTERNAL": "198.51.100.1"}
        back = run(lab, SEED, "--json")
        assert json.loads(back.stdout)["changes"][0]["kinds"][0] == "delivered, now collected"
    finally:
        assert set_transparency(lab, "on").exit_code == 0


def test_a_name_of_the_catalogue_is_a_file(lab_name: Callable[[str], str]) -> None:
    done = run("q196381", "q196381-tunnel", "--labs", str(LABS))
    assert done.exit_code == 1
    assert run("q196381", lab_name("none"), "--labs", str(LABS)).exit_code == 2
