"""`mta-lab suggest`: exit status, forms, and what it writes."""

import json
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mta_lab.cli import app

LABS = Path(__file__).parents[3] / "labs"
SEED, RIGHT = (str(LABS / f"{name}.yaml") for name in ("q196381", "q166308-all-right"))


def run(command: str, *arguments: str) -> Result:
    # an hour, so that nothing depends on how fast the machine is
    patient = ("--seconds", "3600") if command == "suggest" else ()
    return CliRunner().invoke(app, [command, *arguments, *patient])


def test_the_three_workarounds_are_shown_and_the_file_stays() -> None:
    before = Path(SEED).read_bytes()
    done = run("suggest", SEED)
    assert done.exit_code == 0
    for start in (
        "1. service x400-inbound of firewall: client-side transparency off",
        "2. a second connector of INTERNAL, remote-initiated, that names 203.0.113.10",
        "3. a tunnel between 203.0.113.10 and 198.51.100.10 on port 102",
    ):
        assert start in done.stdout
    assert "secret" not in done.stdout
    assert Path(SEED).read_bytes() == before


def test_nothing_to_mend_is_0_and_nothing_found_is_1(tmp_path: Path) -> None:
    done = run("suggest", RIGHT)
    assert (done.exit_code, done.stdout) == (0, "nothing is to be mended\n")
    path = tmp_path / "x.yaml"
    text = (LABS / "q196381.yaml").read_text("utf-8")
    path.write_text(text.replace("remote_mta_name: INTERNAL", "remote_mta_name: X"), "utf-8")
    done = run("suggest", str(path), "--edits", "1")
    assert done.exit_code == 1
    assert "EXTERNAL -> INTERNAL: nothing found" in done.stdout


@pytest.mark.parametrize("number", ["1", "2", "3"])
def test_what_is_written_delivers_the_mail_and_keeps_comments(number: str, tmp_path: Path) -> None:
    out = tmp_path / "out.yaml"
    done = run("suggest", SEED, "--write", str(out), "--number", number)
    assert done.exit_code == 0
    flows = json.loads(run("predict", str(out), "--json").stdout)["flows"]
    assert [flow["disposition"] for flow in flows] == ["delivered", "delivered"]
    assert "password: secret" in out.read_text("utf-8")


def test_as_json_no_password_is_shown() -> None:
    done = run("suggest", SEED, "--json")
    found = json.loads(done.stdout)
    assert [each["places"] for each in found["suggestions"]] == [1, 1, 5]
    assert found["suggestions"][0]["mends"] == ["EXTERNAL -> INTERNAL"]
    assert found["stopped"] is False
    assert "secret" not in done.stdout


def test_markdown_has_fences() -> None:
    done = run("suggest", SEED, "--markdown")
    assert done.stdout.startswith("### 1. ")
    assert done.stdout.count("```diff") == 3


def test_one_flow_may_be_asked_for() -> None:
    name = str(LABS / "q193380-no-ptr-record.yaml")
    done = run("suggest", name, "--flow", "NORTH:SOUTH")
    assert "1. a PTR record: 203.0.113.10 is north.contoso.example" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--flow", "EXTERNAL"), "write FROM:TO, two of EXTERNAL, INTERNAL"),
        (("--flow", "EXTERNL:INTERNAL"), "did you mean EXTERNAL?"),
        (("--write", SEED), "is the file itself, which stays as it is"),
        (("--write", "/nowhere/x", "--number", "4"), "there is no suggestion 4, but 3"),
        (("--write", "/nowhere/x"), "No such file or directory"),
        (("--json", "--markdown"), "give one of --json and --markdown"),
    ],
)
def test_what_is_wrong_is_2(arguments: tuple[str, ...], complaint: str) -> None:
    before = Path(SEED).read_bytes()
    done = run("suggest", SEED, *arguments)
    assert done.exit_code == 2
    assert complaint in done.output
    assert Path(SEED).read_bytes() == before


def test_a_wrong_file_is_2(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("name: 1\n", "utf-8")
    assert run("suggest", str(tmp_path / "x.yaml")).exit_code == 2


def test_a_suggestion_is_played(tmp_path: Path, lab_name: Callable[[str], str]) -> None:
    path = tmp_path / "x.yaml"
    name, lab = "q171113-two-way-not-allowed", lab_name("suggest")
    text = (LABS / f"{name}.yaml").read_text("utf-8")
    path.write_text(text.replace(f"name: {name}", f"name: {lab}"), "utf-8")
    with chdir(tmp_path):
        done = run("suggest", str(path), "--prove", "--json")
    assert done.exit_code == 0
    for each in json.loads(done.stdout)["suggestions"]:
        assert each["proved"]["proof"]["delivered"]
    assert {file.name for file in (tmp_path / "runs").iterdir()} == {f"{lab}-1", f"{lab}-2"}
