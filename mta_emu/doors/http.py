"""The HTTP API of a running MTA, described by OpenAPI at /docs, and its metrics.

`guard.py` lets a request through: to the right host, from no other site, with the token when it
changes something, neither too long nor too slow.

FastAPI because the description is made from the same pydantic models that check what comes in,
uvicorn because it runs on the MTA's own event loop.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any, Literal

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from fastapi.security import HTTPBearer
from pydantic import BaseModel

from labkit.addresses import End, at
from labkit.sockets import listening_socket
from mta_emu.doors import guard
from mta_emu.doors.guard import TOKEN_FILE, Guard
from mta_emu.doors.metrics import CONTENT_TYPE, Metrics
from mta_emu.mta.configuration.server import HttpDoor
from mta_emu.mta.dispatch.request import SubmissionRequest
from mta_emu.mta.log import formats
from mta_emu.mta.log.events import EventFilter
from mta_emu.mta.log.records import DoorOpen
from mta_emu.mta.log.status import ConnectorStatus, MtaStatus
from mta_emu.mta.mta import Mta
from mta_emu.mta.policy import received
from mta_emu.mta.store.mailbox import Mail
from mta_emu.mta.store.store import Store

_OCTETS = "application/octet-stream"
_PIECE = 1 << 16  # octets of a content that are sent at once
_MOST = 1000  # lines of an answer; the next ones are asked for by `after`
_MAX_NUMBER = (1 << 63) - 1  # of the database
_MAX_CONNECTIONS = 100  # at once

Number = Annotated[int, Path(ge=0, le=_MAX_NUMBER)]
Limit = Annotated[int, Query(ge=1, le=_MOST)]
After = Annotated[int, Query(ge=0, le=_MAX_NUMBER, description="The number of the last one had.")]


class Submitted(BaseModel):
    """What the MTA took."""

    mts_identifiers: list[str]


class Health(BaseModel):
    """Whether the MTA takes mail."""

    status: str


class LoggedEvent(BaseModel):
    """A line of the event log."""

    time: datetime
    id: int
    type: str
    category: str
    text: str
    source: str
    computer: str
    connector: str
    reconstructed: str


class MailLine(BaseModel):
    """A message in a mailbox."""

    number: int
    time: datetime
    mts_identifier: str
    recipient: str
    subject: str
    octets: int
    envelope: dict[str, Any]


class TrackedStep(BaseModel):
    """A step on a message's way."""

    time: datetime
    server: str
    what: str
    connector: str
    association: int | None
    recipient: str
    detail: str


class ReportLine(BaseModel):
    """What a report said to a user here about one recipient of their message or probe."""

    time: datetime
    mts_identifier: str
    content_identifier: str
    originator: str
    recipient: str
    redirected_to: str
    text: str
    outcome: Literal["delivered", "not-delivered"]
    delivered: datetime | None = None
    reason: str | None = None
    diagnostic: str | None = None


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

    @api.get("/events")
    async def events(
        id: Annotated[list[int] | None, Query()] = None,
        type: str = "",
        category: str = "",
        connector: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        limit: Limit = _MOST,
    ) -> list[LoggedEvent]:
        """The event log, oldest first; times without a zone are UTC."""
        wanted = EventFilter(
            frozenset(id or ()), type, category, connector, _utc(since), _utc(until)
        )
        found = islice(store.events.read(wanted), limit)
        return [LoggedEvent(**formats.as_object(each, store.name)) for each in found]

    @api.post("/messages", status_code=201, dependencies=token)
    async def submit(submission: SubmissionRequest) -> Submitted:
        """Submit messages; they are on the disk when this answers."""
        request = submission.model_dump(mode="json", by_alias=True, exclude_none=True)
        return Submitted(**await command({"command": "submit", **request}))

    @api.get("/mail")
    async def mail(after: After = 0, limit: Limit = _MOST) -> list[MailLine]:
        """What was delivered, oldest first, from the one behind `after` on."""
        return [_mail_line(each) for each in islice(store.mailbox.read(after), limit)]

    @api.get("/mail/{number}/content", response_class=Response)
    async def content(number: Number) -> Response:
        """The octets of a message's content, of any size."""
        found = store.mailbox.find(number)
        if found is None:
            raise HTTPException(404, f"no mail has the number {number}")
        octets = _pieces(store, found)
        length = {"Content-Length": str(found.content_length)}
        return StreamingResponse(octets, headers=length, media_type=_OCTETS)

    @api.get("/track/{identifier:path}")
    async def track(identifier: str) -> list[TrackedStep]:
        """The way of a message through this MTA."""
        found = store.tracking.find(identifier)
        if len(found) != 1:
            raise HTTPException(404, f"{len(found)} messages have this in their MTS identifiers")
        steps = store.tracking.follow(found[0])
        return [TrackedStep(server=store.name, **vars(step)) for step in steps]

    @api.get("/reports")
    async def received_reports(
        mts_identifier: str | None = None,
        originator: str = "",
        limit: Limit = _MOST,
    ) -> list[ReportLine]:
        """The reports on what users here sent, oldest first; of all, one message or one user."""
        found = (
            each
            for each in store.reports.read(mts_identifier)
            if originator.casefold() in each.originator.casefold()
        )
        return [ReportLine(**received.as_object(each)) for each in islice(found, limit)]

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


def _mail_line(mail: Mail) -> MailLine:
    return MailLine(
        number=mail.id,
        time=mail.time,
        mts_identifier=mail.mts_identifier,
        recipient=mail.recipient,
        subject=mail.subject,
        octets=mail.content_length,
        envelope=mail.envelope.as_object(),
    )


class _Server(uvicorn.Server):
    """A server that leaves the signals to the MTA."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@asynccontextmanager
async def serve_http(mta: Mta, door: HttpDoor) -> AsyncIterator[None]:
    """Serve the API while the block runs. Raises OSError when the address cannot be had."""
    metrics = Metrics(mta.queues)
    mta.journal.listen(metrics.hear, "metrics of the http door")
    listening = listening_socket(End(door.address, door.port))
    token = door.token or guard.token_in(mta.directory)
    config = uvicorn.Config(
        Guard(application(mta, metrics), token, door.names),
        http=guard.Protocol,
        h11_max_incomplete_event_size=guard.MAX_HEADERS,
        limit_concurrency=_MAX_CONNECTIONS,
        log_config=None,
        log_level="critical",  # what clients do wrong is answered, not logged
        lifespan="off",
        ws="none",
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    mta.journal.publish(DoorOpen("http", at(door.address, door.port)))
    try:
        yield
    finally:
        server.should_exit = True
        await serving
        mta.journal.leave(metrics.hear)
