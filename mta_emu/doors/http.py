"""The HTTP API of a running MTA, described by OpenAPI at /docs, and its metrics.

`guard.py` lets a request through: to the right host, from no other site, with the token when it
changes something, neither too long nor too slow.

FastAPI because the description is made from the same pydantic models that check what comes in.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from fastapi.security import HTTPBearer
from pydantic import BaseModel

from labkit.addresses import End, at
from labkit.sockets import listening_socket
from mta_emu.doors import guard, lines
from mta_emu.doors.guard import TOKEN_FILE, Guard
from mta_emu.doors.lines import LoggedEvent, MailLine, ReportLine, TrackedStep, as_response
from mta_emu.doors.metrics import CONTENT_TYPE, Metrics
from mta_emu.doors.serving import serving
from mta_emu.mta.configuration.server import HttpDoor
from mta_emu.mta.dispatch.request import SubmissionRequest
from mta_emu.mta.log.events import EventFilter
from mta_emu.mta.log.records import DoorOpen
from mta_emu.mta.log.status import ConnectorStatus, MtaStatus
from mta_emu.mta.mta import Mta
from mta_emu.mta.store.mailbox import Mail
from mta_emu.mta.store.store import Store

_OCTETS = "application/octet-stream"
_PIECE = 1 << 16  # octets of a content that are sent at once
_MOST = 1000  # lines of an answer; the next ones are asked for by `after`
_MAX_NUMBER = (1 << 63) - 1  # of the database

Number = Annotated[int, Path(ge=0, le=_MAX_NUMBER)]
Limit = Annotated[int, Query(ge=1, le=_MOST)]
After = Annotated[int, Query(ge=0, le=_MAX_NUMBER, description="The number of the last one had.")]


class Submitted(BaseModel):
    """What the MTA took."""

    mts_identifiers: list[str]


class Health(BaseModel):
    """Whether the MTA takes mail."""

    status: str


class Routes(BaseModel):
    """The routing table's text."""

    lines: list[str]


def application(mta: Mta, metrics: Metrics) -> FastAPI:
    """The API of an MTA."""
    api = FastAPI(title=f"MTA {mta.store.name}", version="1", redoc_url=None)
    token = [Depends(HTTPBearer(auto_error=False, description=f"What is in {TOKEN_FILE}."))]
    store = mta.store

    async def command(request: dict[str, Any]) -> dict[str, Any]:
        try:
            return await mta.commands[request["command"]](request)
        except ValueError as error:
            raise HTTPException(422, str(error)) from error

    @api.exception_handler(RequestValidationError)
    async def wrong(_: Request, error: RequestValidationError) -> Response:
        """Which fields are wrong and why, without what was sent: it may be no text at all."""
        detail = [{"loc": each["loc"], "msg": each["msg"]} for each in error.errors()]
        return Response(json.dumps({"detail": detail}), 422, media_type="application/json")

    @api.get("/health")
    async def health(response: Response) -> Health:
        """Whether the MTA takes mail; 503 and why, when it does not."""
        status = mta.health
        response.status_code = 200 if status == "ok" else 503
        return Health(status=status)

    @api.get("/status")
    async def status() -> MtaStatus:
        """How the queues stand, and whether anything moves."""
        return mta.status()

    @api.get("/queues")
    async def queues() -> tuple[ConnectorStatus, ...]:
        """The connectors' queues."""
        return mta.queues()

    @api.get("/events", response_model=list[LoggedEvent])
    async def events(
        id: Annotated[list[int] | None, Query()] = None,
        type: str = "",
        category: str = "",
        connector: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        limit: Limit = _MOST,
    ) -> Response:
        """The event log, oldest first; times without a zone are UTC."""
        wanted = EventFilter(
            frozenset(id or ()), type, category, connector, _utc(since), _utc(until)
        )
        return await as_response(store, partial(lines.events, wanted=wanted, limit=limit))

    @api.post("/messages", status_code=201, dependencies=token)
    async def submit(submission: SubmissionRequest) -> Submitted:
        """Submit messages; they are on the disk when this answers."""
        request = submission.model_dump(mode="json", by_alias=True, exclude_none=True)
        return Submitted(**await command({"command": "submit", **request}))

    @api.get("/mail", response_model=list[MailLine])
    async def mail(after: After = 0, limit: Limit = _MOST) -> Response:
        """What was delivered, oldest first, from the one behind `after` on."""
        return await as_response(store, partial(lines.mails, after=after, limit=limit))

    @api.get("/mail/{number}/content", response_class=Response)
    async def content(number: Number) -> Response:
        """The octets of a message's content, of any size."""
        found = store.mailbox.find(number)
        if found is None:
            raise HTTPException(404, f"no mail has the number {number}")
        octets = _pieces(store, found)
        length = {"Content-Length": str(found.content_length)}
        return StreamingResponse(octets, headers=length, media_type=_OCTETS)

    @api.get("/track/{identifier:path}", response_model=list[TrackedStep])
    async def track(identifier: str) -> Response:
        """The way of a message through this MTA."""
        return await as_response(store, partial(lines.steps, identifier=identifier))

    @api.get("/reports", response_model=list[ReportLine])
    async def received_reports(
        mts_identifier: str | None = None,
        originator: str = "",
        limit: Limit = _MOST,
    ) -> Response:
        """The reports on what users here sent, oldest first; of all, one message or one user."""
        asked = partial(
            lines.reports, mts_identifier=mts_identifier, originator=originator, limit=limit
        )
        return await as_response(store, asked)

    @api.get("/routes")
    async def routes() -> Routes:
        """The routing table, as Exchange's GWART text has it."""
        return Routes(**await command({"command": "routes"}))

    @api.get("/routes/explain")
    async def explain(address: str) -> dict[str, Any]:
        """Which way mail for an address takes now, and why."""
        return await command({"command": "explain", "to": address})

    @api.get("/metrics", response_class=Response)
    async def scrape() -> Response:
        """What Prometheus scrapes."""
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    return api


async def _pieces(store: Store, mail: Mail) -> AsyncIterator[bytes]:
    """A content, of which no more is held than what is sent at once."""
    for start in range(0, mail.content_length, _PIECE):
        yield store.contents.read(mail.message, start, _PIECE)


def _utc(moment: datetime | None) -> datetime | None:
    """A time in UTC, which it is when it names no zone."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise HTTPException(422, f"{moment.isoformat()}: no time that UTC has") from error


@asynccontextmanager
async def serve_http(mta: Mta, door: HttpDoor) -> AsyncIterator[None]:
    """Serve the API while the block runs. Raises OSError when the address cannot be had."""
    metrics = Metrics(mta.queues)
    mta.journal.listen(metrics.hear, "metrics of the http door")
    listening = listening_socket(End(door.address, door.port))
    token = door.token or guard.token_in(mta.directory)
    app = Guard(application(mta, metrics), token, door.names)
    try:
        async with serving(app, listening, mta.journal.publish, "http door"):
            mta.journal.publish(DoorOpen("http", at(door.address, door.port)))
            yield
    finally:
        mta.journal.leave(metrics.hear)
