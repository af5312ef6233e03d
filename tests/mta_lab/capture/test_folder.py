"""A folder of captures: which is the last of a topology."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from mta_lab.capture.folder import latest, new_file

NOW = datetime(2026, 1, 5, 23, 59, 58, tzinfo=UTC)


def test_the_last_that_began_is_found_and_no_other_topologys(tmp_path: Path) -> None:
    assert latest(tmp_path, "q1") is None
    for name, seconds in (("q1", 0), ("q1", 60), ("q1-fixed", 90), ("q", 95)):
        new_file(tmp_path, name, NOW + timedelta(seconds=seconds)).touch()
    (tmp_path / "q1-zzz.pcapng").touch()
    (tmp_path / "mine.pcapng").touch()
    assert latest(tmp_path, "q1") == tmp_path / "q1-20260106T000058Z.pcapng"
    assert latest(tmp_path, "q1-fixed") == tmp_path / "q1-fixed-20260106T000128Z.pcapng"


def test_a_name_is_no_pattern(tmp_path: Path) -> None:
    new_file(tmp_path, "ab", NOW).touch()
    assert latest(tmp_path, "a?") is None


def test_without_a_folder_there_is_none(tmp_path: Path) -> None:
    assert latest(tmp_path / "none", "q1") is None
