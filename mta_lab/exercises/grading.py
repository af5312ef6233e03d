"""Marks in the forms that a teacher's tools read: CSV, JUnit, Gradescope.

Names of directories and feedback may have a learner's text in them: a spreadsheet must not take it
for a formula, nor XML for markup.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from labkit.config import ConfigurationError
from labkit.text import visible
from mta_lab.exercises.marking import Mark, Marks

Graded = Sequence[tuple[Path, Marks]]

_COLUMNS = ("directory", "exercise", "question", "points", "of", "hints", "feedback")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(graded: Graded) -> str:
    """One line per question, with a head (RFC 4180)."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for directory, marks in graded:
        for each in marks.marks:
            row = (str(directory), marks.exercise, each.question)
            figures = (each.points, each.of, each.hints)
            writer.writerow((*map(_cell, row), *figures, _cell(each.feedback)))
    return text.getvalue()


def as_junit(graded: Graded) -> str:
    """A test suite per directory, a test case per question; what is not right is a failure."""
    suites = Element("testsuites")
    for directory, marks in graded:
        wrong = sum(not each.right for each in marks.marks)
        counts = {"tests": str(len(marks.marks)), "failures": str(wrong)}
        suite = SubElement(suites, "testsuite", {"name": visible(str(directory)), **counts})
        for each in marks.marks:
            names = {"classname": marks.exercise, "name": each.question}
            case = SubElement(suite, "testcase", names)
            if not each.right:
                SubElement(case, "failure", {"message": visible(each.feedback)})
    return tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def as_gradescope(graded: Graded) -> Mapping[str, Any]:
    """What an autograder of Gradescope leaves as results.json, which is about one submission.

    Raises ConfigurationError when there are several.
    """
    if len(graded) != 1:
        raise ConfigurationError("--gradescope is for one DIR: Gradescope grades one submission")
    _, marks = graded[0]
    return {"score": marks.points, "tests": [*map(_test, marks.marks)]}


def _test(mark: Mark) -> Mapping[str, Any]:
    return {
        "name": mark.question,
        "score": mark.points,
        "max_score": mark.of,
        "output": visible(mark.feedback),
    }


def _cell(text: str) -> str:
    shown = visible(text)
    return f"'{shown}" if text.lstrip().startswith(_FORMULA) else shown
