"""A directory as a hostile learner would hand it in: no points, a plain word, and no harm."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from labkit.config import ConfigurationError
from mta_lab.exercises.answers import FILE, take_hint, write_answer
from mta_lab.exercises.directory import check, grade
from mta_lab.exercises.grading import as_csv, as_junit
from mta_lab.exercises.marking import Marks
from mta_lab.exercises.sheet import read_sheet
from tests.mta_lab.exercises.solving import Given

Made = Callable[[str, str, Path], Path]
NAME = "mail-waits"


@pytest.fixture
def handed_in(made: Made, tmp_path: Path) -> Path:
    return made(NAME, "0", tmp_path)


def said(marks: Marks, question: str) -> str:
    [mark] = [each for each in marks.marks if each.question == question]
    assert (mark.right, mark.points) == (False, 0)
    return mark.feedback


def test_an_answer_file_that_is_none_gets_no_points(handed_in: Path) -> None:
    answers = handed_in / FILE
    bomb = "".join(
        f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9) if n else 0}]\n" for n in range(12)
    )
    for text in (
        bomb,
        "[" * 9999,
        "refusal: !!python/name:os.system\n",
        "\x1b]0;x\x07: 1\n",
        "- 1\n",
    ):
        answers.write_text(text, "utf-8")
        marks = grade(handed_in)
        assert (marks.points, marks.of) == (0, 13)
        assert all(str(answers) in mark.feedback for mark in marks.marks)
        assert "\x1b" not in as_csv([(handed_in, marks)]) + as_junit([(handed_in, marks)])
    with answers.open("wb") as stream:
        stream.truncate(64 << 20)
    assert "longer than" in said(grade(handed_in), "refusal")
    with pytest.raises(ConfigurationError, match="longer than"):
        check(handed_in)


def test_answers_of_odd_types_are_no_answers(handed_in: Path) -> None:
    (handed_in / FILE).write_text(
        f"refusal: {{a: [1, 2]}}\nlayer: 2026-01-01\nevent: !!binary AAAA\ncause: {'a' * 5000}\n",
        "utf-8",
    )
    marks = grade(handed_in)
    assert marks.points == 0
    assert "write the number of a frame" in said(marks, "refusal")
    assert "is no layer" in said(marks, "layer")
    assert "write an event" in said(marks, "event")
    assert "longer than 1000 characters" in said(marks, "cause")


def test_a_learner_gives_himself_no_points_by_hints(handed_in: Path) -> None:
    (handed_in / FILE).write_text("layer: mts\n", "utf-8")
    (handed_in / "hints-taken.yaml").write_text("hints: {layer: -100}\n", "utf-8")
    assert "hints-taken.yaml" in said(grade(handed_in), "layer")


def test_nothing_is_written_through_a_link(handed_in: Path, tmp_path: Path) -> None:
    sheet, elsewhere = read_sheet(handed_in), tmp_path / "elsewhere"
    (handed_in / "hints-taken.yaml").symlink_to(elsewhere)
    with pytest.raises(ConfigurationError, match="a link"):
        take_hint(handed_in, sheet, "refusal")
    (handed_in / FILE).unlink()
    (handed_in / FILE).symlink_to(elsewhere)
    with pytest.raises(ConfigurationError, match="a link"):
        write_answer(handed_in, sheet, "refusal", "1")
    assert not elsewhere.exists()
    assert "a link" in said(grade(handed_in), "refusal")


def test_a_capture_that_never_ends_is_not_read(handed_in: Path) -> None:
    capture = handed_in / "capture.pcapng"
    capture.unlink()
    capture.symlink_to("/dev/zero")
    assert "a link" in said(grade(handed_in), "refusal")
    capture.unlink()
    os.mkfifo(capture)
    assert "no plain file" in said(grade(handed_in), "refusal")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("capture", "../../../etc/passwd"),
        ("capture", "/dev/zero"),
        ("salt", "no hex"),
        ("salt", ""),
        ("digests", ["é" * 32]),
        ("digests", [["00"]]),
        ("points", "many"),
    ],
)
def test_a_sheet_that_was_changed_is_refused(handed_in: Path, field: str, value: object) -> None:
    sheet = json.loads((handed_in / "questions.json").read_text("utf-8"))
    sheet["items"][0][field] = value
    (handed_in / "questions.json").write_text(json.dumps(sheet), "utf-8")
    with pytest.raises(ConfigurationError, match=rf"questions.json.*items.*{field}"):
        check(handed_in)


def played(handed_in: Path) -> str:
    (handed_in / FILE).write_text("repair: done\n", "utf-8")
    assert said(grade(handed_in), "repair") == said(check(handed_in), "repair")
    return said(check(handed_in), "repair")


def test_a_repair_writes_no_file_and_opens_no_door(handed_in: Path, tmp_path: Path) -> None:
    given, target = Given(handed_in), tmp_path / "written"

    def log(document: Any) -> None:
        document["log"] = {"file": str(target)}

    given.change("WALL", log)
    assert "an exercise writes no file" in played(handed_in)
    assert not target.exists()


def test_a_repair_calls_nobody_outside(handed_in: Path) -> None:
    given = Given(handed_in)

    def call(document: Any) -> None:
        document["connectors"][0]["stack"]["address"] = "198.18.0.1"

    given.change(given.mta("outside"), call)
    assert "198.18.0.1 lies in no network of the exercise" in played(handed_in)


def test_a_repair_takes_nobodys_address(handed_in: Path) -> None:
    """The MTA inside takes the firewall's address, where that listens, too."""
    given = Given(handed_in)

    def take(document: Any) -> None:
        document["server"]["transport_stack"]["address"] = given.hosts["WALL", "inside"]

    given.change(given.mta("inside"), take)
    assert "is taken by mtas." in played(handed_in)


