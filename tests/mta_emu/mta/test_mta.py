"""MTAs on real sockets: binds, refusals, transfers, retries."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from mta_emu import ping
from mta_emu.endpoint import Endpoint
from mta_emu.mta.controlclient import ControlError, ask
from mta_emu.mta.store.store import Store
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import (
    Mode,
    RtClose,
    RtCloseAccept,
    RtOpenAccept,
    RtTurnPlease,
)
from tests.patience import PATIENCE

BIND_OF_A = ping.Call(
    ping.Target("b"), mta_name="A", password="secret", two_way=True, mode=Mode.NORMAL_1988
).opening
Start = Callable[..., Awaitable[Any]]
A, B = "127.0.113.88", "127.0.100.88"
JONES, SMITH = "C=US;A= ;P=Contoso;O=A;S=Jones", "C=US;A= ;P=Contoso;O=B;S=Smith"


async def test_mail_both_ways_over_one_association(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    a, b = await start(a_document), await start(b_document)
    (there,) = await a.send(SMITH, subject="There")
    await b.said("delivered", mts_identifier=there, subject="There", recipient=SMITH)
    (back,) = await b.send(JONES, subject="Back")
    await a.said("delivered", mts_identifier=back, subject="Back")
    assert [len(mta.all("association", state="open")) for mta in (a, b)] == [1, 1]
    assert [turn["what"] for turn in b.all("turn")] == ["asked", "received"]
    assert [turn["what"] for turn in a.all("turn")] == ["requested", "given"]
    await asyncio.gather(a.stop(), b.stop())
    for mta in (a, b):
        assert [each["state"] for each in mta.all("association")] == ["open", "released"]
        assert mta.events == []
    (at_a, at_b) = (
        {(each["local"], each["peer"]) for each in mta.all("association")} for mta in (a, b)
    )
    assert at_a == {(peer, local) for local, peer in at_b}


@pytest.mark.parametrize(("priority", "number"), [("urgent", 1), ("normal", 2), ("non-urgent", 3)])
async def test_the_turn_is_asked_for_as_urgently_as_it_is_wanted(
    start: Start,
    a_document: dict[str, Any],
    b_document: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    priority: str,
    number: int,
) -> None:
    """X.419 clause 11: 1 to 3 by the message's priority, 0 to release the association."""
    asked: list[int] = []
    request = Endpoint.request

    def listening(self: Endpoint, *primitives: Any) -> None:
        asked.extend(each.priority for each in primitives if isinstance(each, RtTurnPlease))
        request(self, *primitives)

    monkeypatch.setattr(Endpoint, "request", listening)
    b_document["connectors"][0]["schedule"] = {"activation": "remote-initiated"}
    a, b = await start(a_document), await start(b_document)
    await a.send(SMITH)
    await b.said("delivered")
    await b.send(JONES, priority=priority)
    await a.said("delivered")
    assert asked == [number]
    await asyncio.gather(a.stop(), b.stop())
    assert asked == [number, 0]


@pytest.mark.parametrize("mode", ["1984", "1988-x410", "1988-normal"])
@pytest.mark.parametrize("two_way", [False, True])
async def test_modes_and_dialogues(
    start: Start, a_document: Any, b_document: Any, mode: str, two_way: bool
) -> None:
    for each in (a_document, b_document):
        each["connectors"][0]["advanced"] = {"conformance": mode, "two_way_alternate": two_way}
        each["server"]["transport_stack"]["selectors"] = {"t": "MTA", "s": "S", "p": "P"}
        each["connectors"][0]["stack"]["outgoing"] = {"t": "MTA"} | (
            {"s": "S", "p": "P"} if mode == "1988-normal" else {}
        )
    a, b = await start(a_document), await start(b_document)
    await a.send(SMITH, count=2)
    await b.until(lambda: len(b.all("delivered")) == 2)
    await b.send(JONES)
    await a.said("delivered")
    assert a.events == b.events == []


