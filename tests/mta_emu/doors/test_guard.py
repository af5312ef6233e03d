"""What the HTTP door lets through."""

import asyncio
import json
import os
import stat
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import httpx
import pytest

from mta_emu.doors import guard
from mta_emu.doors.http import serve_http
from mta_emu.mta.configuration.server import HttpDoor
from tests.patience import PATIENCE

Start = Callable[..., Awaitable[Any]]
JONES = "C=US;A= ;P=Contoso;O=A;S=Jones"
ADDRESS, PORT = "127.0.113.88", 10889
URL = f"http://{ADDRESS}:{PORT}"
MAIL = {"from": JONES, "to": [JONES], "text": "x"}
DOOR = HttpDoor(address=IPv4Address(ADDRESS), port=PORT, names=("lab.example",), token="secret")
TOKEN = {"Authorization": "Bearer secret"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost"}, 200),
        ({"Host": "LAB.example:80"}, 200),
        ({"Host": "[::1]:8102"}, 200),
        ({"Host": "192.0.2.1"}, 200),  # an address: nothing to be rebound
        ({"Host": "evil.example"}, 421),
        ({"Host": "evil.example:8102"}, 421),
        ({"Host": ""}, 421),
        ({"Host": "localhost.evil.example"}, 421),
        ({"Origin": URL}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "evil.example", "Origin": "http://evil.example"}, 421),
    ],
)
async def test_host_and_origin(
    start: Start, a_document: Any, headers: dict[str, str], status: int
) -> None:
    a = await start(a_document)
    async with serve_http(a.mta, DOOR), httpx.AsyncClient(base_url=URL) as client:
        answer = await client.get("/mail", headers=headers)
        assert answer.status_code == status, answer.text
        if status != 200:
            assert answer.json()["detail"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (TOKEN, 201),
        ({"Authorization": "bearer  secret"}, 201),
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Basic secret"}, 401),
        ({"Authorization": "Bearer s\xe9cret"}, 401),
        (TOKEN | {"Origin": "http://evil.example"}, 403),
    ],
)
@pytest.mark.element("access management")
async def test_the_token(
    start: Start, a_document: Any, headers: dict[str, str], status: int
) -> None:
    a = await start(a_document)
    encoded = {name: value.encode("latin-1") for name, value in headers.items()}
    async with serve_http(a.mta, DOOR), httpx.AsyncClient(base_url=URL) as client:
        answer = await client.post("/messages", json=MAIL, headers=encoded)
        assert answer.status_code == status, answer.text
    assert len(a.all("submitted")) == (status == 201)


def test_the_token_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        token = guard.token_in(tmp_path)
    finally:
        os.umask(before)
    assert len(token) >= 32
    assert guard.token_in(tmp_path) == token
    assert stat.S_IMODE((tmp_path / "http-token").stat().st_mode) == 0o600


@pytest.mark.parametrize("body", ["text/plain", "application/x-www-form-urlencoded"])
async def test_a_form_of_another_site_submits_nothing(
    start: Start, a_document: Any, body: str
) -> None:
    a = await start(a_document)
    async with serve_http(a.mta, DOOR), httpx.AsyncClient(base_url=URL) as client:
        answer = await client.post(
            "/messages", content=json.dumps(MAIL), headers={"Content-Type": body}
        )
        assert answer.status_code == 401


async def test_a_body_has_a_bound(
    start: Start, a_document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "MAX_BODY", 10_000)
    a = await start(a_document)

    async def parts() -> Any:
        for _ in range(20):
            yield b"x" * 1000

    async with serve_http(a.mta, DOOR), httpx.AsyncClient(base_url=URL, headers=TOKEN) as client:
        for content in (b"x" * 10_001, parts()):
            headers = {"Content-Type": "application/json"}
            answer = await client.post("/messages", content=content, headers=headers)
            assert answer.status_code == 413, answer.text
        assert (await client.get("/health")).status_code == 200


async def test_headers_have_a_bound(start: Start, a_document: Any) -> None:
    a = await start(a_document)
    async with serve_http(a.mta, DOOR), httpx.AsyncClient(base_url=URL) as client:
        try:
            answer = await client.get("/health", headers={"X": "y" * 200_000})
            assert answer.status_code == 400
        except httpx.ReadError:  # the door has closed on what was still being sent
            pass
        assert (await client.get("/health")).status_code == 200


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: ",
        b"POST /messages HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\n"
        b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
        b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HT",
    ],
)
async def test_a_request_must_come_in_time(
    start: Start, a_document: Any, octets: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "TIMEOUT", 0.2)
    a = await start(a_document)
    async with serve_http(a.mta, DOOR):
        reader, writer = await asyncio.open_connection(ADDRESS, PORT)
        writer.write(octets)
        async with asyncio.timeout(PATIENCE):
            answer = await reader.read()
        writer.close()
    if b"POST" in octets:
        assert answer.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize(
    "path",
    [
        "/mail/99999999999999999999999/content",
        "/mail/-1/content",
        "/mail?limit=0",
        "/mail?limit=9223372036854775808",
        "/mail?after=99999999999999999999999",
        "/events?limit=99999999999999999999999",
        "/events?id=99999999999999999999999",
        "/events?since=0001-01-01T00:00:00%2B23:59",
        "/events?since=9999-12-31T23:59:59-23:59",
        "/reports?mts_identifier=%00",
        "/reports?originator=%ff",
        "/routes/explain?address=x",
        "/routes/explain?address=C%3DUS",
        "/track/",
        "/track/..%2f..%2fetc",
    ],
)
async def test_no_number_and_no_text_is_an_error_of_the_server(
    start: Start, a_document: Any, path: str
) -> None:
    a = await start(a_document)
    async with serve_http(a.mta, DOOR), httpx.AsyncClient(base_url=URL) as client:
        assert (await client.get(path)).status_code < 500


@pytest.mark.parametrize(
    "fields",
    [
        {"count": 10**9},
        {"deliver_within": 10**18},
        {"deliver_within": 10**10},
        {"defer": 10**12},
        {"priority": "x"},
        {"subject": "\ud800"},
        {"text": "\ud800"},
        {"rich_text": "{\\rtf\udc80"},
        {"subject": "a\nb"},
        {"subject": "x" * 1000},
        {"to": ["y"]},
        {"to": [JONES] * 100_000},
        {"alternate": "zz"},
        {"text": "\U0001f600"},
    ],
)
async def test_no_submission_is_an_error_of_the_server(
    start: Start, a_document: Any, fields: dict[str, Any]
) -> None:
    a = await start(a_document)
    body = json.dumps(MAIL | fields)
    async with serve_http(a.mta, DOOR), httpx.AsyncClient(base_url=URL, headers=TOKEN) as client:
        headers = {"Content-Type": "application/json"}
        answer = await client.post("/messages", content=body, headers=headers, timeout=PATIENCE)
        assert answer.status_code in (413, 422), answer.text
        deep = await client.post("/messages", content=b"[" * 200_000, headers=headers)
        assert deep.status_code in (400, 422)
    assert a.all("submitted") == []
