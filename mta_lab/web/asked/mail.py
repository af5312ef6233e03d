"""Mail on the page: each message's way, the mailboxes, reports, and a form to send some.

What is shown of a mailbox is read from the MTA's own database, as `mta-emu mail` reads it; what is
sent goes to the MTA's control socket, which says what is wrong with it. Files leave as octets to be
saved, whatever they say they are.
"""

from itertools import islice
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from pydantic import Base64Bytes, BaseModel, Field

from labkit.loop import on_thread
from labkit.text import visible
from mta_emu.mta.policy.received import received_in_words
from mta_emu.mta.store.mailbox import Mail
from mta_emu.mta.store.store import Store
from mta_emu.mts import ipm
from mta_emu.mts.ipm import readable
from mta_emu.osi.errors import ProtocolError
from mta_lab.lab.directory import Lab
from mta_lab.play.mailing import Attached, submit
from mta_lab.web.asked.databases import known, read
from mta_lab.web.asked.refusals import in_words_to_the_page
from mta_lab.web.live import Live
from mta_lab.web.model.messages import Message, messages

MOST = 100  # lines of a mailbox at a time
LONGEST = 32 << 20  # octets of a content that is read; a longer one is saved, and read elsewhere
_MOST_FILES = 10
_MAX_NUMBER = (1 << 63) - 1  # of the database
Number = Annotated[int, Query(ge=1, le=_MAX_NUMBER)]


class MailLine(BaseModel):
    """A message in a mailbox."""

    number: int
    time: str
    mts_identifier: str
    recipient: str
    subject: str
    octets: int


class Letter(BaseModel):
    """A message as its reader sees it; `fields` are names and values, `files` names and lengths."""

    fields: list[tuple[str, str]]
    text: str
    files: list[tuple[str, int]]


class Step(BaseModel):
    """A step on a message's way, lab time."""

    time: str
    host: str
    what: str
    connector: str
    association: int | None
    recipient: str
    detail: str


class ReportLine(BaseModel):
    """What a report said to a user of an MTA about one recipient."""

    time: str
    host: str
    mts_identifier: str
    recipient: str
    text: str


class File(BaseModel):
    """A file that goes along, its octets as Base64."""

    name: str
    octets: Base64Bytes


class Sending(BaseModel):
    """What is to be sent, and at which MTA; `message` is what its control socket takes."""

    host: str
    message: dict[str, Any]
    files: Annotated[list[File], Field(max_length=_MOST_FILES)] = []


class Sent(BaseModel):
    """The MTS identifiers of what the MTA took."""

    mts_identifiers: list[str]


class Users(BaseModel):
    """The MTAs, and addresses that the form offers: those that the topology's play has."""

    hosts: list[str]
    addresses: list[str]


def paths(live: Live) -> APIRouter:
    """What there is to be read, and `send`."""
    found = APIRouter()
    lab = live.lab

    @found.get("/users.json")
    async def users() -> Users:
        mails = [step.send for step in lab.topology.play if step.send]
        addresses = dict.fromkeys(str(each) for mail in mails for each in (mail.sender, mail.to))
        return Users(hosts=[*lab.topology.mtas], addresses=[*addresses])

    @found.get("/messages.json")
    async def spoken_of() -> tuple[Message, ...]:
        in_file = lab.placement.in_file_text
        return await on_thread(messages, live.records, lambda text: visible(in_file(text)))

    @found.get("/way.json")
    async def way(mts_identifier: str) -> list[Step]:
        with in_words_to_the_page():
            return await on_thread(_way, lab, mts_identifier)

    @found.get("/mailbox.json")
    async def mailbox(
        host: str, after: Annotated[int, Query(ge=0, le=_MAX_NUMBER)] = 0
    ) -> list[MailLine]:
        with in_words_to_the_page():
            return await on_thread(read, lab, host, lambda store: _lines(store, after))

    @found.get("/letter.json")
    async def letter(host: str, number: Number) -> Letter:
        with in_words_to_the_page():
            return await on_thread(read, lab, host, lambda store: _letter(store, number))

    @found.get("/file")
    async def file(host: str, number: Number, place: Annotated[int, Query(ge=0)]) -> Response:
        with in_words_to_the_page():
            name, octets = await on_thread(
                read, lab, host, lambda store: _file(store, number, place)
            )
        return _to_be_saved(name, octets)

    @found.get("/content")
    async def content(host: str, number: Number) -> Response:
        with in_words_to_the_page():
            octets = await on_thread(read, lab, host, lambda store: _content(store, number)[1])
        return _to_be_saved(f"{number}.ber", octets)

    @found.get("/reports.json")
    async def reports() -> list[ReportLine]:
        with in_words_to_the_page():
            return await on_thread(_reports, lab)

    @found.post("/send")
    async def send(wanted: Sending) -> Sent:
        with in_words_to_the_page():
            known(lab, wanted.host)
            attached = [Attached(each.name, each.octets) for each in wanted.files]
            reply = await submit(lab, wanted.host, wanted.message, attached)
        return Sent(mts_identifiers=reply["mts_identifiers"])

    return found


