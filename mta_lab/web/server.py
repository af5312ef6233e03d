"""The page of a lab that is up: its model; `site` has its files and its news, `asked` all else."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from fastapi import APIRouter, Response
from starlette.types import ASGIApp

from labkit.addresses import End
from mta_lab.lab.directory import Lab
from mta_lab.web.asked import connectors, mail, rehearsal, switches
from mta_lab.web.live import Live, living
from mta_lab.web.site import serve_site, site

#: What each view of the page asks for, beside the run itself.
_ASKED: tuple[Callable[[Live], APIRouter], ...] = (
    connectors.paths,
    mail.paths,
    switches.paths,
    rehearsal.paths,
)


def application(live: Live, token: str) -> ASGIApp:
    """The page of a lab, every path of which begins with /`token`/."""
    run = APIRouter()

    @run.get("/model.json")
    async def model() -> Response:
        return Response(await live.page(), media_type="application/json")

    return site(token, "index.html", live, (run, *(asked(live) for asked in _ASKED)))


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
    async with living(lab, captures) as live:
        await serve_site(partial(application, live), where, live, ready, published)
