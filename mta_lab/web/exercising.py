"""The page of an exercise: `site` has its files and its news, `desk` what a learner does there."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from starlette.types import ASGIApp

from labkit.addresses import End
from mta_lab.exercises.sheet import Sheet
from mta_lab.web.asked import exercise
from mta_lab.web.desk import Desk, desk_for
from mta_lab.web.site import serve_site, site


def application(desk: Desk, token: str) -> ASGIApp:
    """The page of an exercise, every path of which begins with /`token`/."""
    return site(token, "exercise.html", desk, (exercise.paths(desk),))


async def serve(directory: Path, sheet: Sheet, where: End, ready: Callable[[str], None]) -> None:
    """Serve the page of a learner's directory until this is cancelled; port 0: a free one.

    `ready` gets the page's address when it can be opened. Raises OSError.
    """
    async with desk_for(directory, sheet) as desk:
        await serve_site(partial(application, desk), where, desk, ready)
