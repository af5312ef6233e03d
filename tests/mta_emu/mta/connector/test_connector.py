"""How many associations a connector has, what each is for, and how long it lives."""

import socket
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mta_emu.mta.association.outgoing import StoredApdu
from mta_emu.mta.association.receiving import Receiver
from mta_emu.mta.controlclient import ControlError, ask
from mta_emu.mta.store.tracking import Action
from mta_emu.osi.rtse.primitives import Mode, SourceError

Start = Callable[..., Awaitable[Any]]
JONES, SMITH = "C=US;A= ;P=Contoso;O=A;S=Jones", "C=US;A= ;P=Contoso;O=B;S=Smith"


async def test_a_report_has_an_association_of_its_own(
    start: Start, a_document: Any, b_document: Any
) -> None:
    """Q215472: reports have no priority, and go as urgent mail does."""
    for document in (a_document, b_document):
        document["connectors"][0]["advanced"] = {"two_way_alternate": False}
    a, b = await start(a_document), await start(b_document)
    (normal,) = await b.send(JONES)
    await a.said("delivered", mts_identifier=normal)
    (asking,) = await a.send(SMITH, report="delivery")
    await a.said("report", mts_identifier=asking)
    await b.until(lambda: len(b.all("transfer", direction="out")) == 2)
    ours = [each["association"] for each in b.all("association", initiated="locally", state="open")]
    by = [each["association"] for each in b.all("transfer", direction="out")]
    assert len(ours) == len(by) == 2
    assert by == ours  # the mail by the first, the report by the second
    assert b.events == []


async def test_nine_for_the_rest_and_one_for_urgent_mail(
    start: Start, a_document: Any, b_document: Any
) -> None:
    """Q194589: ten at most, of which the last is kept for urgent mail."""
    a_document["connectors"][0]["override"] = {"threshold": 2}
    a = await start(a_document, scale=600)
    await a.send(SMITH, count=25)
    (urgent,) = await a.send(SMITH, priority="urgent")
    b = await start(b_document)
    await b.until(lambda: len(b.all("delivered")) == 26)
    opened = [each["association"] for each in b.all("association", state="open")]
    assert len(opened) == 10
    carried = {each["mts_identifier"]: each["association"] for each in b.all("transfer")}
    alone = [name for name, number in carried.items() if number == carried[urgent]]
    assert alone == [urgent]
    assert b.events == []


async def test_an_idle_association_is_used_again_and_lives_on_from_then(
    start: Start, a_document: Any, b_document: Any
) -> None:
    a_document["connectors"][0]["override"] = {"lifetime": 300}
    a, b = await start(a_document, scale=100), await start(b_document, scale=100)
    (first,) = await a.send(SMITH)
    sent = await a.said("transfer", mts_identifier=first)
    half = datetime.fromisoformat(sent["time"]) + timedelta(seconds=150)
    await a.until(lambda: a.mta._clock.now() >= half)
    (second,) = await a.send(SMITH)
    used = await a.said("transfer", mts_identifier=second)
    released = await a.said("association", state="released")
    assert len(a.all("association", state="open")) == 1
    assert used["association"] == sent["association"] == released["association"]
    last, end = (datetime.fromisoformat(each["time"]) for each in (used, released))
    assert end - last >= timedelta(seconds=299)  # the clocks of the wall and the lab are read apart
    await b.said("association", state="released")
    assert a.events == b.events == []


IN_THREE_DAYS = f"{datetime.now(UTC) + timedelta(days=3):%A}".lower()
CLOSED = {"activation": "selected-times", "selected_times": {IN_THREE_DAYS: ["02:00-03:00"]}}


async def test_each_side_probes_the_peer_as_its_own_keepalive_says(
    start: Start, a_document: Any, b_document: Any
) -> None:
    """The seconds are the wall's, though the lab clock runs faster."""
    a_document["server"]["transport_stack"]["keepalive"] = 20
    b_document["server"]["transport_stack"]["keepalive"] = 45
    a, b = await start(a_document, scale=10), await start(b_document, scale=10)
    await a.send(SMITH)
    await b.said("delivered")
    assert _probes(a, "TO-B") == [20]
    assert _probes(b, "TO-A") == [45]


