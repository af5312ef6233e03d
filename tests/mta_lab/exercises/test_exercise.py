"""Every exercise of the course makes the same scenario of the same seed."""

import pytest

from labkit.config import ConfigurationError, document_of
from mta_lab.backends import all_reach_all
from mta_lab.backends.registry import BackendName
from mta_lab.exercises.course import COURSE, find
from mta_lab.exercises.exercise import Exercise
from mta_lab.exercises.kinds import LAYERS, Kind
from mta_lab.exercises.page import page

EACH = pytest.mark.parametrize("exercise", COURSE, ids=lambda exercise: exercise.name)


@EACH
def test_a_seed_gives_the_same_page_and_topology(exercise: Exercise) -> None:
    one, again = exercise.scenario("7"), exercise.scenario("7")
    assert page(exercise, one) == page(exercise, again)
    assert document_of(one.topology) == document_of(again.topology)


@EACH
def test_seeds_differ(exercise: Exercise) -> None:
    pages = {page(exercise, exercise.scenario(str(seed))) for seed in range(5)}
    assert len(pages) == 5


@EACH
@pytest.mark.parametrize("seed", range(10))
def test_a_scenario_is_one_that_can_be_asked_about(exercise: Exercise, seed: int) -> None:
    scenario = exercise.scenario(str(seed))
    names = [question.name for question in scenario.questions]
    assert len({*names}) == len(names) >= 3
    for question in scenario.questions:
        assert question.capture in scenario.views
        assert (question.kind is Kind.LAYER) == (question.choices == LAYERS)
        assert (question.kind in (Kind.CAUSE, Kind.ORDER, Kind.LAYER)) == bool(question.choices)
        assert len({*question.choices}) == len(question.choices)
        assert len(question.hints) < question.points
    repairs = [question for question in scenario.questions if question.kind is Kind.REPAIR]
    assert bool(repairs) == bool(scenario.repair)
    if exercise.backend is BackendName.LOOPBACK:
        assert not list(all_reach_all.problems(scenario.topology))
    else:  # a repair is played with what the learner wrote, and never as root
        assert not scenario.repair


@EACH
def test_an_exercise_has_its_page(exercise: Exercise) -> None:
    assert exercise.aim
    assert exercise.before
    assert 5 <= exercise.minutes <= 180
    assert len(exercise.solution.split()) > 50


def test_the_course_goes_from_easy_to_hard() -> None:
    levels = [exercise.level for exercise in COURSE]
    assert levels == sorted(levels)
    assert len({exercise.name for exercise in COURSE}) == len(COURSE)


def test_a_name_is_found_or_what_was_meant_is_said() -> None:
    assert find("mail-waits").name == "mail-waits"
    with pytest.raises(ConfigurationError, match=r"did you mean mail-waits\?"):
        find("mail-wait")
