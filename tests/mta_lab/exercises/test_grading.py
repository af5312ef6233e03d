"""Marks for a teacher's tools."""

import csv
import json
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from labkit.config import ConfigurationError
from mta_lab.exercises.grading import as_csv, as_gradescope, as_junit
from mta_lab.exercises.marking import Mark, Marks

MARKS = Marks(
    "sizes",
    (
        Mark("one", True, 1, 2, 1, "right"),
        Mark("two", False, 0, 3, 0, '=HYPERLINK("x") <b>&\x1b[2J, done'),
    ),
)
GRADED = [(Path("=cmd"), MARKS)]


def test_csv_is_no_formula() -> None:
    head, *rows = csv.reader(as_csv(GRADED).splitlines())
    assert [dict(zip(head, row, strict=True))["points"] for row in rows] == ["1", "0"]
    assert rows[0][0] == "'=cmd"
    assert rows[1][-1].startswith("'=HYPERLINK")
    assert "\x1b" not in as_csv(GRADED)


def test_junit_is_xml() -> None:
    [suite] = fromstring(as_junit(GRADED).split("\n", 1)[1])
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("=cmd", "2", "1")
    one, two = suite
    assert len(one) == 0
    assert "<b>&" in str(two[0].get("message"))


def test_gradescope_is_one_submission() -> None:
    found = json.loads(json.dumps(as_gradescope(GRADED)))
    assert found["score"] == 1
    assert [each["max_score"] for each in found["tests"]] == [2, 3]
    with pytest.raises(ConfigurationError, match="one submission"):
        as_gradescope([*GRADED, *GRADED])
