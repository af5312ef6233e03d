"""A learner's directory on a page: what is remembered, what is played, what others change."""

import asyncio
import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from labkit.config import ConfigurationError
from mta_lab.exercises import marking
from mta_lab.exercises.answers import FILE, hints_taken, read_answers, write_answer
from mta_lab.exercises.sheet import read_sheet
from mta_lab.lab.directory import labs_directory
from mta_lab.web import desk as desks
from mta_lab.web.desk import Desk, desk_for
from mta_lab.web.model.exercise import Exercise
from tests.mta_lab.exercises.conftest import _state, made
from tests.mta_lab.exercises.course.test_mail_waits import cause, repair
from tests.mta_lab.exercises.solving import Given
from tests.patience import PATIENCE

__all__ = ["_state", "made"]  # fixtures

REFUSAL, LAYER, REPAIR = 0, 1, 4


@pytest.fixture
def directory(made: Callable[[str, str, Path], Path], tmp_path: Path) -> Path:
    return made("mail-waits", "0", tmp_path)


@pytest.fixture
def desk(directory: Path) -> Desk:
    return Desk(directory, read_sheet(directory))


async def when(desk: Desk, wanted: Callable[[Exercise], bool]) -> Exercise:
    """The exercise as soon as it is as wanted."""
    seen = -1
    async with asyncio.timeout(PATIENCE):
        while True:
            seen = await desk.news(seen)
            found = await desk.exercise()
            if wanted(found):
                return found


async def test_what_was_answered_gets_its_marks(desk: Desk) -> None:
    await desk.answer(LAYER, "mts", "")
    await desk.answer(REFUSAL, "1", "")
    found = await desk.exercise()
    assert (found.points, found.of) == (2, 13)
    refusal, layer = found.questions[REFUSAL], found.questions[LAYER]
    assert layer.mark
    assert layer.mark.right
    assert refusal.mark
    assert refusal.mark.look == desk.sheet.items[REFUSAL].look
    assert found.captures == ("capture.pcapng",)
    assert found.hosts == desk.sheet.given


async def test_what_an_answer_gets_is_remembered_as_long_as_it_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.answer(LAYER, "mts", "")
    first = await desk.exercise()
    asked: list[object] = []

    def counted(*given: object) -> marking.Mark:
        asked.append(given[-1])
        return marking.mark_one(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(desks, "mark_one", counted)
    assert await desk.exercise() == first
    assert asked == []
    (desk.directory / FILE).write_text("layer: session\n", "utf-8")
    changed = await desk.exercise()
    assert (asked, changed.points) == (["session"], 0)


async def test_each_of_many_answers_at_once_is_written(desk: Desk) -> None:
    """Another program writes, too."""
    here = (desk.answer(REFUSAL, "7", ""), desk.answer(LAYER, "session", ""))
    there = asyncio.to_thread(write_answer, desk.directory, desk.sheet, "event", "1 at X")
    await asyncio.gather(*here, there)
    answers = read_answers(desk.directory, desk.sheet)
    assert answers == {"refusal": "7", "layer": "session", "event": "1 at X"}


async def test_an_answer_to_what_has_changed_is_not_taken(desk: Desk) -> None:
    await desk.answer(LAYER, "session", "")
    with pytest.raises(ConfigurationError, match="another answer is there by now: 'session'"):
        await desk.answer(LAYER, "rtse", "")
    await desk.answer(LAYER, "rtse", "session")
    assert read_answers(desk.directory, desk.sheet) == {"layer": "rtse"}


async def test_two_tabs_take_one_hint(desk: Desk) -> None:
    done = await asyncio.gather(desk.hint(LAYER, 0), desk.hint(LAYER, 0), return_exceptions=True)
    assert [type(each) for each in done].count(ConfigurationError) == 1
    assert hints_taken(desk.directory) == {"layer": 1}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("refusal: [\n", "not YAML"),
        ("- a\n", "must have a question on each line"),
        ("refusal: 1\nrefusal: 2\n", "is given twice"),
        ("laier: mts\n", "did you mean layer"),
        ("layer: mts\nrefusal: !!binary AAAA\nevent: {a: [1]}\ncause: \x7f\n", "not YAML"),
    ],
)
async def test_a_broken_file_is_said_and_stays_as_it_is(
    desk: Desk, text: str, complaint: str
) -> None:
    file = desk.directory / FILE
    file.write_text(text, "utf-8")
    found = await desk.exercise()
    assert complaint in found.problem
    assert len(found.questions) == 5
    with pytest.raises(ConfigurationError, match=complaint):
        await desk.answer(LAYER, "mts", "")
    assert file.read_text("utf-8") == text


