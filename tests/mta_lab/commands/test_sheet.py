"""`mta-lab sheet`: exit status, forms, and what it writes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from labkit.config import load
from mta_lab.cli import app
from mta_lab.sheet.sheet import Sheet
from mta_lab.topology.reading import load_topology


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["sheet", *map(str, arguments)])


@pytest.fixture
def sheets(tmp_path: Path) -> tuple[Path, Path]:
    """The sheets of two centres, of which the second has a password for the first."""
    first, second = tmp_path / "one.yaml", tmp_path / "two.yaml"
    for path, centre in ((first, "ONE"), (second, "TWO")):
        assert run("new", path, "--centre", centre).exit_code == 0
    text = second.read_text("utf-8").replace("203.0.113.10}", "198.51.100.10}")
    second.write_text(text.replace("  profile: exchange", "  password: hunter2"), "utf-8")
    return first, second


def test_a_new_sheet_is_one_that_only_its_owner_reads(tmp_path: Path) -> None:
    out = tmp_path / "sheet.yaml"
    done = run("new", out, "--centre", "TOWER")
    assert (done.exit_code, done.stdout) == (0, f"{out} written\n")
    assert load(out, Sheet).centre == "TOWER"
    assert out.stat().st_mode & 0o777 == 0o600


def test_what_is_there_is_not_overwritten(sheets: tuple[Path, Path]) -> None:
    before = sheets[0].read_bytes()
    done = run("new", sheets[0])
    assert done.exit_code == 2
    assert "is not overwritten" in done.stderr
    assert sheets[0].read_bytes() == before


def test_1_says_that_they_differ_and_no_password_is_shown(sheets: tuple[Path, Path]) -> None:
    done = run("diff", *sheets)
    assert done.exit_code == 1
    assert "different: ONE own.password | TWO peer.password" in done.stdout
    assert "ONE -> TWO: refused: password of MTA ONE is not" in done.stdout
    assert "hunter2" not in done.stdout


def test_0_says_that_they_agree(tmp_path: Path) -> None:
    blank = "selectors: {t: blank, s: blank, p: blank}"
    files = []
    for own, other, last in (("ONE", "TWO", 10), ("TWO", "ONE", 20)):
        assert run("new", tmp_path / own, "--centre", own).exit_code == 0
        peer = f'  mta_name: {other}\n  password: ""\n  {blank}\n  profile: exchange'
        text = (tmp_path / own).read_text("utf-8").replace("  profile: exchange", peer)
        (tmp_path / own).write_text(text.replace("113.10}", f"113.{last}}}"), "utf-8")
        files.append(tmp_path / own)
    done = run("diff", *files)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("ONE and TWO agree in every field\n")


def test_as_json_it_is_one_object(sheets: tuple[Path, Path]) -> None:
    done = run("diff", *sheets, "--json")
    found = json.loads(done.stdout)
    assert (found["first"], found["second"]) == ("ONE", "TWO")
    password = next(each for each in found["differences"] if each["first_field"] == "own.password")
    assert (password["kind"], password["first"], password["second"]) == (
        "different",
        "empty",
        "given",
    )
    assert password["changes"][0]["after"]["disposition"] == "refused"
    assert "hunter2" not in done.stdout


def test_the_topology_is_a_file_that_can_be_read(sheets: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "link.yaml"
    assert run("to-topology", *sheets, out).exit_code == 0
    connector = load_topology(out).mtas["TWO"].connectors[0]
    assert connector.general.remote_mta_password == "hunter2"
    assert out.stat().st_mode & 0o777 == 0o600


def test_the_page_has_no_password(sheets: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "sheet.html"
    assert run("page", sheets[1], out).exit_code == 0
    text = out.read_text("utf-8")
    assert "Link sheet of TWO" in text
    assert "hunter2" not in text


@pytest.mark.parametrize("command", ["diff", "to-topology", "page"])
def test_a_wrong_file_is_2(sheets: tuple[Path, Path], tmp_path: Path, command: str) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("centre: ONE\n", "utf-8")
    more = [] if command == "page" else [sheets[1]]
    out = [] if command == "diff" else [tmp_path / "out"]
    done = run(command, wrong, *more, *out)
    assert done.exit_code == 2
    assert "wrong.yaml:1: own: is missing" in done.stderr


def test_a_centre_of_a_wrong_name_is_2(tmp_path: Path) -> None:
    done = run("new", tmp_path / "x.yaml", "--centre", "a b")
    assert done.exit_code == 2
    assert not (tmp_path / "x.yaml").exists()


def test_the_profiles_are_listed() -> None:
    assert "hp-nonstop: Knows its peers by ordered pairs" in run("profiles").stdout
    found = [json.loads(line) for line in run("profiles", "--json").stdout.splitlines()]
    assert {each["name"]: each["dialogue_modes"] for each in found}["hp-nonstop"] == ["monologue"]


def test_a_new_sheet_speaks_what_the_peer_speaks(tmp_path: Path) -> None:
    assert run("new", tmp_path / "x.yaml", "--peer", "openmail").exit_code == 0
    assert load(tmp_path / "x.yaml", Sheet).link.conformance.value == "1988-x410"


def test_what_the_peer_does_not_speak_is_2(tmp_path: Path) -> None:
    out = tmp_path / "x.yaml"
    assert run("new", out, "--peer", "hp-nonstop").exit_code == 0
    text = out.read_text("utf-8").replace("mode: monologue", "mode: two-way-alternate")
    out.write_text(text, "utf-8")
    done = run("page", out, tmp_path / "x.html")
    assert done.exit_code == 2
    line = text[: text.index("dialogue_mode")].count("\n") + 1
    wanted = f"x.yaml:{line}: link.dialogue_mode: the peer is of the profile hp-nonstop"
    assert wanted in done.stderr.replace("\n", " ")
