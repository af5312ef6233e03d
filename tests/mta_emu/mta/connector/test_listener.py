"""Connections that callers open, before anything is said on them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

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
