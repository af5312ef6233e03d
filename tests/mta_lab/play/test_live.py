"""Every record as it comes, a line each."""

from pathlib import Path

import pytest

from mta_emu.mta.log.records import Delivered, Listening
from mta_lab.play.live import LiveOutput
from mta_lab.topology.reading import load_topology

SEED = load_topology(Path(__file__).parents[3] / "labs" / "q196381.yaml")


def test_the_hosts_stand_in_a_column(capsys: pytest.CaptureFixture[str]) -> None:
    live = LiveOutput(SEED)
    live.hear("EXTERNAL", Listening("127.0.113.10:102"))
    live.hear("INTERNAL", Listening("127.0.100.10:102"))
    shown, wrong = capsys.readouterr()
    lines = [line.split("  ") for line in shown.splitlines()]
    assert [line[0] for line in lines] == ["EXTERNAL", "INTERNAL"]
    assert lines[0][-1].endswith("listening on 127.0.113.10:102")
    assert wrong == ""


def test_a_long_line_of_a_peer_is_one_line_and_harmless(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    subject = "[red]Sale\x1b[2J\n" + "x" * 100
    LiveOutput(SEED, error=True).hear("EXTERNAL", Delivered("[C=US]", "C=US;S=Smith", subject))
    shown, wrong = capsys.readouterr()
    assert shown == ""
    (line,) = wrong.splitlines()
    assert "[red]Sale" in line
    assert "x" * 100 in line
    assert "\x1b" not in line
