"""Display filters, judged by tshark."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from labkit.config import ConfigurationError
from mta_lab.exercises import displayfilter
from mta_lab.exercises.displayfilter import NotAFilter, selected


def test_tshark_says_what_is_selected(
    made: Callable[[str, str, Path], Path], tmp_path: Path
) -> None:
    capture = made("mail-waits", "0", tmp_path) / "capture.pcapng"
    begun = selected(capture, "tcp.flags.syn == 1 && tcp.flags.ack == 0")
    assert begun[0] == 1
    assert len(begun) == 3  # of the neighbour; to the firewall, and from it
    assert selected(capture, "udp") == ()
    with pytest.raises(NotAFilter, match="flag"):
        selected(capture, "tcp.flag.syn == 1")
    with pytest.raises(NotAFilter):  # what looks like an option is a filter, and a wrong one
        selected(capture, "-r")


@pytest.mark.parametrize("text", ["frame.number == 3", "tcp && frame[1] == 3", "Frame.time"])
def test_frames_are_not_named(text: str) -> None:
    with pytest.raises(NotAFilter, match="what the packets have in common"):
        selected(Path("none"), text)


def test_tshark_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConfigurationError, match="Debian package tshark"):
        selected(Path("none"), "tcp")


def test_no_octet_ends_a_filter_early() -> None:
    with pytest.raises(NotAFilter, match="NUL"):
        selected(Path("none"), "tcp\0udp")


def test_a_filter_that_never_ends_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tshark").write_text("#!/bin/sh\nexec sleep infinity\n", "utf-8")
    (tmp_path / "tshark").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(displayfilter, "_PATIENCE", 0.2)
    with pytest.raises(NotAFilter, match=r"not done with it after 0.2 seconds"):
        selected(Path("none"), "tcp")
