"""The labs of a test: up until its end, and of one that failed the captures stay."""

from pathlib import Path

import pytest

from labkit.errors import ConfigurationError
from mta_lab.testing.labs import Labs


def test_a_test_that_passes_keeps_no_capture(tmp_path: Path) -> None:
    labs = Labs(tmp_path, tmp_path / "captures")
    lab = labs("q196381")
    lab.send("INTERNAL", "EXTERNAL")
    labs.end()
    assert lab.flow("INTERNAL", "EXTERNAL").delivered == 1
    assert not [*(tmp_path / "captures").iterdir()]


def test_a_test_that_fails_shows_all_its_labs(tmp_path: Path) -> None:
    labs = Labs(tmp_path, tmp_path / "captures")
    first, second = labs("q196381"), labs("q196381", set={"firewall.transparency": False})
    first.send("EXTERNAL", "INTERNAL")
    second.send("EXTERNAL", "INTERNAL")
    kept = tmp_path / "kept"
    shown = labs.failures(kept)
    labs.end()
    assert [title for title, _ in shown] == ["X.400 lab q196381"] * 2
    assert "refused: 1 sent, 0 arrived, 1 queued" in shown[0][1]
    assert "delivered: 1 sent, 1 arrived, 0 queued" in shown[1][1]
    assert len([*kept.iterdir()]) == 2
    for file, (_, text) in zip(sorted(kept.iterdir()), shown, strict=True):
        assert str(file) in text


def test_a_backend_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="'nets' is no backend; did you mean netns"):
        Labs(tmp_path, tmp_path).aio("q196381", backend="nets")


def test_a_lab_that_was_never_up_is_not_shown(tmp_path: Path) -> None:
    labs = Labs(tmp_path, tmp_path)
    labs.aio("q196381")
    assert labs.failures(None) == []


def test_what_cannot_be_shown_hides_no_failure(tmp_path: Path) -> None:
    labs = Labs(tmp_path, tmp_path / "captures")
    lab = labs("q196381")
    lab.stop()
    lab.capture.write_bytes(b"no capture")
    [(title, text)] = labs.failures(None)
    assert (title, text.startswith("cannot be shown: ")) == ("X.400 lab", True)