async def test_strange_values_are_answers_that_are_wrong(desk: Desk) -> None:
    text = 'refusal: "\\ud800"\nlayer: {a: [1, 2]}\nevent: [1, 2]\ncause: ["\\e[2J"]\n'
    (desk.directory / FILE).write_text(text, "utf-8")
    found = await desk.exercise()
    assert found.model_dump_json()
    assert not [each for each in found.questions if each.mark and each.mark.right]
    assert "\x1b" not in str(found.model_dump())


async def test_a_story_that_is_missing_keeps_no_answer_away(desk: Desk) -> None:
    await desk.answer(LAYER, "mts", "")
    (desk.directory / "exercise.md").unlink()
    found = await desk.exercise()
    assert "exercise.md" in found.problem
    assert found.points == 2


async def test_what_others_change_is_news(directory: Path) -> None:
    async with desk_for(directory, read_sheet(directory)) as desk:
        assert (await desk.exercise()).points == 0
        (directory / FILE).write_text("layer: mts\n", "utf-8")
        await when(desk, lambda found: found.points == 2)
        os.replace(directory / FILE, directory / "away.yaml")
        await when(desk, lambda found: FILE in found.problem)
        before = desk.version
        (directory / "hosts" / "WALL.yaml").write_text("services: []\n", "utf-8")
        async with asyncio.timeout(PATIENCE):
            assert await desk.news(before) > before


async def test_a_host_file_is_written_when_it_is_the_one_that_was_read(desk: Desk) -> None:
    first = (await desk.hosts())[0]
    await desk.change(0, f"# mine\n{first.text}", first.text)
    with pytest.raises(ConfigurationError, match="changed meanwhile"):
        await desk.change(0, "", first.text)
    assert (await desk.hosts())[0].text.startswith("# mine\n")
    with pytest.raises(ConfigurationError, match="no file 9"):
        await desk.change(9, "", "")


async def test_a_repair_is_played_aside_and_again_when_its_files_change(directory: Path) -> None:
    async with desk_for(directory, read_sheet(directory)) as desk:
        await desk.answer(REPAIR, "done", "")
        with pytest.raises(ConfigurationError, match="it is being played"):
            await desk.answer(REPAIR, "done", "done")
        assert (await desk.exercise()).playing is not None
        await desk.answer(LAYER, "mts", "")  # meanwhile
        found = await when(desk, lambda found: found.playing is None)
        mark = found.questions[REPAIR].mark
        assert mark
        assert (mark.right, found.points) == (False, 2)
        assert "played: mail from" in mark.feedback
        given = Given(directory)
        repair(given, cause(given))
        found = await when(desk, lambda found: found.questions[REPAIR].mark is None)
        await desk.answer(REPAIR, "done", "done")
        found = await when(desk, lambda found: found.questions[REPAIR].mark is not None)
        assert found.points == 6
    async with desk_for(directory, read_sheet(directory)) as later:
        found = await when(later, lambda found: found.questions[REPAIR].mark is not None)
        assert found.points == 6


def labs() -> list[Path]:
    """The labs in which repairs are played."""
    return [*labs_directory().glob("exercise-*")]


async def test_who_leaves_ends_what_is_played(directory: Path) -> None:
    others = {*multiprocessing.active_children()}
    async with desk_for(directory, read_sheet(directory)) as desk:
        await desk.answer(REPAIR, "done", "")
        async with asyncio.timeout(PATIENCE):
            while not labs():
                await desk.news(desk.version)
        players = {*multiprocessing.active_children()} - others
    assert len(players) == 1
    for each in players:
        each.join(PATIENCE)
        assert not each.is_alive()
    assert labs() == []


async def test_a_process_that_fails_is_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(desks, "apart", fails)
    await desk.answer(REPAIR, "done", "")
    found = await when(desk, lambda found: found.playing is None)
    assert "Cannot allocate memory" in found.problem
    assert found.questions[REPAIR].mark is None


async def test_captures_are_plain_files_of_the_directory_and_short(desk: Desk) -> None:
    capture = desk.directory / "capture.pcapng"
    (desk.directory / "link.pcapng").symlink_to(capture)
    with pytest.raises(ConfigurationError, match="a link"):
        await desk.capture("link.pcapng")
    with (desk.directory / "long.pcapng").open("wb") as stream:
        stream.truncate(17 << 20)
    with pytest.raises(ConfigurationError, match="longer than 16 MB"):
        await desk.capture("long.pcapng")
    with pytest.raises(ConfigurationError, match="no capture"):
        await desk.capture("../capture.pcapng")
