"""The connectors of a lab's MTAs as they stand now, and "call now"."""

from dataclasses import dataclass

from fastapi import APIRouter
from pydantic import BaseModel

from mta_emu.mta.log.status import ConnectorStatus
from mta_lab.play.connectors import call_now, connectors
from mta_lab.web.asked.refusals import in_words_to_the_page
from mta_lab.web.live import Live


@dataclass(frozen=True)
class HostConnector:
    """A connector of an MTA, as it is now."""

    host: str
    status: ConnectorStatus


class Call(BaseModel):
    """Which connector is to call now."""

    host: str
    connector: str


class Called(BaseModel):
    """What came of it: `open`, or another state and why."""

    state: str
    reason: str


def paths(live: Live) -> APIRouter:
    """`connectors.json` and `call`."""
    found = APIRouter()

    @found.get("/connectors.json")
    async def now() -> list[HostConnector]:
        return [HostConnector(host, each) for host, each in await connectors(live.lab)]

    @found.post("/call")
    async def call(asked: Call) -> Called:
        with in_words_to_the_page():
            came = await call_now(live.lab, asked.host, asked.connector)
        return Called(state=came["state"], reason=came["reason"])

    return found
