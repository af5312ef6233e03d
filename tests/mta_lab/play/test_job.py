"""One topology to play, as a value that another process can take."""

from pathlib import Path

import pytest

from labkit.spread import spread
from mta_lab.lab.directory import labs_directory
from mta_lab.lab.placement import Placement
from mta_lab.play.audience import Audience
from mta_lab.play.job import Job, play
from mta_lab.topology.reading import load_topology

LABS = Path(__file__).parents[3] / "labs"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MTA_LAB_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


def job(name: str, tmp_path: Path) -> Job:
    topology = load_topology(LABS / f"{name}.yaml")
    return Job(topology, name, tmp_path / f"{name}.pcapng", "loopback")


def test_several_are_played_at_once_and_come_in_their_order(state: Path, tmp_path: Path) -> None:
    names = ["q196381", "q196381-transparency-off", "q196381-tunnel"]
    played = [*spread(play, [job(name, tmp_path) for name in names], 3)]
    assert [each.result.topology for each in played] == names
    assert [each.result.verdict for each in played] == ["pass"] * 3
    assert all(each.seconds > 0 for each in played)
    assert {*map(str, played[0].result.addresses)} >= {
        "203.0.113.10",
        "198.51.100.10",
    }  # the file's
    assert not state.exists()


def test_the_audience_is_made_for_where_it_is_played(state: Path, tmp_path: Path) -> None:
    seen: list[tuple[str, str]] = []

    def watch(placement: Placement, lab: str) -> Audience:
        assert labs_directory() == state
        seen.append((placement.topology.name, lab))
        return Audience()

    played = play(job("q196381", tmp_path), watch)
    assert played.result.verdict == "pass"
    assert seen == [("q196381", "q196381")]
