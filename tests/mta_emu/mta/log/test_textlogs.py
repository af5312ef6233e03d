"""The text log of the events: never too long, and what it cannot write is said."""

import stat
from pathlib import Path

import pytest

from labkit.clock import LabClock
from mta_emu.mta.log.diagnostics import DiagnosticsLogging
from mta_emu.mta.log.events import event
from mta_emu.mta.log.textlogs import TextLogs


def lines(directory: Path, name: str) -> list[str]:
    return (directory / name).read_text("utf-8").splitlines()


@pytest.fixture
def logs(tmp_path: Path) -> TextLogs:
    levels = {"x400_service": "minimum", "text_log_size": 1}
    return TextLogs(tmp_path, DiagnosticsLogging.model_validate(levels), LabClock())


def test_a_long_log_rolls_over(logs: TextLogs, tmp_path: Path) -> None:
    for number in range(100):
        logs.event(event(289, dn=f"/CN={number}"))
    logs.close()
    assert {path.name for path in tmp_path.iterdir()} == {f"Ev{n}.log" for n in range(10)}
    assert all(path.stat().st_size <= 1024 for path in tmp_path.iterdir())
    assert "/CN=99 " in lines(tmp_path, "Ev0.log")[-1]
    newest_of_the_older = lines(tmp_path, "Ev1.log")[-1]
    assert "Warning 289 [X.400 Service] A connection to /CN=" in newest_of_the_older
    assert newest_of_the_older < lines(tmp_path, "Ev0.log")[0]


def test_what_the_disk_does_not_take_is_told(tmp_path: Path) -> None:
    directory = tmp_path / "gone"
    levels = DiagnosticsLogging.model_validate({"security": "maximum"})
    logs = TextLogs(directory, levels, LabClock())
    with pytest.raises(FileNotFoundError, match=r"Ev0\.log"):
        logs.event(event(289, dn="/CN=X"))
    directory.mkdir()
    logs.event(event(289, dn="/CN=X"))  # and the next one is written
    assert "289" in (directory / "Ev0.log").read_text()
    assert stat.S_IMODE((directory / "Ev0.log").stat().st_mode) == 0o600


@pytest.mark.parametrize("category", ["interoperability", "apdu"])
def test_the_wire_is_heard_only_where_a_log_shows_it(tmp_path: Path, category: str) -> None:
    for level, heard in (("none", False), ("minimum", True)):
        levels = DiagnosticsLogging.model_validate({"security": "maximum", category: level})
        logs = TextLogs(tmp_path, levels, LabClock())
        assert bool(logs.wire) is heard
        logs.close()