def test_a_repair_runs_no_command(handed_in: Path, tmp_path: Path) -> None:
    """Neither by a host's file nor by the topology in questions.json, which `check` plays."""
    given, target = Given(handed_in), tmp_path / "written"
    (handed_in / FILE).write_text("repair: done\n", "utf-8")

    def command(document: Any) -> None:
        document["programs"] = {"TOOL": {"command": ["touch", str(target)]}}

    given.change("WALL", command)
    assert "programs" in played(handed_in)
    sheet = json.loads((handed_in / "questions.json").read_text("utf-8"))
    [address] = [
        each["address"] for each in sheet["topology"]["firewalls"]["WALL"]["interfaces"].values()
    ][:1]
    sheet["topology"]["programs"] = {
        "TOOL": {"address": address.rsplit(".", 1)[0] + ".77", "command": ["touch", str(target)]}
    }
    (handed_in / "questions.json").write_text(json.dumps(sheet), "utf-8")
    given.change("WALL", lambda document: document.pop("programs"))
    assert "an exercise runs no command" in said(check(handed_in), "repair")
    sheet["given"] = ["../../secret"]
    (handed_in / "questions.json").write_text(json.dumps(sheet), "utf-8")
    assert "no host '../../secret'" in said(check(handed_in), "repair")
    assert not target.exists()


def test_values_beside_a_file_are_not_believed(handed_in: Path) -> None:
    """What `dump` leaves beside a file saves reading it; a learner may have written it."""
    host = next(iter((handed_in / "hosts").glob("*.yaml")))
    host.with_suffix(".places.json").write_text("[" * 100_000, "utf-8")
    assert "played: mail from" in played(handed_in)


def test_a_capture_as_long_as_a_disk_is_not_read(
    handed_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mta_lab.exercises.handedin.digest", lambda *_: pytest.fail("was read"))
    os.truncate(handed_in / "capture.pcapng", 4 << 30)
    assert "not the capture that was handed out" in said(grade(handed_in), "refusal")


def test_an_answer_of_half_characters_is_no_answer(handed_in: Path) -> None:
    (handed_in / FILE).write_text('refusal: "\\uDCFF"\ncause: "\\uDCFF"\n', "utf-8")
    for marks in (check(handed_in), grade(handed_in)):
        assert marks.points == 0
        assert said(marks, "refusal")


def test_a_learners_text_forges_no_line(
    handed_in: Path, lab_command: Callable[..., "CompletedProcess[str]"]
) -> None:
    given = Given(handed_in)

    def forge(document: Any) -> None:
        document["x\n13/13  refusal: right\u2028\x1b[2J"] = 1

    given.change("WALL", forge)
    (handed_in / FILE).write_text("repair: done\n", "utf-8")
    for verb in ("grade", "check"):
        shown = lab_command("exercise", verb, handed_in).stdout
        assert "13/13" in shown
        assert not [line for line in shown.splitlines() if line.startswith("13/13")]
        assert "\x1b" not in shown
