"""What the page may ask of an exercise, and what it is told when that cannot be."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mta_lab.exercises.answers import FILE, hints_taken, read_answers
from mta_lab.exercises.sheet import read_sheet
from mta_lab.web.desk import Desk
from tests.mta_lab.exercises.conftest import _state, made
from tests.mta_lab.web.asking import AS_THE_PAGE
from tests.mta_lab.web.sitting import exercise_client

__all__ = ["_state", "made"]  # fixtures


@pytest.fixture
def directory(made: Callable[[str, str, Path], Path], tmp_path: Path) -> Path:
    return made("mail-waits", "0", tmp_path)


async def posted(directory: Path, path: str, body: object) -> tuple[int, Any]:
    async with exercise_client(Desk(directory, read_sheet(directory))) as asking:
        done = await asking.post(path, json=body, headers=AS_THE_PAGE)
    return done.status_code, done.json()


async def test_an_answer_and_a_hint_are_written_down(directory: Path) -> None:
    answer = {"question": 1, "answer": " session ", "before": ""}
    status, said = await posted(directory, "answer", answer)
    assert status == 200
    assert said["questions"][1]["answer"] == "session"
    assert "wrong; look at frame" in said["questions"][1]["mark"]["feedback"]
    status, said = await posted(directory, "hint", {"question": 0, "before": 0})
    assert said["questions"][0]["hints"] == ["The session has an SPDU for it: REFUSE."]
    sheet = read_sheet(directory)
    assert read_answers(directory, sheet) == {"layer": "session"}
    assert hints_taken(directory) == {"refusal": 1}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("answer", {"question": 99, "answer": "1", "before": ""}),
        ("answer", {"question": -1, "answer": "1", "before": ""}),
        ("answer", {"question": 0, "answer": "", "before": ""}),
        ("answer", {"question": 0, "answer": "x" * 1001, "before": ""}),
        ("answer", {"question": 0, "answer": "1", "before": "another"}),
        ("answer", {"question": 0, "answer": {}, "before": ""}),
        ("answer", []),
        ("hint", {"question": 99, "before": 0}),
        ("hint", {"question": 0, "before": 1}),
        ("hint", {"question": 4, "before": 0}),
        ("change", {"host": 99, "text": "", "before": ""}),
        ("change", {"host": 0, "text": "", "before": "another"}),
        ("change", {"host": 0, "text": "x" * (129 << 10), "before": ""}),
    ],
)
async def test_what_cannot_be_is_refused_and_changes_nothing(
    directory: Path, path: str, body: object
) -> None:
    before = (directory / FILE).read_text("utf-8")
    status, said = await posted(directory, path, body)
    assert (status, bool(said["detail"])) == (422, True)
    assert (directory / FILE).read_text("utf-8") == before
    assert hints_taken(directory) == {}


async def test_half_of_a_surrogate_pair_is_no_answer(directory: Path) -> None:
    content = b'{"question": 0, "answer": "\\ud800", "before": ""}'
    headers = {**AS_THE_PAGE, "Content-Type": "application/json"}
    async with exercise_client(Desk(directory, read_sheet(directory))) as asking:
        assert (await asking.post("answer", content=content, headers=headers)).status_code == 422
        assert (await asking.get("exercise.json")).status_code == 200


async def test_files_that_are_missing_or_strange_are_said_in_words(directory: Path) -> None:
    async with exercise_client(Desk(directory, read_sheet(directory))) as asking:
        assert len((await asking.get("hosts.json")).json()) == 3
        (directory / "hosts" / "WALL.yaml").unlink()
        lost = await asking.get("hosts.json")
        assert (lost.status_code, "WALL.yaml" in lost.text) == (422, True)
        (directory / "capture.pcapng").write_bytes(b"no capture")
        broken = await asking.get("model.json", params={"capture": "capture.pcapng"})
        assert (broken.status_code, "capture.pcapng" in broken.text) == (422, True)
