"""The walks of docs/architecture.md, on a running MTA: what they name is what runs."""

import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from tests.house.test_walks import ROOT, WALKS

SMITH = "C=US;A= ;P=Contoso;O=B;S=Smith"
Start = Callable[..., Awaitable[Any]]


@contextmanager
def called() -> Iterator[set[str]]:
    """The files whose functions are called in the block, by their paths in the project."""
    files: set[str] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            files.add(frame.f_code.co_filename.removeprefix(f"{ROOT}/"))

    sys.setprofile(note)
    try:
        yield files
    finally:
        sys.setprofile(None)


def walked(title: str) -> set[str]:
    """The files of a walk that run in an MTA; a state table is read, and not called."""
    tables = ("/table.py", "commands/send.py")
    return {file for _, file in WALKS[title] if not file.endswith(tables)}


async def test_a_connection_becomes_event_1293(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    b_document["connectors"][0]["stack"]["address"] = "127.0.113.1"  # where A is not
    with called() as files:
        a, b = await start(a_document), await start(b_document)
        await a.send(SMITH)
        await b.said("event", id=1293)
    assert walked("From a TCP connection to event 1293") - files == set()


async def test_what_is_submitted_leaves_an_empty_queue(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    with called() as files:
        a, b = await start(a_document), await start(b_document)
        await a.send(SMITH)
        await b.said("delivered")
        await a.until(lambda: a.mta.status().queued == 0)
    assert walked("From submit to an empty queue") - files == set()
