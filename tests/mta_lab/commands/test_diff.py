"""`mta-lab diff`: exit status and forms."""

import json
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
