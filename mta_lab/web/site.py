"""A page with a server behind it: its files, what is new, and the paths of its views.

FastAPI, which the doors of an MTA have too; it sends the events and keeps their connections alive.
An event says only that there is something new: the page then asks again.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress

from fastapi import APIRouter, FastAPI, HTTPException, Response
from fastapi.exceptions import RequestValidationError
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp

from labkit.addresses import End, at
from labkit.sockets import listening_socket
from labkit.text import visible
from mta_emu.doors.serving import serving
from mta_lab.web.bundle import STATIC, text_of
from mta_lab.web.news import News
from mta_lab.web.safety import guarded, new_token

_TYPES = {"css": "text/css", "js": "text/javascript", "html": "text/html"}
_FILES = {each.name: _TYPES[each.name.rpartition(".")[2]] for each in STATIC.iterdir()}
_REFUSED = 422  # what was sent is not what the page sends
_PAUSE = 0.5  # wall seconds between two events


def site(token: str, first: str, news: News, views: Iterable[APIRouter]) -> ASGIApp:
    """A page that begins with the file `first`; every path of it begins with /`token`/."""
    paths = APIRouter(prefix=f"/{token}")

    @paths.get("/")
    async def index() -> Response:
        return _file(first)

    @paths.get("/changes", response_class=EventSourceResponse)
    async def changes() -> AsyncIterator[ServerSentEvent]:
        seen = -1
        while not news.over.is_set():
            before, seen = seen, await news.news(seen)
            if seen != before:
                yield ServerSentEvent(event="changed", data=seen)
            with suppress(TimeoutError):
                async with asyncio.timeout(_PAUSE):
                    await news.over.wait()
        if seen != news.version:
            yield ServerSentEvent(event="changed", data=news.version)
        yield ServerSentEvent(event="over", data=news.down)

    for view in views:
        paths.include_router(view)

    @paths.get("/{name}")
    async def file(name: str) -> Response:
        if name not in _FILES:
            raise HTTPException(404, "the page has no such file")
        return _file(name)

    app = FastAPI(openapi_url=None, exception_handlers={RequestValidationError: _in_words})
    app.include_router(paths)
    return guarded(app, token)


async def serve_site(
    made: Callable[[str], ASGIApp],
    where: End,
    news: News,
    ready: Callable[[str], None],
    published: End | None = None,
) -> None:
    """Serve the page that `made` makes for a token, until its news are over; port 0: a free one.

    `ready` gets the page's address when it can be opened: where it is `published`, if others lead
    from there to it. Raises OSError.
    """
    token = new_token()
    listening = listening_socket(where)
    async with serving(made(token), listening):
        end = published or End.of_socket(listening.getsockname())
        ready(f"http://{at(end.address, end.port)}/{token}/")
        try:
            await news.over.wait()
        finally:
            news.end()  # so that nobody who waits for news is waited for


async def _in_words(_: Request, error: Exception) -> Response:
    """Say which field of what was sent is wrong, and not what was in it: that may be no text."""
    found = error.errors() if isinstance(error, RequestValidationError) else ()
    said = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in found)
    return JSONResponse({"detail": visible(said)}, _REFUSED)


def _file(name: str) -> Response:
    return Response(text_of(name), media_type=_FILES[name])
