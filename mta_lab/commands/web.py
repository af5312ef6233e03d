"""`mta-lab web`: a lab that is up, on a page."""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from labkit.interrupts import interruptible, undisturbed
from labkit.loop import run as run_loop
from labkit.output import say, say_json
from mta_lab.backends.registry import BackendName
from mta_lab.commands import (
    AsJson,
    LabName,
    LabsDirectory,
    TimeScale,
    Where,
    errors_for_people,
    the_lab,
)
from mta_lab.commands.given import WhichIfAny, given, lab_of
from mta_lab.commands.pages import HERE, At, end_of, warn_of_others, web_extra
from mta_lab.lab.directory import Lab, find, lab_directory
from mta_lab.play import lifecycle


def web(
    which: WhichIfAny = None,
    listen: At = None,
    where: Where = BackendName.LOOPBACK,
    lab_name: LabName = None,
    time_scale: TimeScale = None,
    labs: LabsDirectory = None,
    as_json: AsJson = False,
) -> None:
    """Serve a page of a lab that is up: packets, logs and queues as they come, on one time axis.

    It prints the page's address, which nobody can guess: whoever has it sees the lab's mail. Needs
    the extra `web`, and CAP_NET_RAW to show packets, from now on. The page ends with the lab, or
    with Ctrl-C.

    A FILE is put up, and taken down at the end; --backend, --name and --time-scale are for it, as
    mta-lab up has them. Without an argument it is the only lab.
    """
    with errors_for_people(), undisturbed():
        serve = page_server()
        end = end_of("--at", listen) if listen else HERE
        with _lab(which, labs, where, lab_name, time_scale) as lab, interruptible():

            def ready(url: str) -> None:
                say_json({"lab": lab.name, "url": url}) if as_json else say(f"{lab.name}: {url}")

            warn_of_others(end)
            run_loop(serve(lab, end, ready))
            say(f"{lab.name} is down", error=True)


def page_server() -> Callable[..., Coroutine[Any, Any, None]]:
    """What serves a lab's page. Raises ConfigurationError without the extra."""
    with web_extra():
        from mta_lab.web.server import serve  # noqa: PLC0415 - an extra, and slow to load
    return serve


@contextmanager
def _lab(
    which: str | None,
    labs: Path | None,
    where: BackendName,
    name: str | None,
    time_scale: float | None,
) -> Iterator[Lab]:
    """The lab that is meant; that of a file is there for the block. Raises ConfigurationError."""
    if which is None or lab_of(which):
        yield the_lab(which)
        return
    topology = given(which, labs).topology
    directory = lab_directory(name or topology.name)
    with lifecycle.placed(topology, directory, where) as placement:
        lab = lifecycle.up(placement, directory, time_scale=time_scale)
    try:
        yield lab
    finally:
        found = find(directory)
        if found and found.origin == lab.origin:  # nobody has taken it down
            lifecycle.down(lab)
