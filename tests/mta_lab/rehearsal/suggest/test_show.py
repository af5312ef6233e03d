"""Suggestions as people read them."""

from dataclasses import replace

from mta_lab.rehearsal.proof.proving import Proved
from mta_lab.rehearsal.suggest.show import markdown, remarks, text
from tests.mta_lab.rehearsal.suggest.stopped import suggested

FOUND, _ = suggested("q196381")


def test_each_has_what_it_mends_what_else_changes_and_a_diff() -> None:
    lines = [*text(FOUND)]
    assert lines[:4] == [
        "1. service x400-inbound of firewall: client-side transparency off",
        "   1 place of the file; mends EXTERNAL -> INTERNAL",
        "   nothing else changes for the mail",
        next(line for line in lines if line.startswith("--- ")),
    ]
    assert "+        client_side_transparency: false" in lines
    assert "   5 places of the file; mends EXTERNAL -> INTERNAL" in lines
    assert "   also INTERNAL -> EXTERNAL: another source" in lines


def test_markdown_fences_the_diffs() -> None:
    lines = [*markdown(FOUND)]
    assert lines.count("```diff") == lines.count("```") == len(FOUND.suggestions) == 3
    assert lines[1] == "- 1 place of the file; mends EXTERNAL -> INTERNAL"


def test_the_remarks_say_what_is_not_done() -> None:
    assert [*remarks(FOUND)] == []
    nothing = replace(FOUND, suggestions=(), more=7, stopped=True, not_edited=("HAPROXY",))
    first, more, second, third = remarks(nothing)
    assert first.startswith("EXTERNAL -> INTERNAL: nothing found; collected: caller's address")
    assert more == "7 more were found, which are larger"
    assert second.startswith("time was up after")
    assert third == "HAPROXY has a configuration file of its own, which is not edited"
    assert [*remarks(replace(FOUND, waiting=()))] == ["nothing is to be mended"]


def test_what_was_played_is_said() -> None:
    proved = Proved(None, "loopback cannot show it")
    shown = replace(FOUND, suggestions=(replace(FOUND.suggestions[0], proved=proved),))
    assert "   not played: loopback cannot show it" in [*text(shown)]
