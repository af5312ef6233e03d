"""Connections that callers open, before anything is said on them."""

import asyncio
import errno
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from labkit.addresses import parse_address

Start = Callable[..., Awaitable[Any]]
B = "127.0.100.88"
SMITH = "C=US;A= ;P=Contoso;O=B;S=Smith"


async def test_control_blocks_used_up_is_9156(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    b_document["server"]["registry"] = {"tcp_ip_control_blocks": 2}  # the listener's, and one
    b = await start(b_document)
    _, first = await asyncio.open_connection(B, 10888)
    a = await start(a_document)
    await a.send(SMITH)
    assert "The configured count is 2." in (await b.said("event", id=9156))["text"]
    await a.said("event", id=301)
    assert a.events == [1290, 289, 1294, 301]
    text = a.all("event", id=1290)[0]["text"]
    assert "reason provider was 5 and the reason was 1." in text  # DR: congestion
    first.close()


async def test_a_machine_that_can_open_no_more_says_so_and_that_it_can_again(
    start: Start, b_document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Callers wait meanwhile, and are heard then."""
    b = await start(b_document)
    accept = socket.socket.accept

    def exhausted(_: socket.socket) -> Any:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(socket.socket, "accept", exhausted)
    reader, writer = await asyncio.open_connection(B, 10888)
    stopped = await b.said("accepting", state="stopped")
    assert stopped["reason"] == "this machine can open no other connection: Too many open files"
    assert b.events == [9156, 9202]
    assert "10024" in b.all("event", id=9202)[0]["text"]  # WSAEMFILE
    monkeypatch.setattr(socket.socket, "accept", accept)
    await b.said("accepting", state="resumed")
    writer.write(b"no TPKT")
    await b.said("protocol-error")
    assert await reader.read() == b""
    writer.close()


async def test_a_caller_that_is_gone_leaves_its_control_block(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    b_document["server"]["registry"] = {"tcp_ip_control_blocks": 2}
    b = await start(b_document)
    for _ in range(3):
        _, writer = await asyncio.open_connection(B, 10888)
        writer.transport.abort()
    await b.until(lambda: b.mta._shared.blocks.held_by(parse_address("127.0.0.1")) == 0)
    a = await start(a_document)
    (sent,) = await a.send(SMITH)
    await b.said("delivered", mts_identifier=sent)


async def test_who_stops_listening_takes_no_more(start: Start, b_document: dict[str, Any]) -> None:
    b = await start(b_document)
    assert b.mta._listener.settled
    b.mta._listener.stop()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(B, 10888)


def over_ipv6(a: dict[str, Any], b: dict[str, Any]) -> None:
    """Put both MTAs at ::1, each at a port of its own."""
    for own, other, port in ((a, b, 10889), (b, a, 10888)):
        own["server"]["transport_stack"]["address"] = "::1"
        own["connectors"][0]["stack"] = {"address": "::1", "port": port}
        other["server"]["transport_stack"]["port"] = port


async def test_mail_goes_over_ipv6(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    """RFC 2126: TPKT over IPv6."""
    over_ipv6(a_document, b_document)
    a, b = await start(a_document), await start(b_document)
    assert b.all("listening")[0]["address"] == "[::1]:10889"
    (sent,) = await a.send(SMITH)
    await b.said("delivered", mts_identifier=sent)
    (opened,) = b.all("association", state="open")
    assert (opened["local"], opened["peer"][:6]) == ("[::1]:10889", "[::1]:")
    assert opened["reason"].startswith("caller's address ::1 is ::1, the address on the Stack page")


@pytest.mark.parametrize("written", ["127.0.113.88", "::ffff:127.0.113.88"])
async def test_an_ipv4_caller_is_known_by_its_ipv4_address_at_a_socket_of_both_versions(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any], written: str
) -> None:
    b_document["server"]["transport_stack"] = {"address": "::", "port": 10889}
    a_document["connectors"][0]["stack"]["port"] = 10889
    b_document["connectors"][0]["stack"]["address"] = written
    a, b = await start(a_document), await start(b_document)
    (sent,) = await a.send(SMITH)
    await b.said("delivered", mts_identifier=sent)
    (opened,) = b.all("association", state="open")
    assert opened["peer"].startswith("127.0.113.88:")
    assert opened["local"] == f"{B}:10889"


async def test_an_ipv6_caller_is_refused_where_the_stack_page_has_another_address(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    over_ipv6(a_document, b_document)
    b_document["connectors"][0]["stack"]["address"] = "127.0.113.88"
    a, b = await start(a_document), await start(b_document)
    await a.send(SMITH)
    refused = await b.said("event", id=1293)
    assert "caller's address ::1 is not 127.0.113.88" in refused["reason"]
    await a.said("event", id=1290)