async def test_an_unreachable_peer_is_called_again_after_the_open_interval(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    a = await start(a_document, scale=600)  # ten minutes in a second
    await a.send(SMITH, count=3)
    await a.said("event", id=301)
    assert a.events[:5] == [9215, 1294, 4284, 289, 301]
    assert "A sockets error 10061 on a connect() call" in a.all("event", id=9215)[0]["text"]
    assert "in 600 seconds" in a.all("event", id=301)[0]["text"]
    status = await ask(a.directory, {"command": "status"})
    (connector,) = status["connectors"]
    assert (connector["queued"], connector["state"]) == (3, "waiting")
    assert status["settled"]
    b = await start(b_document)
    await b.until(lambda: len(b.all("delivered")) == 3)
    # one call, unless B took more than a second to start
    made = [each for each in a.all("association") if each["state"] in ("unreachable", "open")]
    calls = [datetime.fromisoformat(each["time"]) for each in made]
    assert len(calls) >= 2
    assert all(after - before >= timedelta(seconds=595) for before, after in pairwise(calls))


async def test_a_responder_with_another_password_is_48(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    b_document["server"]["local_mta_password"] = "other"
    a, b = await start(a_document), await start(b_document)
    await a.send(SMITH)
    await a.said("event", id=301)
    await b.said("association", state="released")
    assert b.all("delivered") == []
    assert a.events == [48, 301]
    assert b.events == []  # the association was released in good order


async def test_monologue_opens_its_own_association(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    for each in (a_document, b_document):
        each["connectors"][0]["advanced"] = {"two_way_alternate": False}
    a, b = await start(a_document), await start(b_document)
    await a.send(SMITH)
    await b.said("delivered")
    await b.send(JONES)
    await a.said("delivered")
    assert len(a.all("association", state="open")) == 2
    assert a.all("turn") == b.all("turn") == []


async def test_remote_initiated_mail_waits_for_the_call_and_is_fetched_by_it(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    b_document["connectors"][0]["schedule"] = {"activation": "remote-initiated"}
    a, b = await start(a_document), await start(b_document)
    await b.send(JONES)
    assert (await ask(b.directory, {"command": "status"}))["settled"]
    assert b.all("association") == []
    await a.send(SMITH)
    await a.said("delivered")
    assert len(b.all("association", state="open")) == 1


async def test_an_idle_association_is_released_at_the_end_of_its_lifetime(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    a, b = await start(a_document, scale=1000), await start(b_document, scale=1000)
    await a.send(SMITH)
    await a.said("association", state="released")
    await b.said("association", state="released")
    assert a.events == b.events == []


async def test_a_message_that_comes_twice_is_delivered_once(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    a, b = await start(a_document), await start(b_document)
    store = a.mta._store
    entries: list[Any] = []
    dequeue = store.dequeue

    def keep_once(entry: Any, *steps: Any) -> None:
        """Forget to drop the first entry, as a crash before the commit would."""
        entries.append(entry)
        if len(entries) > 1:
            dequeue(entry, *steps)
        else:
            again = a.mta._connectors["TO-B"].enqueued
            asyncio.get_running_loop().call_soon(again, entry.priority)

    store.dequeue = keep_once
    await a.send(SMITH)
    await a.until(lambda: len(a.all("transfer", direction="out")) == 2)
    await b.until(lambda: len(b.all("transfer", direction="in")) == 2)
    assert len(b.all("delivered")) == 1
    assert len(list(Store.reader(b.directory).mailbox.read())) == 1


@pytest.mark.parametrize(
    ("to", "options", "complaint"),
    [
        ("C=US;A= ;O=C;S=X", {}, "no mailbox here and no connector"),
        ("nobody", {}, "not KEYWORD=VALUE"),
        (SMITH, {"priority": "high"}, "urgent"),
        (SMITH, {"text": "\U0001f600"}, "not in any registered set"),
        (SMITH, {"count": 0}, "must be 1 to"),
    ],
)
async def test_submission_is_checked(
    start: Start, a_document: dict[str, Any], to: str, options: dict[str, Any], complaint: str
) -> None:
    a = await start(a_document)
    request = {"command": "submit", "from": JONES, "to": [to], **options}
    with pytest.raises(ControlError, match=complaint):
        await ask(a.directory, request)
    assert a.all("submitted") == []


@pytest.mark.element("grade of delivery selection")
async def test_urgent_mail_has_an_association_of_its_own(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    """Q215472: one for urgent mail alone, beside the one for the rest, far below the threshold."""
    a, b = await start(a_document), await start(b_document)
    await a.send(SMITH, subject="normal")
    await b.said("delivered", subject="normal")
    await a.send(SMITH, count=3, subject="urgent", priority="urgent")
    await a.send(SMITH, subject="non-urgent", priority="non-urgent")
    await b.until(lambda: len(b.all("delivered")) == 5)
    assert len(a.all("association", state="open")) == 2
    carried = {each["mts_identifier"]: each["association"] for each in b.all("transfer")}
    by_subject: dict[str, set[int]] = {}
    for each in b.all("delivered"):
        priority = each["subject"].partition(" ")[0]
        by_subject.setdefault(priority, set()).add(carried[each["mts_identifier"]])
    assert by_subject["normal"] == by_subject["non-urgent"]
    assert len(by_subject["urgent"]) == 1
    assert not by_subject["urgent"] & by_subject["normal"]


async def test_urgent_mail_goes_with_the_rest_when_no_association_can_be_had(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    a_document["server"]["registry"] = {"tcp_ip_control_blocks": 2}  # the listener's, and one
    a, b = await start(a_document), await start(b_document)
    await a.send(SMITH)
    await b.said("delivered")
    await a.send(SMITH, subject="urgent", priority="urgent")
    await b.said("delivered", subject="urgent")
    assert a.events == [9156, 301]
    assert len(b.all("association", state="open")) == 1


async def test_an_association_for_every_threshold_messages_up_to_nine(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    """Q194589: 57 tells that more are wanted than there may be."""
    a_document["connectors"][0]["override"] = {"threshold": 2}
    a = await start(a_document, scale=600)
    await a.send(SMITH, count=19)  # wants ten
    await a.said("event", id=57)
    assert "The limit is 9." in a.all("event", id=57)[0]["text"]
    b = await start(b_document)
    await b.until(lambda: len(b.all("delivered")) == 19)
    assert len(b.all("association", state="open")) == 9
    assert len(a.all("event", id=57)) == 1
    assert b.all("event") == []


async def test_queue_alarms(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    """Q163085: for each outbound queue and for the work queue, at their own values."""
    a_document["server"]["registry"] = {
        "outbound_queue_alarm_on": 4,
        "work_queue_alarm_on": 6,
        "work_queue_alarm_off": 0,
    }
    a = await start(a_document, scale=600)
    await a.send(SMITH, count=6)
    await a.said("event", id=666)
    assert "backlogged with 4 messages" in a.all("event", id=659)[0]["text"]
    assert "backlogged with 6 messages" in a.all("event", id=666)[0]["text"]
    await start(b_document)
    await a.said("event", id=667)
    assert "leaving 2 messages" in a.all("event", id=660)[0]["text"]
    assert "leaving 0 messages" in a.all("event", id=667)[0]["text"]
    alarms = [event for event in a.events if event in (659, 660, 666, 667)]
    assert alarms == [659, 666, 660, 667]


async def test_a_connection_outlives_its_association_by_the_disconnect_time_at_most(
    start: Start, b_document: dict[str, Any]
) -> None:
    """Q234157: the caller releases the association, and leaves the connection to B."""
    b_document["connectors"][0]["override"] = {"disconnect": 60}
    b = await start(b_document, scale=600)
    connection = RtseConnection(initiator=True)
    reader, writer = await asyncio.open_connection(B, 10888, local_addr=(A, 0))

    async def exchange() -> Any:
        writer.write(connection.data_to_send())
        while not (indications := connection.receive_data(await reader.read(65536))):
            writer.write(connection.data_to_send())
        return indications[0]

    connection.request(BIND_OF_A)
    assert isinstance(await exchange(), RtOpenAccept)
    connection.request(RtClose())
    assert isinstance(await exchange(), RtCloseAccept)
    released = await b.said("association", state="released")
    async with asyncio.timeout(PATIENCE):
        assert await reader.read() == b""  # B closes, though nothing was said
    assert released["peer"].startswith(A)
    writer.close()


async def test_2k_tpdus(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    a_document["server"]["registry"] = {"supports_2k_tpdu": True}
    seen: list[bytes] = []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.read(4096))
        writer.close()

    server = await asyncio.start_server(hear, B, 10888)
    a = await start(a_document)
    await a.send(SMITH)
    await a.said("event", id=301)
    assert bytes.fromhex("c0010b") in seen[0]  # TPDU size: 2 to the 11th octets
    server.close()


async def test_selected_times_hold_mail_until_the_slot_begins_and_after_it_ends(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    """Three quarters of an hour before, in, and after a slot, at 20 minutes a second."""
    a_document["connectors"][0]["schedule"] = {
        "activation": "selected-times",
        "detail_view": "15-minutes",
        "selected_times": {"monday": ["08:00-08:30"]},
    }
    a_document["connectors"][0]["override"] = {"lifetime": 7200}
    a_document["server"]["clock"] = {"start": "1999-04-26T07:15:00Z"}
    b = await start(b_document)
    a = await start(a_document, scale=1200)
    await a.send(SMITH)
    assert (await ask(a.directory, {"command": "status"}))["settled"]
    assert a.all("association") == []
    await b.said("delivered")
    opened = await a.said("association", state="open")
    released = await a.said("association", state="released")
    assert "08:00" <= opened["time"][11:16] < "08:30" <= released["time"][11:16]
    await a.send(SMITH)
    assert (await ask(a.directory, {"command": "status"}))["settled"]
    assert len(a.all("association", state="open")) == 1


async def test_a_connection_that_is_reset_is_9224(start: Start, a_document: dict[str, Any]) -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        linger = struct.pack("ii", 1, 0)  # a close that resets
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.close()

    server = await asyncio.start_server(reset, B, 10888)
    a = await start(a_document)
    await a.send(SMITH)
    await a.said("event", id=301)
    assert a.events == [9224, 1294, 301]
    assert "A sockets error 10054 on a recv() call" in a.all("event", id=9224)[0]["text"]
    server.close()


async def test_a_running_mta_tells_its_routes(start: Start, a_document: dict[str, Any]) -> None:
    a = await start(a_document, scale=60)
    table = await ask(a.directory, {"command": "routes"})
    assert table["lines"] == ["X400,c=US;o=B;,1,TO-B,"]
    found = await ask(a.directory, {"command": "explain", "to": SMITH})
    assert (found["outcome"], found["connector"]) == ("connector", "TO-B")
    with pytest.raises(ControlError, match="KEYWORD=VALUE"):
        await ask(a.directory, {"command": "explain", "to": "Smith"})


async def test_expedited_data_is_proposed(start: Start, a_document: dict[str, Any]) -> None:
    a_document["connectors"][0]["stack"]["expedited_data"] = True
    seen: list[bytes] = []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.read(4096))
        writer.close()

    server = await asyncio.start_server(hear, B, 10888)
    a = await start(a_document)
    await a.send(SMITH)
    await a.said("event", id=301)
    assert bytes.fromhex("c60101") in seen[0]
    server.close()


async def test_a_host_that_minds_the_reserved_octet(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    """Q157015: a strict host drops who sends another value than 0; others do not mind."""
    a_document["server"]["transport_stack"]["tpkt_reserved_octet"] = 0x41
    b_document["server"]["transport_stack"]["strict_tpkt"] = True
    a, b = await start(a_document, scale=1200), await start(b_document)
    await a.send(SMITH)
    assert "reserved octet 65" in (await b.said("protocol-error"))["reason"]
    await a.said("event", id=301)
    assert a.events == [1294, 301]
    await b.stop()
    b_document["server"]["transport_stack"]["strict_tpkt"] = False
    again = await start(b_document)
    await again.said("delivered")
