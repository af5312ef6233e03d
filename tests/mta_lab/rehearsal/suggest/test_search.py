"""The search: the fewest edits first, within its bounds."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from mta_lab.rehearsal.suggest.document import TopologyFile
from mta_lab.rehearsal.suggest.edit import Edit, Put
from mta_lab.rehearsal.suggest.search import Search
from mta_lab.rehearsal.suggest.waiting import Wanted
from tests.mta_lab.rehearsal.changed import LABS, NOW
from tests.mta_lab.rehearsal.suggest.stopped import changed_file


def searched(
    file: TopologyFile, most: int = 3, goes_on: Callable[[], bool] = lambda: True
) -> Search:
    search = Search(file, Wanted(), NOW, most, goes_on)
    search.run()
    return search


def texts(search: Search) -> list[list[str]]:
    return [[edit.text for edit in edits] for edits in search.found]


@pytest.fixture
def twice(tmp_path: Path) -> TopologyFile:
    """The seed, in which EXTERNAL also expects another name than INTERNAL shows."""
    wrong = ("remote_mta_name: INTERNAL", "remote_mta_name: INSIDE")
    return changed_file(tmp_path, "q196381", wrong)


def test_what_two_things_stop_takes_two_edits(twice: TopologyFile) -> None:
    assert searched(twice, most=1).found == []
    found = texts(searched(twice, most=2))
    assert [
        "service x400-inbound of firewall: client-side transparency off",
        "connector FIREWALL of EXTERNAL: the remote MTA name is INTERNAL",
    ] in found
    assert {len(each) for each in found} == {2}


def test_nothing_is_found_twice_nor_tried_twice(twice: TopologyFile) -> None:
    found = [frozenset(each) for each in texts(searched(twice))]
    assert len(found) == len({*found})


def test_a_round_that_finds_something_is_the_last() -> None:
    search = searched(TopologyFile.read(LABS / "q196381.yaml"))
    assert {len(each) for each in search.found} == {1}
    assert not search.stopped


def test_it_stops_when_there_is_no_time_and_says_so(twice: TopologyFile) -> None:
    asked = count()
    search = searched(twice, goes_on=lambda: next(asked) < 5)
    assert search.stopped
    assert search.tried == 5


def test_an_edit_that_is_no_topology_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = Edit("wrong", (Put(("mtas", "INTERNAL", "server", "name"), ""),))
    monkeypatch.setattr("mta_lab.rehearsal.suggest.search.edits", lambda stop: iter([wrong]))
    search = searched(TopologyFile.read(LABS / "q196381.yaml"))
    assert (search.found, search.tried) == ([], 1)


def test_where_all_is_delivered_nothing_is_tried() -> None:
    search = searched(TopologyFile.read(LABS / "q166308-all-right.yaml"))
    assert (search.found, search.tried) == ([], 0)