def _lines(store: Store, after: int) -> list[MailLine]:
    return [
        MailLine(
            number=each.id,
            time=each.time.isoformat(timespec="milliseconds"),
            mts_identifier=visible(each.mts_identifier),
            recipient=visible(each.recipient),
            subject=visible(each.subject),
            octets=each.content_length,
        )
        for each in islice(store.mailbox.read(after), MOST)
    ]


def _content(store: Store, number: int) -> tuple[Mail, bytes]:
    mail = store.mailbox.find(number)
    if mail is None:
        raise ValueError(f"{number}: no mail has this number")
    if mail.content_length > LONGEST:
        raise ValueError(
            f"mail {number} has {mail.content_length} octets, and the page reads {LONGEST} at "
            "most; mta-emu mail save has its files"
        )
    return mail, store.contents.read(mail.message, 0, mail.content_length)


def _letter(store: Store, number: int) -> Letter:
    mail, content = _content(store, number)
    came = mail.time.isoformat(sep=" ", timespec="seconds")
    fields = [("MTS", mail.mts_identifier), ("For", mail.recipient), ("Came", came)]
    fields += mail.envelope.lines()
    try:
        found = ipm.decode(content)
    except ProtocolError as error:
        text = f"({readable.not_readable(mail.envelope.content_type, error)})"
        return Letter(fields=_for_people(fields), text=text, files=[])
    return Letter(
        fields=_for_people([*readable.lines(found), *fields]),
        text=visible(found.text, lines=True),
        files=[(visible(name), len(octets)) for name, octets in readable.files_of(found)],
    )


def _file(store: Store, number: int, place: int) -> tuple[str, bytes]:
    _, content = _content(store, number)
    try:
        found = [*readable.files_of(ipm.decode(content))]
    except ProtocolError as error:
        raise ValueError(f"mail {number} cannot be read: {error}") from error
    if place >= len(found):
        raise ValueError(f"mail {number} has {len(found)} files")
    return found[place]


def _reports(lab: Lab) -> list[ReportLine]:
    return [
        ReportLine(
            time=each.time.isoformat(timespec="milliseconds"),
            host=host,
            mts_identifier=visible(each.subject_identifier),
            recipient=visible(each.recipient),
            text=visible(received_in_words(each)),
        )
        for host in lab.topology.mtas
        for each in read(lab, host, lambda store: [*islice(store.reports.read(), MOST)])
    ]


def _way(lab: Lab, mts_identifier: str) -> list[Step]:
    steps = [
        (host, step)
        for host in lab.topology.mtas
        for step in read(lab, host, lambda store: store.tracking.follow(mts_identifier))
    ]
    in_file = lab.placement.in_file_text
    return [
        Step(
            time=step.time.isoformat(timespec="milliseconds"),
            host=host,
            what=step.what,
            connector=visible(step.connector),
            association=step.association,
            recipient=visible(step.recipient),
            detail=visible(in_file(step.detail)),
        )
        for host, step in sorted(steps, key=lambda pair: pair[1].time)
    ]


def _for_people(fields: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(visible(name), visible(value)) for name, value in fields]


def _to_be_saved(name: str, octets: bytes) -> Response:
    """Octets that no browser shows, and the name under which it saves them."""
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    headers = {"Content-Disposition": disposition}
    return Response(octets, media_type="application/octet-stream", headers=headers)
