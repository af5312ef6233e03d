"""exercise.md."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from mta_lab.exercises.course import COURSE, find
from mta_lab.exercises.displayfilter import selected
from mta_lab.exercises.kinds import Kind
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


def test_tshark_takes_each_filter(made: Callable[[str, str, Path], Path], tmp_path: Path) -> None:
    capture = made("sizes", "0", tmp_path) / "capture.pcapng"
    pages = [page(each, each.scenario("1")) for each in COURSE]
    filters = {found for text in pages for found in re.findall(r"^- `(.*)`: .*$", text, re.M)}
    tried = {each for each in filters if " " in each or each in ("cotp", "ses", "p1")}
    assert len(tried) > 6
    for each in tried:
        selected(capture, each)  # raises NotAFilter


def test_who_is_asked_for_an_event_is_told_which_there_are() -> None:
    for exercise in COURSE:
        scenario = exercise.scenario("1")
        text = page(exercise, scenario)
        asked = any(each.kind is Kind.EVENT for each in scenario.questions)
        assert ("- 1294: An association with entity ... ended abnormally.\n" in text) == asked
        assert not re.search(r"[{}]|MTA XFER-IN|\(1 points\)", text)


SAME_PAGES = """
from hashlib import sha256
from mta_lab.exercises.course import COURSE
from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.page import page
pages = "".join(page(each, each.scenario("same")) for each in COURSE)
print(sha256(pages.encode()).hexdigest())
"""


def test_another_process_makes_octet_identical_pages() -> None:
    """Whatever order its sets have: what is asked depends on the seed alone."""
    pages = "".join(page(each, each.scenario("same")) for each in COURSE)
    other = subprocess.run(
        [sys.executable, "-c", SAME_PAGES],
        env=os.environ | {"PYTHONHASHSEED": "77"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == sha256(pages.encode()).hexdigest()


def test_frames_are_spoken_of_where_frames_are_asked_for() -> None:
    scenario = find("silence").scenario("1")
    lines = page(find("silence"), scenario).splitlines()
    spoken = [line for line in lines if "Frames are those of" in line]
    about = [each for each in scenario.questions if each.kind in (Kind.FRAME, Kind.FILTER)]
    assert len(spoken) == len(about) == 2


def test_a_page_says_what_a_hint_costs_and_that_one_may_be_asked() -> None:
    text = page(find("sizes"), find("sizes").scenario("1"))
    assert "--hint" in text
    assert "costs a point" in text
    assert "mta-lab exercise do ." in text
