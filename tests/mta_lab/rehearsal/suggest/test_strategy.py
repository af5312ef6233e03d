"""All mail at once where that is little, and else flow after flow."""

from pathlib import Path

import pytest

from mta_lab.rehearsal.suggest.document import TopologyFile
from mta_lab.rehearsal.suggest.strategy import Strategy, places
from mta_lab.rehearsal.suggest.waiting import Wanted
from tests.mta_lab.rehearsal.changed import LABS, NOW
from tests.mta_lab.rehearsal.suggest.stopped import changed_file


def found(file: TopologyFile, most: int = 3) -> list[list[str]]:
    strategy = Strategy(file, Wanted(), NOW, most, lambda: True)
    return [[edit.text for edit in edits] for edits in strategy.find()]


def test_one_edit_that_mends_everything_ends_the_search() -> None:
    strategy = Strategy(TopologyFile.read(LABS / "q196381.yaml"), Wanted(), NOW, 3, lambda: True)
    assert [places(edits) for edits in strategy.find()] == [1, 1, 5]
    assert strategy.tried < 20
    assert not strategy.stopped


def test_what_two_things_stop_is_mended_one_after_another(tmp_path: Path) -> None:
    """With one edit for each flow, and then with as many for all at once."""
    names = [f"remote_mta_name: {name}" for name in ("NORTH", "SOUTH")]
    wrong = [(name, f"{name}X") for name in names]
    file = changed_file(tmp_path, "q166308-all-right", *wrong)
    for each in found(file, most=2):
        assert len(each) == 2
        assert Wanted().waiting(file.topology(), NOW) != []


def test_what_is_found_leaves_fewer_flows_waiting(tmp_path: Path) -> None:
    """Two MTAs expect another name of EAST than it shows."""
    file = changed_file(
        tmp_path,
        "q164838-loop",
        ("remote_mta_name: EAST", "remote_mta_name: EASTERN"),
    )
    strategy = Strategy(file, Wanted(), NOW, 1, lambda: True)
    left = {len(Wanted().waiting(file.topology(edits), NOW)) for edits in strategy.find()}
    assert left
    assert max(left) < len(Wanted().waiting(file.topology(), NOW))


@pytest.mark.parametrize("asked", [0, 1])
def test_without_time_it_says_so(asked: int) -> None:
    left = iter([True] * asked)
    file = TopologyFile.read(LABS / "q196381.yaml")
    strategy = Strategy(file, Wanted(), NOW, 3, lambda: next(left, False))
    strategy.find()
    assert strategy.stopped
    assert strategy.tried == asked
