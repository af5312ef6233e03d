"""What a caller is answered, and what is logged of it."""

import asyncio
import copy
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mta_emu import ping
from mta_emu.endpoint import Endpoint
from mta_emu.mta.connector import responder
from mta_emu.mta.policy import admission, names
from mta_emu.mts import bind
from mta_emu.mts.bind import BindError
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import (
    Mode,
    RtOpenAccept,
    RtOpenReject,
    RtUAbort,
)

BIND_OF_A = ping.Call(
    ping.Target("b"), mta_name="A", password="secret", two_way=True, mode=Mode.NORMAL_1988
).opening
Start = Callable[..., Awaitable[Any]]
A, B = "127.0.113.88", "127.0.100.88"
SMITH = "C=US;A= ;P=Contoso;O=B;S=Smith"


async def test_another_mode_than_the_connectors_is_refused(
    start: Start, a_document: Any, b_document: Any
) -> None:
    a_document["connectors"][0]["advanced"] = {"conformance": "1988-x410"}
    a, b = await start(a_document), await start(b_document)
    await a.send(SMITH)
    await a.said("event", id=301)
    assert a.events == [1290, 289, 1294, 301]
    assert b.events == [1293]
    assert a.all("association", state="refused")[0]["reason"] == "authentication error (2)"


