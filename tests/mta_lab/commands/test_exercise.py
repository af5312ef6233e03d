"""`mta-lab exercise`, as learner and teacher use it."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import httpx
import pytest

from mta_lab.exercises.course import COURSE
from tests.patience import PATIENCE

Command = Callable[..., "CompletedProcess[str]"]


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MTA_LAB_STATE", str(tmp_path / "state"))


def test_the_course_is_listed(lab_command: Command) -> None:
    lines = lab_command("exercise", "list", "--json").stdout.splitlines()
    assert [json.loads(line)["name"] for line in lines] == [each.name for each in COURSE]
    text = lab_command("exercise", "list").stdout
    assert COURSE[0].title in text
    assert "Router, translation or proxy? (made with root)" in text
    assert "Nobody there (made with CAP_NET_RAW)" in text


def test_an_exercise_has_a_page_and_a_solution(lab_command: Command) -> None:
    assert "Model solution" not in lab_command("exercise", "show", "mail-waits").stdout
    assert "Model solution" in lab_command("exercise", "show", "mail-waits", "--solution").stdout
    shown = json.loads(lab_command("exercise", "show", "mail-waits", "--json").stdout)
    assert shown["minutes"] == 45
    assert "solution" not in shown
    done = lab_command("exercise", "show", "mail-wait")
    assert (done.returncode, "did you mean mail-waits?" in done.stderr) == (2, True)


def test_from_new_to_a_grade(lab_command: Command, tmp_path: Path) -> None:
    directory = tmp_path / "mine"
    done = lab_command("exercise", "new", "mail-waits", "--seed", "2", "-o", directory)
    assert done.returncode == 0, done.stderr
    assert "mine.key.yaml" in done.stdout
    done = lab_command("exercise", "check", directory)
    assert done.returncode == 1
    assert "refusal: no answer" in done.stdout
    assert "SPDU" in lab_command("exercise", "check", directory, "--hint", "refusal").stdout
    (directory / "answers.yaml").write_text("layer: mts\nrefusal: 1\n", "utf-8")
    done = lab_command("exercise", "check", directory, "--json")
    marks = {mark["question"]: mark for mark in json.loads(done.stdout)["marks"]}
    assert marks["layer"]["points"] == 2
    assert "look at frame" in marks["refusal"]["feedback"]
    assert marks["refusal"]["hints"] == 1
    graded = json.loads(lab_command("exercise", "grade", directory, "--json").stdout)
    assert (graded["points"], graded["of"]) == (2, 13)
    assert "1. refusal" in lab_command("exercise", "do", directory).stdout  # nothing is typed
    (directory / "answers.yaml").write_text("laier: mts\n", "utf-8")
    done = lab_command("exercise", "check", directory)
    assert (done.returncode, "did you mean layer?" in done.stderr) == (2, True)


def test_a_class_is_graded_in_the_forms_of_others(lab_command: Command, tmp_path: Path) -> None:
    names, top = tmp_path / "names.csv", tmp_path / "class"
    names.write_text("Ann\nBob\n", "utf-8")
    done = lab_command(
        *("exercise", "new", "which-layer", "--seed", "1", "--class", names, "-o", top),
        *("--jobs", "1"),
    )
    assert done.stdout.split() == [str(top / "Ann"), str(top / "Bob")], done.stderr
    done = lab_command("exercise", "grade", top / "Ann", top / "Bob", "--csv")
    assert (done.returncode, len(done.stdout.splitlines())) == (1, 9)
    assert "<testsuite " in lab_command("exercise", "grade", top / "Ann", "--junit").stdout
    done = lab_command("exercise", "grade", top / "Ann", "--gradescope")
    assert json.loads(done.stdout)["score"] == 0
    done = lab_command("exercise", "grade", top / "Ann", "--gradescope", "--csv")
    assert done.returncode == 2


def test_who_has_no_key_file_does_not_stop_the_others(lab_command: Command, tmp_path: Path) -> None:
    lab_command("exercise", "new", "which-layer", "--seed", "1", "-o", tmp_path / "a")
    done = lab_command("exercise", "grade", tmp_path / "none", tmp_path / "a", "--csv")
    assert (done.returncode, len(done.stdout.splitlines())) == (2, 5)
    assert "none.key.yaml" in done.stderr


def test_a_default_directory_does_not_have_the_seed(lab_command: Command) -> None:
    assert "NAME-SEED" not in lab_command("exercise", "new", "--help").stdout


def test_do_says_how_many_are_right(lab_command: Command, tmp_path: Path) -> None:
    directory = tmp_path / "mine"
    lab_command("exercise", "new", "which-layer", "--seed", "1", "-o", directory)
    done = lab_command("exercise", "do", directory)
    assert done.returncode == 1
    assert "0 of 4 answers are right: 0 of 8 points" in done.stdout
    lab_command("exercise", "check", directory, "--hint", "refusal")
    (directory / "answers.yaml").write_text("refusal: 1\n", "utf-8")
    assert "(1 hint)" in lab_command("exercise", "check", directory).stdout


def test_octets_that_are_no_text_are_no_answer(lab_command: Command, tmp_path: Path) -> None:
    directory = tmp_path / "mine"
    lab_command("exercise", "new", "which-layer", "--seed", "1", "-o", directory)
    done = subprocess.run(
        [sys.executable, "-m", "mta_lab", "exercise", "do", directory],
        input=b"\xff\xfe\n\x00\x1b[2J\n\xed\xa0\x80\n\n",
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert b"write the number of a frame" in done.stdout
    assert b"Traceback" not in done.stderr
    assert b"\x1b" not in done.stdout
    assert "refusal" in (directory / "answers.yaml").read_text("utf-8")


def test_the_page_of_an_exercise_is_served_until_it_is_ended(
    lab_command: Command, tmp_path: Path
) -> None:
    directory = tmp_path / "mine"
    lab_command("exercise", "new", "which-layer", "--seed", "1", "-o", directory)
    command = [sys.executable, "-m", "mta_lab", "exercise", "web", directory, "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        said = json.loads(process.stdout.readline())
        assert said["directory"] == str(directory)
        assert said["url"].startswith("http://127.0.0.1:")
        page = httpx.get(f"{said['url']}exercise.json", timeout=PATIENCE).json()
        assert page["title"]
        bare = said["url"].rsplit("/", 2)[0]
        assert httpx.get(f"{bare}/exercise.json", timeout=PATIENCE).status_code == 403
    finally:
        process.send_signal(signal.SIGTERM)
        _, error = process.communicate(timeout=PATIENCE)
    assert (process.returncode, error) == (130, "")


def test_what_has_no_page_is_said(lab_command: Command, tmp_path: Path) -> None:
    done = lab_command("exercise", "web", tmp_path)
    assert (done.returncode, "questions.json" in done.stderr) == (2, True)
    (tmp_path / "questions.json").write_text('{"exercise": "x"}', "utf-8")
    done = lab_command("exercise", "web", tmp_path)
    assert (done.returncode, "title" in done.stderr) == (2, True)
    done = lab_command("exercise", "web", tmp_path, "--at", "here")
    assert (done.returncode, "--at: " in done.stderr) == (2, True)
