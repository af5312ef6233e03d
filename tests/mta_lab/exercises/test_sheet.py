"""The questions as a learner's directory has them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from labkit.config import ConfigurationError
from mta_lab.exercises.course import find
from mta_lab.exercises.evidence import CAPTURE
from mta_lab.exercises.playing import play
from mta_lab.exercises.sheet import FILE, near, read_sheet, sheet_of
from tests.mta_lab.exercises.solving import assert_nothing_is_given_away

Made = Callable[[str, str, Path], Path]


def test_a_sheet_has_digests_and_no_answers(made: Made, tmp_path: Path) -> None:
    sheet = read_sheet(made("mail-waits", "0", tmp_path))
    assert sheet.exercise == "mail-waits"
    for item in sheet.items:
        assert bool(item.digests) == (item.kind != "repair")
        assert item.look > 0
    refusal = sheet.item("refusal")
    assert refusal
    assert len({item.salt for item in sheet.items}) == len(sheet.items)
    assert sheet.item("no such question") is None


def test_the_frame_to_look_at_is_no_answer(made: Made, tmp_path: Path) -> None:
    """Neither to the question itself, nor to another one of the same exercise."""
    for name in ("mail-waits", "whose-address", "calls-again", "sizes", "which-layer", "trace"):
        directory = made(name, "0", tmp_path)
        assert_nothing_is_given_away(directory)
        for item in read_sheet(directory).items:
            if item.kind == "frame":
                assert item.look > 1  # near what was asked, and not where every capture begins


@pytest.mark.parametrize(
    ("look", "answers", "named"),
    [(7, {9}, 7), (7, {7}, 6), (7, {7, 6}, 5), (2, {1, 2}, 3), (1, {1}, 2)],
)
def test_a_frame_near_is_named_where_the_frame_itself_is_an_answer(
    look: int, answers: set[int], named: int
) -> None:
    assert near(look, answers) == named


def test_a_run_that_shows_nothing_is_run_again(tmp_path: Path) -> None:
    exercise = find("which-layer")
    scenario = exercise.scenario("0")
    played = play(scenario.topology, tmp_path, scenario.views)
    evidence = replace(played.evidence(tmp_path, scenario.views), captures={CAPTURE: []})
    with pytest.raises(ConfigurationError, match=r"the run did not show .*; run it again"):
        sheet_of(exercise, scenario, evidence, tmp_path)


def test_a_broken_sheet_is_an_error_for_people(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("[]", "utf-8")
    with pytest.raises(ConfigurationError, match=FILE):
        read_sheet(tmp_path)