def _probes(mta: Any, connector: str) -> list[int]:
    """After how many seconds of silence each of a connector's connections is probed."""
    sockets = (
        each.endpoint._transport.get_extra_info("socket")
        for each in mta.mta._connectors[connector]._associations
    )
    return [each.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) for each in sockets]


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(("calling", "called"), [(1, 2), (2, 1), (1, 1), (2, 2)])
async def test_an_association_has_the_lower_of_both_session_versions(
    start: Start, a_document: Any, b_document: Any, calling: int, called: int, mode: Mode
) -> None:
    """And mail goes over it in both directions."""
    for document, version in ((a_document, calling), (b_document, called)):
        document["server"]["transport_stack"]["session_version"] = version
        document["connectors"][0]["advanced"] = {"conformance": mode.value}
    b_document["connectors"][0]["schedule"] = {"activation": "remote-initiated"}
    a, b = await start(a_document), await start(b_document)
    await a.send(SMITH)
    await b.said("delivered")
    await b.send(JONES)
    await a.said("delivered")
    (association,) = a.mta._connectors["TO-B"]._associations
    assert association.endpoint.connection.session.version == min(calling, called)


async def test_mail_after_an_idle_association_was_lost_waits_for_no_transfer_interval(
    start: Start, a_document: Any, b_document: Any
) -> None:
    """No transfer has failed: 120 seconds would be longer than anybody waits here."""
    a, b = await start(a_document), await start(b_document)
    await a.send(SMITH)
    await b.said("delivered")
    await a.until(lambda: not a.mta._connectors["TO-B"].queued)
    (association,) = a.mta._connectors["TO-B"]._associations
    association.endpoint.drop()
    await a.said("event", id=1294)
    await a.send(SMITH)
    await b.until(lambda: len(b.all("delivered")) == 2)
    assert len(a.all("association", initiated="locally", state="open")) == 2


async def test_urgent_mail_leaves_over_a_schedule_that_is_closed(
    start: Start, a_document: Any, b_document: Any
) -> None:
    """Q217131: on an association of its own, which ends after its lifetime."""
    a_document["connectors"][0]["schedule"] = CLOSED
    b_document["connectors"][0]["advanced"] = {"two_way_alternate": False}
    a_document["connectors"][0]["advanced"] = {"two_way_alternate": False}
    a, b = await start(a_document, scale=500), await start(b_document, scale=500)
    (normal,) = await a.send(SMITH)
    (urgent,) = await a.send(SMITH, priority="urgent")
    await b.said("delivered", mts_identifier=urgent)
    await a.said("association", state="released")
    assert b.all("delivered", mts_identifier=normal) == []
    (line,) = a.mta.queues()
    assert (line.queued, line.state) == (1, "idle")
    assert "is not active now, and becomes active on" in line.reason
    assert line.next_try


async def test_with_the_registry_value_off_urgent_mail_waits_too(
    start: Start, a_document: Any, b_document: Any
) -> None:
    a_document["connectors"][0]["schedule"] = CLOSED
    a_document["server"]["registry"] = {"urgent_mail_when_closed": False}
    a, b = await start(a_document), await start(b_document)
    await a.send(SMITH, priority="urgent")
    assert [(each.queued, each.state) for each in a.mta.queues()] == [(1, "idle")]
    assert b.all("association") == []


async def call(mta: Any, connector: str) -> Any:
    return await ask(mta.directory, {"command": "call", "connector": connector})


