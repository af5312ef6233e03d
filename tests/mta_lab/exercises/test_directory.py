"""What `new` writes, and how it is graded."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from labkit.config import ConfigurationError
from mta_lab.capture.kernel import KernelCapture
from mta_lab.exercises.course import find
from mta_lab.exercises.directory import check, grade, key_file, write_exercise
from tests.mta_lab.exercises.course.test_dr_reasons import solve
from tests.mta_lab.exercises.solving import assert_full_marks

Made = Callable[[str, str, Path], Path]


def test_the_key_lies_beside_the_directory(made: Made, tmp_path: Path) -> None:
    directory = made("mail-waits", "0", tmp_path)
    assert {path.name for path in directory.iterdir()} == {
        *("exercise.md", "answers.yaml", "questions.json", "capture.pcapng", "hosts")
    }
    assert key_file(directory).parent == directory.parent
    assert stat.S_IMODE(key_file(directory).stat().st_mode) == 0o600
    text = "".join(path.read_text("utf-8") for path in directory.glob("*.[ymj]*"))
    assert "seed" not in text


@pytest.mark.parametrize("prepared", ["a link", "a file that is open"])
def test_a_key_file_that_somebody_prepared_is_not_written_to(tmp_path: Path, prepared: str) -> None:
    """Where others may write, too: who had it open would read the seed, and a link leads away."""
    directory, elsewhere = tmp_path / "x", tmp_path / "elsewhere"
    elsewhere.write_text("mine", "utf-8")
    if prepared == "a link":
        key_file(directory).symlink_to(elsewhere)
    else:
        key_file(directory).hardlink_to(elsewhere)
    write_exercise(find("which-layer"), "0", directory)
    assert elsewhere.read_text("utf-8") == "mine"
    assert "seed" in key_file(directory).read_text("utf-8")
    assert stat.S_IMODE(key_file(directory).lstat().st_mode) == 0o600


def test_a_directory_is_not_written_over(made: Made, tmp_path: Path) -> None:
    directory = made("mail-waits", "0", tmp_path)
    with pytest.raises(ConfigurationError, match="not empty"):
        write_exercise(find("mail-waits"), "1", directory)


def test_another_capture_is_not_graded(made: Made, tmp_path: Path) -> None:
    directory = made("mail-waits", "0", tmp_path)
    capture = directory / "capture.pcapng"
    capture.write_bytes(capture.read_bytes() + b"\0")
    marks = grade(directory)
    assert marks.points == 0
    assert {mark.feedback for mark in marks.marks} == {
        f"{capture}: not the capture that was handed out"
    }


def test_digests_cannot_be_changed_to_fit_an_answer(made: Made, tmp_path: Path) -> None:
    """The teacher's key is computed, and not read from what the learner had in his hands."""
    directory, other = made("mail-waits", "0", tmp_path), made("mail-waits", "1", tmp_path)
    for name in ("questions.json", "answers.yaml"):
        (directory / name).write_bytes((other / name).read_bytes())
    (directory / "answers.yaml").write_text("refusal: 1\n", "utf-8")
    assert grade(directory).points == check(directory).points == 0


@pytest.fixture
def _sockets_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a user without CAP_NET_RAW gets."""
    monkeypatch.setattr(KernelCapture, "open", lambda *_: None)


@pytest.mark.usefixtures("_sockets_only")
def test_who_may_not_capture_is_told_what_that_takes(tmp_path: Path) -> None:
    directory = tmp_path / "mine"
    with pytest.raises(ConfigurationError, match="CAP_NET_RAW"):
        write_exercise(find("two-firewalls"), "0", directory)
    assert not directory.exists()


@pytest.mark.usefixtures("_sockets_only")
def test_other_exercises_are_made_from_sockets(tmp_path: Path) -> None:
    directory = tmp_path / "mine"
    write_exercise(find("dr-reasons"), "0", directory)
    assert_full_marks(directory, solve)


def test_who_is_not_root_is_told_what_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for name in ("nat", "silence", "black-hole"):
        with pytest.raises(ConfigurationError, match=rf"{name} is played in network namespaces"):
            write_exercise(find(name), "0", tmp_path / name)
        assert not (tmp_path / name).exists()
