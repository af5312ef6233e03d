"""Suggestions are ranked, and say what else changes."""

from collections.abc import Callable
from pathlib import Path

from mta_lab.backends.registry import BackendName
from mta_lab.rehearsal.proof.proving import Proving
from mta_lab.rehearsal.suggest.suggestion import proved
from mta_lab.rehearsal.suggest.waiting import Wanted
from tests.mta_lab.rehearsal.changed import NOW
from tests.mta_lab.rehearsal.suggest.stopped import INWARD, SOUTHWARD, changed_file, suggested


def test_few_places_and_few_other_changes_come_first() -> None:
    found, _ = suggested("q196381")
    assert [each.places for each in found.suggestions] == [1, 1, 5]
    assert [len(each.others) for each in found.suggestions] == [0, 0, 1]
    assert {each.mends for each in found.suggestions} == {("EXTERNAL -> INTERNAL",)}


def test_what_harms_other_mail_comes_last_and_says_so() -> None:
    """INTERNAL knows EXTERNAL then, and calls where no route leads."""
    found, _ = suggested("q196381", INWARD)
    *good, bad = found.suggestions
    assert [each.harms for each in (*good, bad)] == [*[False] * len(good), True]
    assert bad.edits[0].startswith("connector FIREWALL of INTERNAL: the Stack page names")
    (change,) = bad.others
    assert (change.sender, change.kinds[0]) == ("INTERNAL", "delivered, now collected")


def test_the_edits_of_a_suggestion_mend_what_it_says(tmp_path: Path) -> None:
    file = changed_file(tmp_path, "q166308-wrong-password")
    found, edits = suggested(file)
    assert len(found.suggestions) == len(edits) == 2
    for each in edits:
        assert Wanted().waiting(file.read_back(each), NOW) == []


def test_where_nothing_mends_all_each_flow_is_mended(tmp_path: Path) -> None:
    """NORTH and SOUTH are each told a wrong name for the other: one edit mends half of it."""
    wrong = [
        (f"remote_mta_name: {name}", f"remote_mta_name: {name}X") for name in ("NORTH", "SOUTH")
    ]
    file = changed_file(tmp_path, "q171113-two-way-not-allowed", *wrong)
    assert suggested(file, most=1)[0].suggestions == ()  # not even half of it is delivered
    found, _ = suggested(file, most=3)
    assert found.suggestions[0].mends == ("NORTH -> SOUTH", "SOUTH -> NORTH")
    assert len(found.suggestions[0].edits) == 3


def test_mail_of_the_play_is_mended_too() -> None:
    found, _ = suggested("q166602-control-blocks")
    (each,) = found.suggestions
    assert (each.edits, each.mends) == (
        ("3 TCP/IP control blocks of SOUTH",),
        ("EAST -> SOUTH",),
    )


def test_files_of_other_firewalls_are_not_edited() -> None:
    found, _ = suggested("q196381-haproxy")
    assert found.not_edited == ("HAPROXY",)
    assert [each.edits[0].split(",")[0] for each in found.suggestions] == [
        "a second connector of INTERNAL"
    ]


def test_nothing_to_mend_is_no_suggestion() -> None:
    found, edits = suggested("q166308-all-right")
    assert (found.waiting, found.suggestions, edits) == ((), (), [])
    assert suggested("q190022-one-calls", SOUTHWARD)[0].suggestions != ()


def test_each_suggestion_may_be_played(tmp_path: Path, lab_name: Callable[[str], str]) -> None:
    file = changed_file(tmp_path, "q196381", ("name: q196381", f"name: {lab_name('q196381')}"))
    found, edits = suggested(file)
    proving = Proving(BackendName.LOOPBACK, tmp_path / "captures", NOW)
    assert {str(each.proved) for each in proved(file, found, edits, proving)} == {
        "played on loopback: as predicted; all mail is delivered"
    }
