"""`mta-lab predict`: exit status and forms."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mta_lab.cli import app

LABS = Path(__file__).parents[3] / "labs"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["predict", *arguments])


@pytest.mark.parametrize(
    ("expects", "delivered", "status"), [(True, False, 0), (False, True, 0), (False, False, 1)]
)
def test_the_exit_status_is_the_verdict(
    tmp_path: Path, expects: bool, delivered: bool, status: int
) -> None:
    text = (LABS / f"q166308-{'all-right' if delivered else 'wrong-password'}.yaml").read_text()
    file = tmp_path / "lab.yaml"
    file.write_text(text if expects else text.partition("\nexpect:")[0])
    assert run(str(file)).exit_code == status


def test_what_is_not_as_expected_is_1(tmp_path: Path) -> None:
    file = tmp_path / "lab.yaml"
    text = (LABS / "q166308-wrong-password.yaml").read_text()
    file.write_text(text.replace("NORTH: [1290", "NORTH: [1291"))
    assert run(str(file)).exit_code == 2  # no such event
    file.write_text(text.replace("NORTH: [1290", "NORTH: [289"))
    done = run(str(file))
    assert (done.exit_code, "not as the file expects: events of NORTH" in done.stdout) == (1, True)


def test_a_lab_that_is_up_is_predicted_as_it_is(lab: str) -> None:
    done = run(lab)
    assert done.exit_code == 1, done.output
    assert "EXTERNAL -> INTERNAL  collected" in done.stdout
    assert f"lab {lab} as it is now" in done.stderr


def test_a_wrong_file_is_2(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("name: 1\n", "utf-8")
    assert run(str(tmp_path / "x.yaml")).exit_code == 2


def test_as_json_it_is_one_object_with_the_whole_trace() -> None:
    done = run(str(LABS / "q196381.yaml"), "--json")
    found = json.loads(done.stdout)
    inward = found["flows"][0]
    assert inward["disposition"] == "collected"
    assert inward["events"] == {"EXTERNAL": [1290, 289, 1294, 301], "INTERNAL": [1293]}
    steps = inward["legs"][0]["attempts"][0]["steps"]
    assert steps[-1]["reason"]["place"]["line"] == 61


def test_markdown_and_the_trace_are_forms_of_their_own() -> None:
    assert run(str(LABS / "q196381.yaml"), "--markdown").stdout.startswith("| from | to |")
    assert "bind: address" in run(str(LABS / "q196381.yaml"), "--explain").stdout
    assert run(str(LABS / "q196381.yaml"), "--markdown", "--json").exit_code == 2
