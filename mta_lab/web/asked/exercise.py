"""What the page asks of an exercise, and what it lets a learner do: answer, take hints, repair."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, NonNegativeInt

from labkit.config import ConfigurationError
from mta_emu.decode.pcap import NotACapture
from mta_lab.web.asked.refusals import in_words_to_the_page
from mta_lab.web.desk import Desk
from mta_lab.web.model.exercise import Exercise, HostFile

_LONGEST = 1000  # characters of an answer, as `mta-lab exercise check` has it
_LONGEST_FILE = 128 << 10


class Answer(BaseModel):
    """An answer to a question, in the place of another one."""

    question: NonNegativeInt
    answer: Annotated[str, Field(min_length=1, max_length=_LONGEST)]
    before: str


class Hint(BaseModel):
    """A hint that is wanted, after so many."""

    question: NonNegativeInt
    before: NonNegativeInt


class Change(BaseModel):
    """Another configuration of a host, in the place of one."""

    host: NonNegativeInt
    text: Annotated[str, Field(max_length=_LONGEST_FILE)]
    before: str


def paths(desk: Desk) -> APIRouter:
    """`exercise.json`, `model.json`, `hosts.json`, `answer`, `hint` and `change`."""
    found = APIRouter()

    @found.get("/exercise.json")
    async def exercise() -> Exercise:
        return await desk.exercise()

    @found.get("/model.json")
    async def model(capture: str) -> Response:
        with in_words_to_the_page():
            try:
                page = await desk.capture(capture)
            except NotACapture as error:
                raise ConfigurationError(f"{capture}: {error}") from error
        return Response(page, media_type="application/json")

    @found.get("/hosts.json")
    async def hosts() -> list[HostFile]:
        with in_words_to_the_page():
            return await desk.hosts()

    @found.post("/answer")
    async def answer(given: Answer) -> Exercise:
        with in_words_to_the_page():
            await desk.answer(given.question, given.answer.strip(), given.before)
        return await desk.exercise()

    @found.post("/hint")
    async def hint(wanted: Hint) -> Exercise:
        with in_words_to_the_page():
            await desk.hint(wanted.question, wanted.before)
        return await desk.exercise()

    @found.post("/change")
    async def change(wanted: Change) -> list[HostFile]:
        with in_words_to_the_page():
            await desk.change(wanted.host, wanted.text, wanted.before)
            return await desk.hosts()

    return found
