"""The page of a lab that is up: its files, its model and what is new; `asked` has all else.

FastAPI, which the doors of an MTA have too; it sends the events and keeps their connections alive.
An event says only that there is something new: the page then fetches the whole model again.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

from fastapi import APIRouter, FastAPI, HTTPException, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.types import ASGIApp

from labkit.addresses import End, at
from labkit.sockets import listening_socket
from mta_emu.doors.serving import serving
from mta_lab.lab.directory import Lab
from mta_lab.web.asked import connectors, mail, rehearsal, switches
from mta_lab.web.bundle import STATIC, text_of
from mta_lab.web.live import Live, living
from mta_lab.web.safety import guarded, new_token

_TYPES = {"css": "text/css", "js": "text/javascript", "html": "text/html"}
_FILES = {each.name: _TYPES[each.name.rpartition(".")[2]] for each in STATIC.iterdir()}
_PAUSE = 0.5  # wall seconds between two events


#: What each view of the page asks for, beside the run itself.
_ASKED: tuple[Callable[[Live], APIRouter], ...] = (
    connectors.paths,
    mail.paths,
    switches.paths,
    rehearsal.paths,
)


def application(live: Live, token: str) -> ASGIApp:
    """The page of a lab, every path of which begins with /`token`/."""
    paths = APIRouter(prefix=f"/{token}")

    @paths.get("/")
    async def index() -> Response:
        return _file("index.html")

    @paths.get("/model.json")
    async def model() -> Response:
        return Response(await live.page(), media_type="application/json")

    @paths.get("/changes", response_class=EventSourceResponse)
    async def changes() -> AsyncIterator[ServerSentEvent]:
        seen = -1
        while not live.over.is_set():
            before, seen = seen, await live.news(seen)
            if seen != before:
                yield ServerSentEvent(event="changed", data=seen)
            with suppress(TimeoutError):
                async with asyncio.timeout(_PAUSE):
                    await live.over.wait()
        if seen != live.version:
            yield ServerSentEvent(event="changed", data=live.version)
        yield ServerSentEvent(event="over", data=live.down)

    for asked in _ASKED:
        paths.include_router(asked(live))

    @paths.get("/{name}")
    async def file(name: str) -> Response:
        if name not in _FILES:
            raise HTTPException(404, "the page has no such file")
        return _file(name)

    app = FastAPI(openapi_url=None)
    app.include_router(paths)
    return guarded(app, token)


async def serve(
    lab: Lab,
    where: End,
    ready: Callable[[str], None],
    *,
    published: End | None = None,
    captures: Path | None = None,
) -> None:
    """Serve the page of a lab until the lab is down; port 0: a free one.

    `ready` gets the page's address when it can be opened: where it is `published`, if others lead
    from there to it. The lab's packets are captured here, or by another process into the folder
    `captures`. Raises OSError.
    """
    token = new_token()
    async with living(lab, captures) as live:
        listening = listening_socket(where)
        async with serving(application(live, token), listening):
            end = published or End.of_socket(listening.getsockname())
            ready(f"http://{at(end.address, end.port)}/{token}/")
            try:
                await live.over.wait()
            finally:
                live.end()  # so that nobody who waits for news is waited for


def _file(name: str) -> Response:
    return Response(text_of(name), media_type=_FILES[name])
