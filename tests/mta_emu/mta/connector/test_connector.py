"""How many associations a connector has, what each is for, and how long it lives."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

Start = Callable[..., Awaitable[Any]]
JONES, SMITH = "C=US;A= ;P=Contoso;O=A;S=Jones", "C=US;A= ;P=Contoso;O=B;S=Smith"


async def test_a_report_has_an_association_of_its_own(
    start: Start, a_document: Any, b_document: Any
) -> None:
    """Q215472: reports have no priority, and go as urgent mail does."""
    for document in (a_document, b_document):
        document["connectors"][0]["advanced"] = {"two_way_alternate": False}
    a, b = await start(a_document), await start(b_document)
    (normal,) = await b.send(JONES)
    await a.said("delivered", mts_identifier=normal)
    (asking,) = await a.send(SMITH, report="delivery")
    await a.said("report", mts_identifier=asking)
    await b.until(lambda: len(b.all("transfer", direction="out")) == 2)
    ours = [each["association"] for each in b.all("association", initiated="locally", state="open")]
    by = [each["association"] for each in b.all("transfer", direction="out")]
    assert len(ours) == len(by) == 2
    assert by == ours  # the mail by the first, the report by the second
    assert b.events == []


async def test_nine_for_the_rest_and_one_for_urgent_mail(
    start: Start, a_document: Any, b_document: Any
) -> None:
    """Q194589: ten at most, of which the last is kept for urgent mail."""
    a_document["connectors"][0]["override"] = {"threshold": 2}
    a = await start(a_document, scale=600)
    await a.send(SMITH, count=25)
    (urgent,) = await a.send(SMITH, priority="urgent")
    b = await start(b_document)
    await b.until(lambda: len(b.all("delivered")) == 26)
    opened = [each["association"] for each in b.all("association", state="open")]
    assert len(opened) == 10
    carried = {each["mts_identifier"]: each["association"] for each in b.all("transfer")}
    alone = [name for name, number in carried.items() if number == carried[urgent]]
    assert alone == [urgent]
    assert b.events == []


async def test_an_idle_association_is_used_again_and_lives_on_from_then(
    start: Start, a_document: Any, b_document: Any
) -> None:
    a_document["connectors"][0]["override"] = {"lifetime": 300}
    a, b = await start(a_document, scale=100), await start(b_document, scale=100)
    (first,) = await a.send(SMITH)
    sent = await a.said("transfer", mts_identifier=first)
    half = datetime.fromisoformat(sent["time"]) + timedelta(seconds=150)
    await a.until(lambda: a.mta._clock.now() >= half)
    (second,) = await a.send(SMITH)
    used = await a.said("transfer", mts_identifier=second)
    released = await a.said("association", state="released")
    assert len(a.all("association", state="open")) == 1
    assert used["association"] == sent["association"] == released["association"]
    last, end = (datetime.fromisoformat(each["time"]) for each in (used, released))
    assert end - last >= timedelta(seconds=299)  # the clocks of the wall and the lab are read apart
    await b.said("association", state="released")
    assert a.events == b.events == []
