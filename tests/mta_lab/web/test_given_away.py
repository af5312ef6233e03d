"""The page of an exercise gives no answer away, in any exercise of the course.

What it serves of questions.json is the same whatever the key, the hints and the goals are, and what
it serves of a capture comes from the capture alone: whatever one can learn from the page one can
read in the packets.
"""

import json
import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from mta_lab.exercises.exercise import Exercise
from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.sheet import FILE, read_sheet
from mta_lab.web.desk import Desk
from tests.mta_lab.exercises.conftest import _state, made
from tests.mta_lab.exercises.solving import Given
from tests.mta_lab.exercises.test_classmate import EXERCISES

__all__ = ["_state", "made"]  # fixtures

Made = Callable[[str, str, Path], Path]
SECRETS = ("digests", "salt", "look", "hints", "goals", "topology")


def desk(directory: Path) -> Desk:
    return Desk(directory, read_sheet(directory))


async def ladders(directory: Path) -> dict[str, dict[str, Any]]:
    at = desk(directory)
    captures = (await at.exercise()).captures
    return {name: json.loads(await at.capture(name)) for name in captures}


@pytest.fixture(params=EXERCISES)
def directory(request: pytest.FixtureRequest, made: Made, tmp_path: Path) -> Path:
    exercise: Exercise = request.param
    return made(exercise.name, "0", tmp_path)


def spoil(directory: Path) -> None:
    """Give every question another key, another frame to look at and other hints."""
    file = directory / FILE
    document = json.loads(file.read_text("utf-8"))
    for number, item in enumerate(document["items"]):
        item |= {"digests": ["00" * 16], "salt": "11" * 8, "look": 99_999 + number}
        item["hints"] = [f"another hint {each}" for each in item["hints"]]
    document["goals"] = []
    document["topology"] = None
    file.write_text(json.dumps(document), "utf-8")


async def test_the_questions_are_the_same_whatever_their_key_is(directory: Path) -> None:
    before = await desk(directory).exercise()
    spoil(directory)
    after = await desk(directory).exercise()
    assert after == before
    assert not {*SECRETS} & {*before.model_dump()}
    for question in before.model_dump()["questions"]:
        assert not {*SECRETS} - {"hints"} & {*question}
        assert (question["hints"], question["mark"]) == ((), None)


def only_captures(directory: Path, alone: Path) -> Path:
    """A directory with the captures of another one, and without questions."""
    alone.mkdir()
    for capture in directory.glob("*.pcapng"):
        shutil.copy(capture, alone)
    (alone / FILE).write_text('{"exercise": "x", "title": "x", "items": []}', "utf-8")
    return alone


async def test_the_ladders_come_from_the_captures_alone(directory: Path, tmp_path: Path) -> None:
    alone = only_captures(directory, tmp_path / "alone")
    found = await ladders(directory)
    assert found
    assert await ladders(alone) == found


async def test_no_ladder_says_what_a_question_asks(directory: Path) -> None:
    """Neither a cause, nor a filter that is right, nor what became of a call."""
    solver = import_module(f"tests.mta_lab.exercises.course.test_{name_of(directory)}")
    sheet, found = read_sheet(directory), await ladders(directory)
    right = solver.solve(Given(directory))
    for ladder in found.values():
        assert (ladder["judged"], ladder["notes"], ladder["said"]) == (False, [], [])
        assert all(column["name"] in column["addresses"] for column in ladder["columns"])
        assert all(len(call["legs"]) == 1 for call in ladder["calls"])
        for call in ladder["calls"]:
            assert {call[each] for each in ("disposition", "reason", "filter", "mode")} == {""}
        for arrow in ladder["arrows"]:
            assert (arrow["outcome"], arrow["findings"], arrow["passed_on"]) == ("", [], False)
            assert arrow["filter"] == f"frame.number == {arrow['frame']}"
    text = json.dumps(found)
    for item in sheet.items:
        if item.kind is Kind.CAUSE:
            assert not [choice for choice in item.choices if choice in text], item.name
        elif item.kind is Kind.FILTER:
            assert str(right[item.name]) not in text, item.name


def name_of(directory: Path) -> str:
    return read_sheet(directory).exercise.replace("-", "_")


async def test_only_captures_of_the_directory_are_shown(directory: Path) -> None:
    at = desk(directory)
    key = directory.with_name(f"{directory.name}.key.yaml")
    assert key.exists()
    for name in (f"../{key.name}", str(key), "answers.yaml", FILE, ""):
        with pytest.raises(Exception, match="no capture"):
            await at.capture(name)
