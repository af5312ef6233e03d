"""Mail as the page asks for it, and sends it."""

import base64
from typing import Any

import httpx
import pytest

from mta_lab.web.asked import mail
from tests.mta_lab.web.asking import AS_THE_PAGE, client, live_of
from tests.mta_lab.web.conftest import Ran

JONES = "C=US;A= ;P=Contoso;O=Outside;S=Jones"
HOSTILE = "<img src=x>\u202e"


def sending(**message: Any) -> dict[str, Any]:
    fields = {"from": JONES, "to": [JONES], "subject": "Hello", "text": "one\ntwo"}
    return {"host": "EXTERNAL", "message": fields | message}


async def send(asking: httpx.AsyncClient, wanted: dict[str, Any]) -> httpx.Response:
    return await asking.post("send", headers=AS_THE_PAGE, json=wanted)


async def test_what_is_sent_is_there_to_be_read(asking: httpx.AsyncClient) -> None:
    octets = bytes(range(256))
    file = {"name": f"dir/{HOSTILE}.html", "octets": base64.b64encode(octets).decode()}
    sent = await send(asking, sending() | {"files": [file]})
    (identifier,) = sent.json()["mts_identifiers"]
    (line,) = (await asking.get("mailbox.json", params={"host": "EXTERNAL"})).json()
    assert (line["mts_identifier"], line["subject"]) == (identifier, "Hello")
    which = {"host": "EXTERNAL", "number": line["number"]}
    letter = (await asking.get("letter.json", params=which)).json()
    assert ["Subject", "Hello"] in letter["fields"]
    assert letter["text"].startswith("one\ntwo")
    ((name, length),) = letter["files"]
    assert length == 256
    assert not set(name) & set("/\u202e")
    saved = await asking.get("file", params={**which, "place": 0})
    assert saved.content == octets
    assert saved.headers["content-type"] == "application/octet-stream"
    assert saved.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert "<" not in saved.headers["content-disposition"]
    assert "nosniff" in saved.headers["x-content-type-options"]
    way = (await asking.get("way.json", params={"mts_identifier": identifier})).json()
    assert [each["what"] for each in way] == ["submitted", "delivered"]
    assert {each["host"] for each in way} == {"EXTERNAL"}
    raw = await asking.get("content", params=which)
    assert int(raw.headers["content-length"]) == line["octets"]


async def test_reports_are_those_of_all_mtas(asking: httpx.AsyncClient) -> None:
    sent = await send(asking, sending(report="delivery"))
    (identifier,) = sent.json()["mts_identifiers"]
    (report,) = (await asking.get("reports.json")).json()
    assert (report["host"], report["mts_identifier"]) == ("EXTERNAL", identifier)
    assert report["text"].startswith("Delivered at")


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (sending(to=["nothing"]), "nothing"),
        (sending(to=["C=DE;A= ;P=X;S=Nobody"]), "no mailbox here and no connector"),
        (sending(to=[]), "to"),
        (sending(count=0), "count"),
        (sending(command="cancel", mts_identifier="x"), "mts_identifier"),
        (sending(subject="a\nb"), "subject"),
        (sending() | {"host": "../EXTERNAL"}, "no MTA"),
        (sending() | {"files": [{"name": "a", "octets": "x"}]}, "octets"),
        (sending() | {"files": [{"name": "a", "octets": ""}] * 11}, "files"),
    ],
)
async def test_what_cannot_be_sent_is_refused_in_words(
    asking: httpx.AsyncClient, wanted: dict[str, Any], why: str
) -> None:
    answer = await send(asking, wanted)
    assert answer.status_code == 422
    assert why in answer.text
    assert (await asking.get("mailbox.json", params={"host": "EXTERNAL"})).json() == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("mailbox.json?host=..%2FEXTERNAL", 422),
        ("letter.json?host=EXTERNAL&number=7", 422),
        ("letter.json?host=EXTERNAL&number=-1", 422),
        (f"letter.json?host=EXTERNAL&number={1 << 63}", 422),
        ("file?host=EXTERNAL&number=7&place=0", 422),
        ("content?host=firewall&number=1", 422),
        ("way.json?mts_identifier=%27%3B--", 200),
    ],
)
async def test_what_is_not_there_is_said(asking: httpx.AsyncClient, path: str, status: int) -> None:
    assert (await asking.get(path)).status_code == status


async def test_a_file_that_is_not_there(asking: httpx.AsyncClient) -> None:
    await send(asking, sending())
    answer = await asking.get("file?host=EXTERNAL&number=1&place=0")
    assert (answer.status_code, answer.json()["detail"]) == (422, "mail 1 has 0 files")


async def test_a_mail_that_is_too_long_is_not_read(
    asking: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "LONGEST", 100)
    await send(asking, sending(text="x" * 200))
    answer = await asking.get("letter.json?host=EXTERNAL&number=1")
    assert "the page reads 100 at most" in answer.json()["detail"]


async def test_the_form_offers_the_mtas_and_the_users_of_the_play(seed: Ran) -> None:
    async with client(live_of(seed)) as asking:
        users = (await asking.get("users.json")).json()
        spoken = (await asking.get("messages.json")).json()
    assert users["hosts"] == ["EXTERNAL", "INTERNAL"]
    assert JONES in users["addresses"]
    assert len([each for each in spoken if each["submitted"]]) == 6
    assert {each["where"] for each in spoken} == {"EXTERNAL", "INTERNAL"}
