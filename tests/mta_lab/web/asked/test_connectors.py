"""Connectors of a lab that is up, and calls, as the page asks for them."""

import json

import httpx
import pytest

from mta_lab.lab.directory import Lab
from mta_lab.play.mailing import submit
from tests.mta_lab.web.asking import AS_THE_PAGE, ORIGIN, client, live_of
from tests.mta_lab.web.conftest import Ran
from tests.mta_lab.web.served import JONES, SMITH


@pytest.mark.parametrize(
    ("headers", "body", "status", "why"),
    [
        (
            {"Origin": ORIGIN},
            {"host": "EXTERNAL", "connector": "FIREWALL"},
            401,
            "a token is needed",
        ),
        (AS_THE_PAGE, {"host": "EXTERNA", "connector": "FIREWALL"}, 422, "no MTA 'EXTERNA'"),
        (AS_THE_PAGE, {"host": "EXTERNAL", "connector": "FIREWALL"}, 422, "no MTA answers"),
        (AS_THE_PAGE, {"host": "../EXTERNAL", "connector": "FIREWALL"}, 422, "no MTA '../EXT"),
        (AS_THE_PAGE, {"host": "EXTERNAL"}, 422, "connector"),
        (AS_THE_PAGE, ["EXTERNAL"], 422, "body"),
    ],
)
async def test_a_call_that_cannot_be_made_is_refused_in_words(
    seed: Ran, headers: dict[str, str], body: object, status: int, why: str
) -> None:
    async with client(live_of(seed)) as asking:
        answer = await asking.post("call", headers=headers, json=body)
    assert answer.status_code == status
    assert why in answer.text


async def test_a_form_cannot_call(seed: Ran) -> None:
    """What another site could send is no JSON, even if it had the token."""
    form = {"host": "EXTERNAL", "connector": "FIREWALL"}
    async with client(live_of(seed)) as asking:
        answer = await asking.post("call", headers=AS_THE_PAGE, data=form)
        plain = AS_THE_PAGE | {"Content-Type": "text/plain"}
        text = await asking.post("call", headers=plain, content=json.dumps(form))
    assert "no MTA answers" not in answer.text + text.text
    assert answer.status_code == text.status_code == 415


async def test_connectors_of_mtas_that_do_not_run_are_left_out(seed: Ran) -> None:
    async with client(live_of(seed)) as asking:
        assert (await asking.get("connectors.json")).json() == []


async def test_a_queue_has_its_messages_the_next_to_leave_first(
    up: Lab, asking: httpx.AsyncClient
) -> None:
    """The seed's: from outside the bind is refused, and all of them wait."""
    mail = {"from": JONES, "to": [SMITH], "priority": "normal"}
    await submit(up, "EXTERNAL", mail)
    await submit(up, "EXTERNAL", mail | {"priority": "urgent"})
    which = {"host": "EXTERNAL", "connector": "FIREWALL"}
    found = (await asking.get("queue.json", params=which)).json()
    assert [each["priority"] for each in found] == ["urgent", "normal"]
    assert (await asking.get("queue.json", params={**which, "connector": "x"})).json() == []
    wrong = await asking.get("queue.json", params={**which, "host": "../EXTERNAL"})
    assert (wrong.status_code, "no MTA" in wrong.text) == (422, True)
