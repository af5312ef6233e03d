"""Deferred delivery: a message waits in the first MTA until its time, whatever happens to it."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mta_emu.mta.association.incoming import Arrived
from mta_emu.mta.controlclient import ControlError, ask
from mta_emu.mta.log.status import DeferredStatus
from mta_emu.mta.store.postponed import Deferred
from mta_emu.mta.store.store import Store
from mta_emu.mta.store.tracking import Action
from mta_emu.mts.apdu import decode_head
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.subject import Recipient
from mta_emu.mts.wishes import latest_delivery
from mta_emu.osi import ber
from mta_emu.tap import TapFile

from ..test_end_to_end import PORT, judged_by_tshark

Start = Callable[..., Awaitable[Any]]
JONES, SMITH = "C=US;A= ;P=Contoso;O=A;S=Jones", "C=US;A= ;P=Contoso;O=B;S=Smith"


async def deferred(mta: Any) -> dict[str, Any]:
    """What the status says."""
    found: dict[str, Any] = (await ask(mta.directory, {"command": "status"}))["deferred"]
    return found


@pytest.mark.element("deferred delivery")
async def test_a_message_is_kept_until_its_time_and_goes_on_then(
    start: Start, a_document: Any, b_document: Any
) -> None:
    a, b = await start(a_document, scale=600), await start(b_document, scale=600)
    (sent,) = await a.send(SMITH, defer=1200)
    said = await a.said("deferred", mts_identifier=sent)
    assert await deferred(a) == {"count": 1, "next": said["until"]}
    assert a.mta.store.queues.lengths() == {}
    assert a.all("association") == []
    await b.said("delivered", mts_identifier=sent)
    released = await a.said("released", mts_identifier=sent)
    assert said["until"] <= released["time"]
    assert await deferred(a) == {"count": 0, "next": None}
    steps = [step.what for step in a.mta.store.tracking.follow(sent)]
    assert steps[:4] == [Action.SUBMITTED, Action.DEFERRED, Action.RELEASED, Action.QUEUED]
    assert len(a.all("submitted")) == 1


async def test_wireshark_reads_both_times(
    start: Start,
    a_document: Any,
    b_document: Any,
    tmp_path: Path,
    tshark: Callable[..., list[dict[str, list[str]]]],
) -> None:
    log = tmp_path / "tap"
    a, b = await start(a_document, 600, TapFile(log)), await start(b_document, scale=600)
    await a.send(SMITH, defer=600)
    until = datetime.fromisoformat((await a.said("deferred"))["until"])
    await b.said("delivered")
    await asyncio.gather(a.stop(), b.stop())
    capture = judged_by_tshark(log, tmp_path, tshark)
    fields = ("p1.deferred_delivery_time", "p1.deferred_time", "p1.arrival_time")
    (packet,) = tshark(capture, *fields, where="p1.deferred_delivery_time", port=PORT)
    (wanted,), went, came = (packet[field] for field in fields)
    assert wanted.startswith(f"{until:%y-%m-%d %H:%M:%S}")
    assert len(went) == len(came) == 2  # of the domain, and of the MTA
    assert max(came) < wanted <= min(went)


async def test_the_envelope_tells_the_time_and_the_trace_when_it_went_on(
    start: Start, a_document: Any
) -> None:
    a = await start(a_document, scale=600)
    await a.send(SMITH, defer=600)
    until = datetime.fromisoformat((await a.said("deferred"))["until"])
    released = datetime.fromisoformat((await a.said("released"))["time"])
    (entry,) = a.mta.store.queues.waiting("TO-B")
    envelope = decode_head(entry.envelope)
    assert isinstance(envelope, Envelope)
    assert envelope.deferred_delivery_time == until
    assert b"\x80\x0d" + f"{until:%y%m%d%H%M%SZ}".encode() in entry.envelope  # [0] UTCTime
    for element in (*envelope.trace, *envelope.internal_trace):
        assert element.arrival < until
        (went_on,) = element.others
        assert went_on[:2] == b"\x81\x0d"  # deferred-time [1]
        at = datetime.strptime(ber.contents(went_on).decode(), "%y%m%d%H%M%S%z")
        assert until <= at <= released


async def test_what_is_deferred_survives_a_restart(
    start: Start, a_document: Any, b_document: Any
) -> None:
    a = await start(a_document, scale=60)
    (later,) = await a.send(SMITH, defer=3600)
    (soon,) = await a.send(SMITH, defer=120)
    assert (await deferred(a))["count"] == 2
    await a.stop()
    b = await start(b_document, scale=60)
    again = await start(a_document, scale=60)
    await b.said("delivered", mts_identifier=soon)
    assert (await deferred(again))["count"] == 1
    assert b.all("delivered", mts_identifier=later) == []


async def test_what_was_due_while_the_mta_was_down_goes_on_at_its_start(
    start: Start, a_document: Any, b_document: Any
) -> None:
    a = await start(a_document)
    (sent,) = await a.send(SMITH, defer=3600)
    await a.stop()
    for each in (a_document, b_document):
        each["server"]["clock"] = {"start": "2040-01-01T00:00:00Z"}
    b = await start(b_document)
    await start(a_document)
    await b.said("delivered", mts_identifier=sent)


async def test_a_latest_delivery_time_before_it_is_kept_to(start: Start, a_document: Any) -> None:
    """It ends at the latest delivery time, not when it would have gone on."""
    a = await start(a_document, scale=60)
    now = a.mta._clock.now()
    jones, identifier = ORAddress.parse(JONES), MtsIdentifier(GlobalDomain("US", " "), "M")
    envelope = Envelope(
        identifier,
        jones,
        (Recipient(ORAddress.parse(SMITH)),),
        deferred_delivery_time=now + timedelta(hours=9),
        extensions=(latest_delivery(now + timedelta(seconds=120)),),
    )
    message = a.mta.store.contents.keep(b"content")
    await a.mta._dispatcher.take(Arrived(envelope, 7, message, 7))
    assert (await deferred(a))["count"] == 1
    report = await a.said("report", mts_identifier=str(identifier))
    assert report["outcome"] == "not delivered: unable-to-transfer, maximum-time-expired"
    assert (await deferred(a))["count"] == 0


async def test_what_comes_twice_while_it_is_deferred_is_delivered_once(
    start: Start, a_document: Any
) -> None:
    a = await start(a_document, scale=60)
    jones, identifier = ORAddress.parse(JONES), MtsIdentifier(GlobalDomain("US", " "), "M")
    until = a.mta._clock.now() + timedelta(seconds=120)
    envelope = Envelope(identifier, jones, (Recipient(jones),), deferred_delivery_time=until)
    for _ in range(2):
        message = a.mta.store.contents.keep(b"content")
        await a.mta._dispatcher.take(Arrived(envelope, 7, message, 7, connector="TO-B"))
    assert (await deferred(a))["count"] == 2
    await a.until(lambda: len(a.all("released")) == 2)
    assert len(a.all("delivered")) == 1
    assert len(list(a.mta.store.mailbox.read())) == 1


async def test_a_full_disk_delays_what_is_due_and_lets_it_go_on_once(
    start: Start, a_document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = await start(a_document, scale=3600)
    (sent,) = await a.send(JONES, defer=7200)

    def full(*_: Any, **__: Any) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(a.mta.store, "complete", full)
        await a.said("disk", state="full")
        assert a.all("released") == []
        assert (await deferred(a))["count"] == 1
    await a.said("delivered", mts_identifier=sent)
    await a.said("disk", state="has space")
    assert len(a.all("released")) == len(a.all("delivered")) == 1


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"defer": 0}, "defer: must be 1 second or more"),
        ({"defer": 60, "probe": True}, "of a message"),
        ({"defer": 60, "deliver_within": 60}, "deliver_within 60: must be more than defer, 60"),
        ({"alternate": "nobody"}, "not KEYWORD=VALUE"),
    ],
)
async def test_submission_is_checked(
    start: Start, a_document: Any, options: dict[str, Any], complaint: str
) -> None:
    a = await start(a_document)
    with pytest.raises(ControlError, match=complaint):
        await a.send(SMITH, **options)
    assert a.all("submitted") == []


def test_the_longest_due_go_on_first_and_each_once(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    noon = datetime.fromisoformat("2026-01-01T12:00:00+00:00")
    one = Deferred(0, b"head", 9, 7, "TO-B", 3, noon, noon)
    kept = []
    for minutes in (3, 1, 2):
        message = store.contents.keep(b"content")
        kept.append(replace(one, message=message, until=noon + timedelta(minutes=minutes)))
        store.deferred.add(kept[-1])
    assert store.deferred.due(noon) is None
    assert store.deferred.due(noon + timedelta(hours=1)) == kept[1]
    assert store.deferred.remove(kept[1])
    assert store.deferred.due(noon + timedelta(hours=1)) == kept[2]
    assert not store.deferred.remove(kept[1])
    store.close()
    again = Store.open(tmp_path)
    assert again.deferred.status() == DeferredStatus(2, "2026-01-01T12:02:00+00:00")
    assert again.contents.read(kept[0].message, 0, 9) == b"content"


@pytest.mark.element("deferred delivery cancellation")
async def test_what_is_deferred_may_be_cancelled(
    start: Start, a_document: Any, b_document: Any
) -> None:
    a = await start(a_document)
    (sent,) = await a.send(SMITH, defer=3600)
    await a.said("deferred", mts_identifier=sent)
    await ask(a.directory, {"command": "cancel", "mts_identifier": sent})
    await a.said("cancelled", mts_identifier=sent)
    assert await deferred(a) == {"count": 0, "next": None}
    assert [step.what for step in a.mta.store.tracking.follow(sent)][-1] is Action.CANCELLED
    with pytest.raises(ControlError, match="is deferred: it has gone on, or never was"):
        await ask(a.directory, {"command": "cancel", "mts_identifier": sent})


async def test_only_what_was_submitted_here_is_cancelled(start: Start, a_document: Any) -> None:
    a = await start(a_document)
    envelope = Envelope(
        MtsIdentifier(GlobalDomain("US", " "), "M"),
        ORAddress.parse(SMITH),
        (Recipient(ORAddress.parse(JONES)),),
        deferred_delivery_time=datetime.now(UTC) + timedelta(hours=1),
    )
    message = a.mta.store.contents.keep(b"")
    await a.mta._dispatcher.take(Arrived(envelope, 0, message, 0, connector="TO-B"))
    with pytest.raises(ControlError, match="was not submitted here"):
        await ask(a.directory, {"command": "cancel", "mts_identifier": str(envelope.identifier)})
    assert (await deferred(a))["count"] == 1
