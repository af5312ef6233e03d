"""A text log: lines gather, and no file grows too long."""

from pathlib import Path

import pytest

from mta_emu.mta.log.rollinglog import RollingLog


@pytest.fixture
def log(tmp_path: Path) -> RollingLog:
    return RollingLog(tmp_path, "Bf", 1024)


def test_lines_that_are_added_are_written_together(log: RollingLog, tmp_path: Path) -> None:
    log.add("one", "two\x1b\n")
    assert not (tmp_path / "Bf0.log").exists()
    log.write("three")
    assert (tmp_path / "Bf0.log").read_text() == "one\ntwo\\x1b\\n\nthree\n"
    log.close()


def test_many_lines_at_once_are_divided_among_files(log: RollingLog, tmp_path: Path) -> None:
    lines = [f"{number:04} {'x' * 60}" for number in range(50)]
    log.write(*lines)
    log.close()
    files = sorted(tmp_path.iterdir(), reverse=True)
    assert len(files) > 3
    assert all(file.stat().st_size <= 1024 for file in files)
    assert "".join(file.read_text() for file in files).splitlines() == lines


def test_what_waits_is_written_before_it_is_too_much(log: RollingLog, tmp_path: Path) -> None:
    for _ in range(3):
        log.add("x" * 60)
    assert (tmp_path / "Bf0.log").read_text() == f"{'x' * 60}\n{'x' * 60}\n"
    log.close()
