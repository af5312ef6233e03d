"""What the HTTP door lists: events, mail, steps and reports.

Each is read on a thread: peers decide how much there is, and the event loop waits for none of it.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import islice
from typing import Any, Literal

from fastapi import HTTPException, Response
from pydantic import BaseModel, SerializeAsAny, TypeAdapter

from mta_emu.mta.log import formats
from mta_emu.mta.log.events import EventFilter
from mta_emu.mta.policy import received
from mta_emu.mta.store.mailbox import Mail
from mta_emu.mta.store.store import Store

_THREAD = ThreadPoolExecutor(1, "http door")


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


_LINES = TypeAdapter(list[SerializeAsAny[BaseModel]])


async def as_response(store: Store, read: Callable[[Store], Iterable[BaseModel]]) -> Response:
    """What is read of a store, as JSON. Raises what reading raises."""

    def work() -> bytes:
        with store.reading() as reader:
            return _LINES.dump_json(list(read(reader)))

    octets = await asyncio.get_running_loop().run_in_executor(_THREAD, work)
    return Response(octets, media_type="application/json")


def events(store: Store, wanted: EventFilter, limit: int) -> Iterator[LoggedEvent]:
    """The first lines of the event log that are wanted."""
    for each in islice(store.events.read(wanted), limit):
        yield LoggedEvent(**formats.as_object(each, store.name))


def mails(store: Store, after: int, limit: int) -> Iterator[MailLine]:
    """What was delivered, from the one behind `after` on."""
    return map(_mail_line, islice(store.mailbox.read(after), limit))


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


def steps(store: Store, identifier: str) -> Iterator[TrackedStep]:
    """The way of the message that has this in its identifier; 404 when it is not one."""
    found = store.tracking.find(identifier)
    if len(found) != 1:
        raise HTTPException(404, f"{len(found)} messages have this in their MTS identifiers")
    for step in store.tracking.follow(found[0]):
        yield TrackedStep(server=store.name, **vars(step))


def reports(
    store: Store, mts_identifier: str | None, originator: str, limit: int
) -> Iterator[ReportLine]:
    """The first reports on a message, or on all, of originators whose address has this in it."""
    found = (
        each
        for each in store.reports.read(mts_identifier)
        if originator.casefold() in each.originator.casefold()
    )
    for each in islice(found, limit):
        yield ReportLine(**received.as_object(each))