async def test_a_refused_bind_is_logged_on_both_sides(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    b_document["connectors"][0]["stack"]["address"] = "127.0.113.1"  # where A is not
    a, b = await start(a_document), await start(b_document)
    await a.send(SMITH)
    await a.said("event", id=301)
    assert a.events == [1290, 289, 1294, 301]
    assert b.events == [1293]
    (caller,) = a.all("association", state="refused")
    (called,) = b.all("association", state="refused")
    assert called["peer"].rpartition(":")[0] == "127.0.113.88"
    assert called["reason"] == (
        "caller's address 127.0.113.88 is not 127.0.113.1, "
        "the address on the Stack page of connector TO-A"
    )
    assert (called["local"], called["peer"]) == (caller["peer"], caller["local"])
    for mta, number in ((a, caller["association"]), (b, called["association"])):
        assert {event["association"] for event in mta.all("event")} == {number}


class Answers:
    """A tap that keeps what came."""

    def __init__(self) -> None:
        self.octets = b""

    def record(self, local: str, remote: str, what: str, octets: bytes = b"") -> None:
        self.octets += octets if what == "received" else b""


async def test_a_caller_does_not_hear_why_it_is_refused(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    """A wrong address and a wrong mode, whose reasons differ here, are the same octets there."""
    heard, reasons = set(), set()
    elsewhere, mode = copy.deepcopy(b_document), copy.deepcopy(b_document)
    elsewhere["connectors"][0]["stack"]["address"] = "127.0.113.1"
    mode["connectors"][0]["advanced"] = {"conformance": "1988-x410"}
    for document in (elsewhere, mode):
        tap = Answers()
        b = await start(document)  # first: A may have mail already, and calls at once
        a = await start(copy.deepcopy(a_document), tap=tap)
        await a.send(SMITH)
        await a.said("event", id=301)
        reasons.add((await b.said("association", state="refused"))["reason"])
        heard.add(tap.octets[int.from_bytes(tap.octets[2:4]) :])  # behind the CC
        await a.stop()
        await b.stop()
    assert len(reasons) == 2
    (octets,) = heard
    assert octets


@pytest.mark.element("access management")
async def test_unknown_names_and_passwords_are_refused_with_51(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    a_document["connectors"][0]["override"] = {"local_mta_password": "Secret"}
    a, b = await start(a_document), await start(b_document)
    await a.send(SMITH)
    await b.said("event", id=51)
    text = b.all("event", id=51)[0]["text"]
    assert "The MTA name in bind is A." in text
    assert "/n:0x7F007158" in text


async def test_two_way_alternate_that_is_not_allowed_is_55(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    b_document["connectors"][0]["advanced"] = {"two_way_alternate": False}
    a, b = await start(a_document), await start(b_document)
    await a.send(SMITH)
    await a.said("event", id=301)
    assert b.events == [55]
    assert a.all("association", state="refused")[0]["reason"] == "unacceptable dialogue mode (3)"


async def test_schedule_never_is_37_and_1293(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    b_document["connectors"][0]["schedule"] = {"activation": "never"}
    a, b = await start(a_document), await start(b_document)
    await a.send(SMITH)
    await a.said("event", id=301)
    assert b.events == [37, 1293]


async def test_garbage_is_reported_and_disturbs_nobody(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    b = await start(b_document)
    reader, writer = await asyncio.open_connection("127.0.100.88", 10888)
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    assert await reader.read() == b""
    writer.close()
    problem = await b.said("protocol-error")
    assert problem["layer"] == "transport"
    assert "TPKT version 71" in problem["reason"]
    a = await start(a_document)
    await a.send(SMITH)
    await b.said("delivered")


async def test_the_called_mta_takes_ten_associations_of_a_connector(
    start: Start, b_document: dict[str, Any]
) -> None:
    """Q194589: the eleventh is refused as busy, with 57."""
    b = await start(b_document)
    endpoints = []
    for _ in range(11):
        connection = RtseConnection(initiator=True)
        endpoint = await Endpoint.connect(connection, B, 10888, source=A)
        endpoint.request(BIND_OF_A)
        endpoints.append((endpoint, await endpoint.receive()))
    answers = [answer for _, answer in endpoints]
    assert all(isinstance(answer, RtOpenAccept) for answer in answers[:10])
    assert isinstance(answers[10], RtOpenReject)
    assert bind.decode_error(answers[10].user_data) == BindError.BUSY
    assert "The limit is 10." in (await b.said("event", id=57))["text"]
    for endpoint, _ in endpoints:
        endpoint.request(RtUAbort())
        await endpoint.close()


async def test_a_caller_without_a_ptr_record_is_dropped_before_the_bind(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    """Q193380, with the example's way of writing the address and the name."""
    b_document["connectors"][0]["stack"]["address"] = "a.lab.example"
    b_document["server"]["names"] = {"a.lab.example": A}
    a, b = await start(a_document), await start(b_document)
    await a.send(SMITH)
    await b.said("event", id=9202)
    assert b.events == [9301, 9301, 9202]
    by_address, by_name = (each["text"] for each in b.all("event", id=9301))
    assert "uses the network address 7F007158 and the transport stack /o=Contoso/ou=Lab/" in (
        by_address
    )
    assert f"uses the network address {b'a.lab.example'.hex()} and" in by_name
    assert "cn=Servers/cn=B/cn=TCP (B) could not be found" in by_name
    await a.said("event", id=301)
    assert a.events == [1294, 301]  # nothing but an aborted connection
    (dropped,) = b.all("association", state="refused")
    assert dropped["reason"] == (
        f"caller's address {A} is on no Stack page, and reverse look-up finds no name for it"
    )
    assert {each["reason"] for each in b.all("event")} == {
        f"{dropped['reason']} (connectors.TO-A.stack.address)"
    }
    assert {each["association"] for each in b.all("event")} == {dropped["association"]}


async def test_an_ipv6_caller_is_shown_in_hex_as_an_ipv4_one_was(
    start: Start, b_document: dict[str, Any]
) -> None:
    b_document["server"]["transport_stack"]["address"] = "::1"
    b_document["connectors"][0]["stack"]["address"] = "a.lab.example"
    b = await start(b_document)
    _, writer = await asyncio.open_connection("::1", 10888)
    await b.said("event", id=9202)
    by_address, by_name = b.all("event", id=9301)
    assert f"uses the network address {'0' * 31}1 and" in by_address["text"]
    assert "the event shows the 16 octets of an IPv6 address as" in by_address["reason"]
    assert "IPv6" not in by_name["reason"]
    writer.close()


async def test_the_name_of_a_caller_is_looked_up_once(
    start: Start, a_document: Any, b_document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[Any] = []

    def reverse(server: Any, address: Any) -> str | None:
        looked_up.append(str(address))
        return names.reverse(server, address)

    for module in (responder, admission):  # who decides might look it up, too
        monkeypatch.setattr(module, "reverse", reverse, raising=False)
    a, b = await start(a_document), await start(b_document)
    await a.send(SMITH)
    await b.said("association", state="open")
    assert looked_up == [A]