async def test_a_call_waits_for_no_retry_timer(
    start: Start, a_document: Any, b_document: Any
) -> None:
    a = await start(a_document)
    (sent,) = await a.send(SMITH)
    await a.said("event", id=301)
    came = await call(a, "TO-B")
    assert came["state"] == "unreachable"
    assert "Connection refused" in came["reason"]
    b = await start(b_document)
    came = await call(a, "TO-B")
    assert came["state"] == "open"
    assert came["reason"].startswith("calls from 127.0.113.88, the address of this host")
    await b.said("delivered", mts_identifier=sent)


async def test_a_call_without_mail_fetches_what_the_other_side_has(
    start: Start, a_document: Any, b_document: Any
) -> None:
    b_document["connectors"][0]["schedule"] = {"activation": "remote-initiated"}
    a, b = await start(a_document), await start(b_document)
    (back,) = await b.send(JONES)
    assert (await call(a, "TO-B"))["state"] == "open"
    await a.said("delivered", mts_identifier=back)


@pytest.mark.parametrize(
    ("connector", "complaint"),
    [
        ("TO-B", "connector TO-B never calls: its activation is remote-initiated"),
        ("NOBODY", "no connector 'NOBODY'; there are: TO-B"),
    ],
)
async def test_a_call_that_may_not_be_made_says_why(
    start: Start, a_document: Any, connector: str, complaint: str
) -> None:
    a_document["connectors"][0]["schedule"] = {"activation": "remote-initiated"}
    a = await start(a_document)
    with pytest.raises(ControlError, match=complaint):
        await call(a, connector)


async def test_mail_without_a_timer_is_found_and_goes_on(
    start: Start, a_document: Any, b_document: Any
) -> None:
    a = await start(a_document, scale=600)
    await a.send(SMITH)
    await a.said("event", id=301)
    connector = a.mta._connectors["TO-B"]
    connector._timer.set(None)  # a fault of ours
    b = await start(b_document)
    connector._watchdog.look()
    problem = a.all("problem", part="connector TO-B")[0]
    assert problem["reason"].startswith("no timer brings it back: connector TO-B calls again at")
    await b.said("delivered")
    connector._watchdog.look()
    assert a.all("problem", part="connector TO-B", state="works again")


async def test_a_content_that_cannot_be_read_blocks_nobody(
    start: Start, a_document: Any, b_document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first message of the queue fails in the middle of its transfer, whenever it is tried."""
    read = StoredApdu.read
    a_document["connectors"][0]["override"] = {"lifetime": 100_000}  # longer than anybody waits
    a, b = await start(a_document, scale=1000), await start(b_document, scale=1000)

    def read_or_raise(self: StoredApdu, offset: int, size: int) -> bytes:
        if self.length > 100_000 and offset > 50_000:
            raise SourceError("octets of the content are missing")
        return read(self, offset, size)

    monkeypatch.setattr(StoredApdu, "read", read_or_raise)
    (poison,) = await a.send(SMITH, text="x" * 150_000)
    (good,) = await a.send(SMITH)
    await b.said("delivered", mts_identifier=good)
    await a.said("report", mts_identifier=poison)
    steps = [each.what for each in a.mta.store.tracking.follow(poison)]
    assert steps.count(Action.NOT_TRANSFERRED) == 3
    assert len(a.all("association", state="open")) == 1  # the association lives on
    assert a.mta.store.queues.lengths() == {}
    assert len(b.all("delivered")) == 1


async def test_a_fault_of_our_own_ends_an_association_and_not_the_queue(
    start: Start, a_document: Any, b_document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    end, raised = Receiver.end, [True]

    async def raise_once(self: Receiver) -> bool:
        if raised:
            raise ZeroDivisionError(raised.pop())
        return await end(self)

    a, b = await start(a_document, scale=500), await start(b_document, scale=500)
    monkeypatch.setattr(Receiver, "end", raise_once)
    await a.send(SMITH)
    await b.said("delivered")
    await a.said("transfer", direction="out")
    (problem,) = b.all("problem")
    assert problem["part"] == "association 1 of TO-A"
    assert "ZeroDivisionError" in problem["reason"]
    assert b.all("association", state="aborted")[0]["reason"] == "a fault of this MTA"
