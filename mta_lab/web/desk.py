"""One learner's directory on a page: what was answered, what that gets, and what is being played.

Everything is read from the directory whenever somebody asks, and written into it: `mta-lab exercise
do` and an editor may work there, too, and each tab shows what they did. What an answer gets is
remembered while the answer stays. A repair is played in a process of its own, which takes long.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import BrokenExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from time import monotonic

from asyncinotify import Inotify, Mask

from labkit.config import ConfigurationError
from labkit.errors import in_words
from labkit.loop import on_thread
from labkit.spread import apart
from labkit.text import visible
from mta_lab.exercises import handedin
from mta_lab.exercises.answers import hints_taken, read_answers, shown, take_hint, write_answer
from mta_lab.exercises.kinds import Kind, NotAnAnswer, canonical
from mta_lab.exercises.marking import Mark, mark_one
from mta_lab.exercises.repair import HOSTS, read_hosts, write_host
from mta_lab.exercises.sheet import Item, Sheet
from mta_lab.web.model.exercise import Exercise, HostFile, asked
from mta_lab.web.model.story import story
from mta_lab.web.model.unjudged import of_exercise
from mta_lab.web.news import News, ended_together

_STORY = "exercise.md"
_CAPTURES = "*.pcapng"
_LONGEST_CAPTURE = 16 << 20  # octets: those of exercises are small
_SECOND = 1.0  # after which the page hears how long a play takes by now
_CHANGES = Mask.CLOSE_WRITE | Mask.MOVED_TO | Mask.MOVED_FROM | Mask.DELETE

#: What an answer gets depends on these: it, the hints that were taken, the files that are played.
_Known = tuple[str, str, int, tuple[str, ...]]


class Desk(News):
    """What is known of a learner's directory. Needs the running event loop."""

    def __init__(self, directory: Path, sheet: Sheet) -> None:
        """Know its questions, and nothing yet of its answers."""
        super().__init__()
        self.directory = directory
        self.sheet = sheet
        self.tasks: list[asyncio.Task[None]] = []
        self._marks: dict[_Known, Mark] = {}
        self._playing_since: float | None = None
        self._trouble = ""

    async def exercise(self) -> Exercise:
        """The exercise as it stands."""
        return await on_thread(self._exercise)

    async def capture(self, name: str) -> str:
        """The page's JSON of a capture (docs/page-json.md).

        Raises ConfigurationError when it is none of the directory, NotACapture or OSError.
        """
        return await on_thread(self._capture, name)

    async def answer(self, place: int, answer: str, before: str) -> None:
        """Write an answer to a question down; a repair is played then.

        Raises ConfigurationError when answers.yaml has another answer than `before` by now.
        """
        item = self._item(place)
        if item.kind is Kind.REPAIR and self._playing_since is not None:
            raise ConfigurationError("it is being played: wait until that is over")
        await on_thread(write_answer, self.directory, self.sheet, item.name, answer, before)
        self.changed()
        await self.play()

    async def hint(self, place: int, before: int) -> None:
        """Take the next hint for a question, of which `before` were taken.

        Raises ConfigurationError when there is none, or another one was taken meanwhile.
        """
        await on_thread(take_hint, self.directory, self.sheet, self._item(place).name, before)
        self.changed()

    async def hosts(self) -> list[HostFile]:
        """The files of a repair. Raises ConfigurationError."""
        texts = await on_thread(read_hosts, self.directory, self.sheet)
        names = map(visible, self.sheet.given)
        return [HostFile(host=host, text=text) for host, text in zip(names, texts, strict=True)]

    async def change(self, place: int, text: str, before: str) -> None:
        """Write the file of a host. Raises ConfigurationError when it is not `before` any more."""
        if place >= len(self.sheet.given):
            raise ConfigurationError(f"no file {place} in {HOSTS}")
        await on_thread(write_host, self.directory, self.sheet.given[place], text, before)
        self.changed()

    async def play(self) -> None:
        """Begin to play the repair that is answered, if it was not played as it is now."""
        if self._playing_since is None and (found := await on_thread(self._unplayed)):
            self._playing_since = monotonic()
            self.tasks.append(asyncio.create_task(self._played(*found)))

    def _item(self, place: int) -> Item:
        if place >= len(self.sheet.items):
            raise ConfigurationError(f"no question {place}")
        return self.sheet.items[place]

    def _exercise(self) -> Exercise:
        """The exercise, as far as its files can be read."""
        problems = [self._trouble] if self._trouble else []
        text = ""
        answers: Mapping[str, object] = {}
        hints: Mapping[str, int] = {}
        try:
            text = handedin.text(self.directory, _STORY)
        except ConfigurationError as error:
            problems.append(str(error))
        try:
            hints = hints_taken(self.directory)
            answers = read_answers(self.directory, self.sheet)
        except ConfigurationError as error:
            problems.append(str(error))
        marks = {name: self._mark(name, answers[name], hints) for name in answers}
        questions = tuple(
            asked(each, answers.get(each.name), marks.get(each.name), hints.get(each.name, 0))
            for each in self.sheet.items
        )
        since = self._playing_since
        return Exercise(
            title=visible(self.sheet.title),
            story=story(text),
            questions=questions,
            points=sum(each.points for each in marks.values() if each),
            of=sum(each.points for each in self.sheet.items),
            captures=(*self._captures(),),
            hosts=tuple(map(visible, self.sheet.given)),
            playing=None if since is None else int(monotonic() - since),
            problem=visible("\n".join(problems), lines=True),
        )

    def _mark(self, name: str, answer: object, hints: Mapping[str, int]) -> Mark | None:
        """What an answer gets; None: it is a repair that was not played."""
        item = next(each for each in self.sheet.items if each.name == name)
        known = self._known(item, answer, hints)
        if known not in self._marks:
            if _is_played(item, answer, self.directory):
                return None
            self._marks[known] = mark_one(self.directory, self.sheet, item, answer)
        return self._marks[known]

    def _known(self, item: Item, answer: object, hints: Mapping[str, int]) -> _Known:
        files: tuple[str, ...] = ()
        if item.kind is Kind.REPAIR:
            with suppress(ConfigurationError):  # the play says so
                files = read_hosts(self.directory, self.sheet)
        return item.name, shown(answer), hints.get(item.name, 0), files

    def _unplayed(self) -> tuple[Item, object] | None:
        """A repair that is answered and was not played as it is now."""
        with suppress(ConfigurationError):  # the page says so
            answers = read_answers(self.directory, self.sheet)
            hints = hints_taken(self.directory)
            for item in self.sheet.items:
                answer = answers.get(item.name)
                if answer is not None and self._mark(item.name, answer, hints) is None:
                    return item, answer
        return None

    async def _played(self, item: Item, answer: object) -> None:
        """Play a repair; what it gets is known then, if nothing has changed meanwhile."""
        self._trouble = ""
        ticking = asyncio.create_task(self._tick())
        try:
            before = await on_thread(self._known_now, item, answer)
            mark = await apart(partial(mark_one, self.directory, self.sheet, item), answer)
            if await on_thread(self._known_now, item, answer) == before:
                self._marks[before] = mark
        except (ConfigurationError, OSError, BrokenExecutor) as error:
            self._trouble = in_words(error)
        finally:
            ticking.cancel()
            self._playing_since = None
            self.changed()

    def _known_now(self, item: Item, answer: object) -> _Known:
        return self._known(item, answer, hints_taken(self.directory))

    async def _tick(self) -> None:
        while True:
            self.changed()
            await asyncio.sleep(_SECOND)

    def _captures(self) -> Iterator[str]:
        for path in sorted(self.directory.glob(_CAPTURES)):
            if visible(path.name) == path.name:
                yield path.name

    def _capture(self, name: str) -> str:
        if name not in self._captures():
            raise ConfigurationError(f"no capture {name!r} in {self.directory}")
        if handedin.size(self.directory, name) > _LONGEST_CAPTURE:
            raise ConfigurationError(
                f"{name}: longer than {_LONGEST_CAPTURE >> 20} MB: open it in Wireshark"
            )
        return of_exercise(self.directory / name).model_dump_json()


@asynccontextmanager
async def desk_for(directory: Path, sheet: Sheet) -> AsyncIterator[Desk]:
    """Look at a learner's directory while the block runs. Raises OSError when it cannot be."""
    desk = Desk(directory, sheet)
    with Inotify() as changes:
        changes.add_watch(directory, _CHANGES)
        if (directory / HOSTS).is_dir():
            changes.add_watch(directory / HOSTS, _CHANGES)
        async with ended_together() as desk.tasks:
            desk.tasks.append(asyncio.create_task(_watch(desk, changes)))
            await desk.play()
            try:
                yield desk
            finally:
                desk.end()


async def _watch(desk: Desk, changes: Inotify) -> None:
    """Report what others change in the directory."""
    async for _ in changes:
        desk.changed()


def _is_played(item: Item, answer: object, directory: Path) -> bool:
    """Whether it takes a play to say what an answer gets."""
    if item.kind is not Kind.REPAIR:
        return False
    try:
        canonical(item.kind, answer, item.asked(directory))
    except NotAnAnswer:
        return False
    return True
