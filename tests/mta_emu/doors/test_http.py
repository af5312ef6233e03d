"""The HTTP API and the metrics, of an MTA on real sockets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from ipaddress import IPv4Address
from typing import Any

import httpx
import pytest

from mta_emu.doors.http import serve_http
from mta_emu.mta.configuration.server import HttpDoor

Start = Callable[..., Awaitable[Any]]
JONES, SMITH = "C=US;A= ;P=Contoso;O=A;S=Jones", "C=US;A= ;P=Contoso;O=B;S=Smith"
DOOR = HttpDoor(address=IPv4Address("127.0.113.88"), port=10889)
URL = f"http://{DOOR.address}:{DOOR.port}"


def token(mta: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {(mta.directory / 'http-token').read_text().strip()}"}


@asynccontextmanager
async def api(mta: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        serve_http(mta.mta, DOOR),
        httpx.AsyncClient(base_url=URL, headers=token(mta)) as client,
    ):
        yield client


@pytest.mark.element("message identification")
async def test_mail_is_submitted_tracked_and_read(
    start: Start, a_document: Any, b_document: Any
) -> None:
    a, b = await start(a_document), await start(b_document)
    async with api(a) as client:
        mail = {"from": JONES, "to": [SMITH], "subject": "Hello", "text": "World"}
        answer = await client.post("/messages", json=mail)
        assert answer.status_code == 201, answer.text
        (identifier,) = answer.json()["mts_identifiers"]
        await a.said("transfer", direction="out")
        steps = (await client.get(f"/track/{identifier}")).json()
        assert [(step["server"], step["what"]) for step in steps] == [
            ("A", "submitted"),
            ("A", "queued"),
            ("A", "tried"),
            ("A", "transferred"),
        ]
        assert (await client.get("/queues")).json() == [
            asdict(each) | {"transfers": []} for each in a.mta.queues()
        ]
        assert (await client.get("/health")).json() == {"status": "ok"}
        assert (await client.get("/status")).json()["connectors"][0]["name"] == "TO-B"
        assert "TO-B" in "".join((await client.get("/routes")).json()["lines"])
        explained = (await client.get("/routes/explain", params={"address": SMITH})).json()
        assert explained["outcome"] != "mailbox"
        scraped = (await client.get("/metrics")).text
    await b.said("delivered")
    for line in (
        "mta_submitted_total 1.0",
        'mta_queue_length{connector="TO-B"} 0.0',
        'mta_associations_open{connector="TO-B"} 1.0',
        'mta_transfers_total{connector="TO-B",direction="out"} 1.0',
        'mta_associations_total{connector="TO-B",initiated="locally",state="open"} 1.0',
    ):
        assert line in scraped.splitlines()
    (octets,) = [record["octets"] for record in a.all("transfer")]
    assert f'mta_transfer_bytes_total{{connector="TO-B",direction="out"}} {octets}.0' in scraped
    async with api(b) as client:
        (listed,) = (await client.get("/mail")).json()
        assert (listed["mts_identifier"], listed["subject"]) == (identifier, "Hello")
        content = await client.get(f"/mail/{listed['number']}/content")
        assert len(content.content) == listed["octets"]
        assert b"World" in content.content


async def test_events_and_refusals_are_counted(
    start: Start, a_document: Any, b_document: Any
) -> None:
    b_document["connectors"][0]["general"]["remote_mta_password"] = "another"
    a, _ = await start(a_document), await start(b_document)
    async with api(a) as client:
        await a.send(SMITH)
        await a.said("event", id=301)
        logged = (await client.get("/events")).json()
        assert [each["id"] for each in logged] == a.events
        only = (await client.get("/events", params={"id": [1290, 289], "limit": 1})).json()
        assert [each["id"] for each in only] == [1290]
        scraped = (await client.get("/metrics")).text
    assert 'mta_events_total{category="X.400 Service",id="1290",type="Warning"} 1.0' in scraped
    assert (
        'mta_refusals_total{connector="TO-B",initiated="locally",reason="authentication e'
        in scraped
    )


async def test_reports_are_shown_to_the_sender(
    start: Start, a_document: Any, b_document: Any
) -> None:
    b_document["server"]["mailboxes"] = []  # so that nobody there is known
    a, _ = await start(a_document), await start(b_document)
    here = JONES.replace("Jones", "Brown")
    async with api(a) as client:
        (lost,) = await a.send(SMITH, report="delivery")
        (arrived,) = await a.send(here, report="delivery")
        await a.said("report", mts_identifier=lost)
        told = (await client.get("/reports")).json()
        assert {each["mts_identifier"]: each["outcome"] for each in told} == {
            arrived: "delivered",
            lost: "not-delivered",
        }
        (failure,) = (await client.get("/reports", params={"mts_identifier": lost})).json()
        assert failure["recipient"] == SMITH
        assert failure["reason"] == "unable-to-transfer"
        assert failure["diagnostic"] == "unrecognised-OR-name"
        assert failure["text"] == "The recipient's address is not known."
        assert failure["delivered"] is None
        asked = {"from": JONES, "to": [here], "probe": True, "rich_text": r"{\rtf1 x}"}
        (probe,) = (await client.post("/messages", json=asked)).json()["mts_identifiers"]
        (answer,) = (await client.get("/reports", params={"mts_identifier": probe})).json()
        assert answer["outcome"] == "delivered"
        jones = (await client.get("/reports", params={"originator": "s=jones", "limit": 1})).json()
        assert [each["mts_identifier"] for each in jones] == [told[0]["mts_identifier"]]
        assert (await client.get("/reports", params={"originator": "S=Brown"})).json() == []


async def test_mail_is_deferred_and_redirected(start: Start, a_document: Any) -> None:
    a_document["server"]["mailboxes"][0]["surname"] = "Jones"
    a = await start(a_document, scale=60)
    nobody = JONES.replace("Jones", "Nobody")
    async with api(a) as client:
        wishes = {"from": JONES, "to": [nobody], "alternate": JONES, "defer": 120}
        asked = wishes | {"report": "delivery"}
        (sent,) = (await client.post("/messages", json=asked)).json()["mts_identifiers"]
        assert (await client.get("/status")).json()["deferred"]["count"] == 1
        await a.said("report", mts_identifier=sent)
        (told,) = (await client.get("/reports")).json()
        assert (told["recipient"], told["redirected_to"]) == (nobody, JONES)
        assert told["text"].startswith(f"Redirected to {JONES}. Delivered at ")
        assert (await client.get("/status")).json()["deferred"] == {"count": 0, "next": None}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/messages", {"from": JONES, "to": ["nobody"]}, 422),
        ("POST", "/messages", {"from": JONES, "to": [JONES.replace("US", "USA")]}, 422),
        ("POST", "/messages", {"from": JONES, "to": ["C=US;P=Contoso;O=A;S=Jones"]}, 422),
        ("POST", "/messages", {"from": f"{JONES};S=Brown", "to": [SMITH]}, 422),
        ("POST", "/messages", {"from": JONES, "to": [SMITH], "priority": "high"}, 422),
        ("POST", "/messages", {"to": [SMITH]}, 422),
        ("GET", "/mail/7/content", None, 404),
        ("GET", "/track/nobody", None, 404),
        ("GET", "/nothing", None, 404),
    ],
)
async def test_wrong_requests(
    start: Start, a_document: Any, method: str, path: str, body: Any, status: int
) -> None:
    a = await start(a_document)
    async with api(a) as client:
        answer = await client.request(method, path, json=body)
        assert answer.status_code == status
        assert answer.json()["detail"]


@pytest.mark.parametrize(
    "pasted",
    ["/C=US/A= /P=Contoso/O=A/S=Jones/", "X400:c=US;a= ;p=Contoso;o=A;s=Jones;"],
)
async def test_forms_of_an_address_that_people_paste(
    start: Start, a_document: Any, pasted: str
) -> None:
    a = await start(a_document)
    async with api(a) as client:
        answer = await client.post("/messages", json={"from": pasted, "to": [pasted]})
        assert answer.status_code == 201, answer.text
        await a.said("delivered", recipient=JONES)


async def test_it_is_described(start: Start, a_document: Any) -> None:
    a = await start(a_document)
    async with api(a) as client:
        description = (await client.get("/openapi.json")).json()
    assert description["info"]["title"] == "MTA A"
    wanted = {
        "/health",
        "/status",
        "/queues",
        "/events",
        "/messages",
        "/mail",
        "/reports",
        "/routes",
    }
    assert wanted <= set(description["paths"])
    sender = description["components"]["schemas"]["SubmissionRequest"]["properties"]["from"]
    assert sender["type"] == "string"


async def test_it_ends_with_the_mta(start: Start, a_document: Any) -> None:
    a = await start(a_document)
    async with api(a):
        pass
    with pytest.raises(OSError, match="Connect call failed"):
        await asyncio.open_connection(str(DOOR.address), DOOR.port)
