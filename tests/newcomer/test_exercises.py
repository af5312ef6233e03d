"""docs/exercises.md, followed word by word in a fresh clone."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mta_lab.exercises.course import COURSE

pytestmark = pytest.mark.timeout(840)  # not PATIENCE: each follows a whole page

PAGE = Path(__file__).parents[2] / "docs" / "exercises.md"


def test_the_page_about_exercises_can_be_followed(follow: Callable[..., Any]) -> None:
    done = follow("docs/exercises.md", os.geteuid())
    assert done.returncode == 0, done.stderr
    for said in ("Model solution", "A connection begins with a SYN", "directory,exercise,question"):
        assert said in done.stdout


def test_the_page_has_the_whole_course_by_level() -> None:
    rows = re.findall(r"^\| (\d) \| (.*?) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    named = [(int(level), name) for level, names in rows for name in names.split(", ")]
    assert named == [(each.level, each.name) for each in COURSE]
