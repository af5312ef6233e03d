"""The connectors of a lab's MTAs as they stand now, their queues, and "call now"."""

from dataclasses import dataclass
from itertools import islice

from fastapi import APIRouter
from pydantic import BaseModel

from labkit.loop import on_thread
from labkit.text import visible
from mta_emu.mta.log.status import ConnectorStatus
from mta_emu.mta.store.store import Store
from mta_lab.play.connectors import call_now, connectors
from mta_lab.web.asked.databases import read
from mta_lab.web.asked.refusals import in_words_to_the_page
from mta_lab.web.live import Live

MOST = 100  # messages of a queue that are listed, the next to leave first


@dataclass(frozen=True)
class HostConnector:
    """A connector of an MTA, as it is now."""

    host: str
    status: ConnectorStatus


@dataclass(frozen=True)
class QueuedMessage:
    """A message that waits for a connector."""

    mts_identifier: str
    priority: str
    octets: int


class Call(BaseModel):
    """Which connector is to call now."""

    host: str
    connector: str


class Called(BaseModel):
    """What came of it: `open`, or another state and why."""

    state: str
    reason: str


def paths(live: Live) -> APIRouter:
    """`connectors.json`, `queue.json` and `call`."""
    found = APIRouter()

    @found.get("/connectors.json")
    async def now() -> list[HostConnector]:
        return [HostConnector(host, each) for host, each in await connectors(live.lab)]

    @found.get("/queue.json")
    async def queue(host: str, connector: str) -> list[QueuedMessage]:
        with in_words_to_the_page():
            return await on_thread(read, live.lab, host, lambda store: _queued(store, connector))

    @found.post("/call")
    async def call(asked: Call) -> Called:
        with in_words_to_the_page():
            came = await call_now(live.lab, asked.host, asked.connector)
        return Called(state=came["state"], reason=came["reason"])

    return found


def _queued(store: Store, connector: str) -> list[QueuedMessage]:
    return [
        QueuedMessage(
            visible(each.mts_identifier), each.priority.name.lower().replace("_", "-"), each.octets
        )
        for each in islice(store.queues.waiting(connector), MOST)
    ]
