"""exercise.md."""

from mta_lab.exercises.course import COURSE, find
from mta_lab.exercises.page import about, page


def test_a_page_has_all_questions_and_files() -> None:
    for exercise in COURSE:
        scenario = exercise.scenario("1")
        text = page(exercise, scenario)
        assert all(f"**{each.name}**" in text for each in scenario.questions)
        assert all(f"`{name}`" in text for name in scenario.views)
        assert all(f"`hosts/{host}.yaml`" in text for host in scenario.given)
        assert exercise.solution not in text


def test_filters_get_fewer_with_the_level() -> None:
    easy, hard = (
        page(find(name), find(name).scenario("1")) for name in ("whose-address", "mail-waits")
    )
    assert "Display filters that help" in easy
    assert "Display filters that help" not in hard


def test_the_solution_is_for_who_asks() -> None:
    exercise = find("mail-waits")
    assert exercise.solution in about(exercise, solution=True)
    assert exercise.solution not in about(exercise)
