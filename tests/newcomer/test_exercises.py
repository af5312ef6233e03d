"""The table of docs/exercises.md is that of the course."""

import re
from pathlib import Path

from mta_lab.exercises.course import COURSE

PAGE = Path(__file__).parents[2] / "docs" / "exercises.md"


def test_the_page_has_the_whole_course_by_level() -> None:
    rows = re.findall(r"^\| (\d) \| (.*?) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    named = [(int(level), name) for level, names in rows for name in names.split(", ")]
    assert named == [(each.level, each.name) for each in COURSE]
