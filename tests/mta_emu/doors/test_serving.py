"""How an application is served: until the end of the block, and answers to their end."""

import asyncio
import socket

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from labkit.addresses import End, parse_address
from labkit.sockets import listening_socket
from mta_emu.doors.serving import serving
from tests.patience import PATIENCE

HERE = End(parse_address("127.0.113.90"), 0)


def address_of(listening: socket.socket) -> str:
    return f"http://{End.of_socket(listening.getsockname())}"


async def test_an_answer_that_is_under_way_is_finished() -> None:
    begun, going_on = asyncio.Event(), asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        begun.set()
        await going_on.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"whole"})

    listening = listening_socket(HERE)
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        async with serving(app, listening):
            asked = asyncio.create_task(client.get(address_of(listening)))
            await begun.wait()
            asyncio.get_running_loop().call_soon(going_on.set)
        assert (await asked).text == "whole"


async def test_nobody_listens_after_the_block() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError

    listening = listening_socket(HERE)
    url = address_of(listening)
    async with serving(app, listening):
        pass
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(url)
