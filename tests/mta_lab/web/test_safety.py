"""Who may see the page, and what a browser lets it do."""

import re

import httpx
import pytest
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from mta_lab.web.safety import HEADERS, guarded, new_token, refusal

TOKEN = "t0ken"
URL = "http://127.0.0.1:8400"
AS_THE_PAGE: dict[str, str | None] = {
    "Authorization": f"Bearer {TOKEN}",
    "Content-Type": "application/json",
    "Origin": URL,
}


async def page(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("mail")(scope, receive, send)


def client() -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(guarded(page, TOKEN)), base_url=URL)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/t0ken/", {}, 200),
        ("/t0ken/", {"Host": "localhost:8400"}, 200),
        ("/t0ken/", {"Host": "[::1]:8400"}, 200),
        ("/t0ken/", {"Origin": URL}, 200),
        ("/t0ken/", {"Sec-Fetch-Site": "none"}, 200),
        ("/t0ken/", {"Sec-Fetch-Site": "same-origin"}, 200),
        ("/", {}, 403),
        ("/T0KEN/", {}, 403),
        ("/t0ke/", {}, 403),
        ("/t0ken1/", {}, 403),
        ("//t0ken/", {}, 403),
        ("/x/../t0ke", {}, 403),
        ("/t%C3%B6ken/", {}, 403),
        ("/t0ken/", {"Host": "evil.example:8400"}, 421),  # DNS rebinding
        ("/t0ken/", {"Host": "127.0.0.1.evil.example"}, 421),
        ("/t0ken/", {"Host": "evil.example", "Origin": "http://evil.example"}, 421),
        ("/t0ken/", {"Origin": "http://evil.example"}, 403),
        ("/t0ken/", {"Origin": "null"}, 403),
        ("/t0ken/", {"Origin": "http://127.0.0.1:8401"}, 403),
        ("/t0ken/", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("/t0ken/", {"Sec-Fetch-Site": "same-site"}, 403),  # another port of this machine
    ],
)
async def test_what_is_let_through(path: str, headers: dict[str, str], status: int) -> None:
    async with client() as asking:
        answer = await asking.get(path, headers=headers)
    assert answer.status_code == status, answer.text
    assert (answer.text == "mail") == (status == 200)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Content-Type": "application/json; charset=utf-8"}, 200),
        ({"Authorization": None}, 401),  # a form of another site knows no such head
        ({"Authorization": "Bearer t0ke"}, 401),
        ({"Origin": None}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Content-Type": None}, 415),
        ({"Content-Type": "text/plain"}, 415),  # which forms can send
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
async def test_what_may_change_a_lab(
    method: str, headers: dict[str, str | None], status: int
) -> None:
    given = AS_THE_PAGE | headers
    sent = {name: value for name, value in given.items() if value is not None}
    async with client() as asking:
        answer = await asking.request(method, "/t0ken/", headers=sent)
    assert answer.status_code == status, answer.text
    assert (answer.text == "mail") == (status == 200)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value


async def test_who_has_no_token_hears_where_it_is() -> None:
    async with client() as asking:
        answer = await asking.post("/t0ken/", headers={**AS_THE_PAGE, "Authorization": "Bearer no"})
    assert answer.json()["detail"].endswith("what is between the first two slashes of the path")


def test_no_script_but_the_pages_own_may_run() -> None:
    policy = dict(each.split(" ", 1) for each in HEADERS["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


def test_tokens_are_long_and_stand_in_an_address() -> None:
    one, other = new_token(), new_token()
    assert one != other
    assert re.fullmatch(r"[\w-]{32}", one)
    assert refusal("GET", f"/{one}/x", Headers(), one) is None
    assert refusal("GET", f"/{other}/x", Headers(), one)
