"""Messages whose connector cannot be opened: rerouted, or not delivered in the end."""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import pytest

from mta_emu.mta.dispatch import choosing
from mta_emu.mts.apdu import decode_head

Start = Callable[..., Awaitable[Any]]
SMITH = "C=US;A= ;P=Contoso;O=B;S=Smith"
NOBODY = "127.0.100.99"


def second_connector(document: dict[str, Any], **pages: Any) -> None:
    """Let the first connector of A lead to where nobody is, and a dearer one to B."""
    (first,) = document["connectors"]
    general = first["general"] | {"directory_name": "BACKUP"}
    spaces = [first["address_space"][0] | {"cost": 50}]
    document["connectors"].append(first | {"general": general, "address_space": spaces} | pages)
    first["stack"] = {"address": NOBODY}


async def test_what_waits_for_a_connector_that_cannot_be_opened_goes_another_way(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    second_connector(a_document)
    a, b = await start(a_document), await start(b_document)
    sent = await a.send(SMITH, count=3)
    await b.until(lambda: len(b.all("delivered")) == 3)
    await a.until(lambda: not any(each.queued for each in a.mta._connectors.values()))
    moved = {each["mts_identifier"] for each in a.all("rerouted", connector="BACKUP")}
    assert moved
    assert moved <= set(sent)  # what came after the first try went there at once
    assert {each["association"] for each in b.all("transfer")} == {1}
    assert a.events == [9215, 1294, 4284, 289, 301]


async def test_a_message_is_tried_as_often_as_max_open_retries_says(
    start: Start, a_document: dict[str, Any]
) -> None:
    """Q157630: three times 600 seconds of lab time, then a non-delivery report."""
    a_document["connectors"][0]["override"] = {"max_open_retries": 3}
    a = await start(a_document, scale=3600)
    await a.send(SMITH)
    submitted = datetime.fromisoformat(a.all("submitted")[0]["time"])
    reported = await a.said("report", recipient=SMITH)
    after = (datetime.fromisoformat(reported["time"]) - submitted).total_seconds()
    assert after >= 1800
    assert len(a.all("event", id=301)) == 3
    text = (await a.said("event", id=290))["text"]
    assert "reason code transfer-failure and diagnostic code maximum-time-expired" in text
    assert a.mta._connectors["TO-B"].queued == 0


async def test_both_ways_are_tried_in_turn_before_the_end(
    start: Start, a_document: dict[str, Any]
) -> None:
    second_connector(a_document, override={"max_open_retries": 2})
    a_document["connectors"][0]["override"] = {"max_open_retries": 2}
    a = await start(a_document, scale=3600)
    await a.send(SMITH)
    await a.said("report", recipient=SMITH)
    tried = [each["connector"] for each in a.all("association", state="unreachable")]
    assert sorted(tried) == ["BACKUP", "BACKUP", "TO-B", "TO-B"]
    groups = [each["connector"] for each in a.all("rerouted")]
    assert groups[0] == "BACKUP"
    assert len(groups) >= 2


REROUTED = "UPDATE queue_group SET reroutes = ?"


@pytest.mark.parametrize(("before", "ends"), [(511, False), (512, True)])
async def test_a_message_is_rerouted_512_times_at_most(
    start: Start, a_document: dict[str, Any], before: int, ends: bool
) -> None:
    """Q164838; neither connector can be opened, and the other one was always tried less."""
    second_connector(a_document)
    a_document["connectors"][1]["stack"] = {"address": NOBODY}
    a = await start(a_document)
    (identifier,) = await a.send(SMITH)
    for name in ("TO-B", "BACKUP"):
        await a.said("connector", connector=name, state="waiting")
    connectors = a.mta._connectors.values()
    await a.until(lambda: all(each.settled and each.waiting for each in connectors))
    (queue,) = a.mta.store.queues.lengths()
    (other,) = {"TO-B", "BACKUP"} - {queue}
    a.mta.store._database.execute(REROUTED, (before,))
    a.mta.store.groups.note_failed_open(queue)
    await a.mta._shared.rerouter.reroute(queue)
    if ends:
        report = await a.said("report", mts_identifier=identifier)
        assert report["outcome"] == "not delivered: unable-to-transfer, loop-detected"
        assert a.mta.store.queues.lengths() == {}
    else:
        moved = a.all("rerouted")[-1]
        assert (moved["connector"], moved["instead_of"]) == (other, queue)
        (group,) = a.mta.store.groups.of(other)
        assert group.reroutes == 512
        assert a.all("report") == []


async def test_a_route_is_chosen_once_for_all_that_are_alike(
    start: Start, a_document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the queue is: no envelope is read, and without a better way no row of it."""
    second_connector(a_document)
    a_document["connectors"][1]["address_space"][0]["organization"] = "nobody's"
    a = await start(a_document)
    await a.send(SMITH, count=50)
    await a.send(SMITH.replace("Smith", "Miller"), count=50)
    await a.said("connector", connector="TO-B", state="waiting")
    statements: list[str] = []
    decoded: list[bytes] = []
    monkeypatch.setattr(choosing, "decode_head", decoded.append)
    a.mta.store._database._connection.set_trace_callback(statements.append)
    await a.mta._shared.rerouter.reroute("TO-B")
    a.mta.store._database._connection.set_trace_callback(None)
    assert decoded == []
    assert statements
    assert not [each for each in statements if re.search(r"\bqueue\b", each)]
    groups = [*a.mta.store.groups.of("TO-B")]
    assert 2 <= len(groups) <= 4  # two recipients, before and after the first try


async def test_what_moves_is_read_only_for_another_version_of_p1(
    start: Start, a_document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    second_connector(a_document)
    a_document["connectors"][1]["stack"] = {"address": NOBODY}
    decoded: list[bytes] = []

    def decode(octets: bytes) -> Any:
        decoded.append(octets)
        return decode_head(octets)

    monkeypatch.setattr(choosing, "decode_head", decode)
    a = await start(a_document)
    await a.send(SMITH, count=5)
    await a.said("rerouted")
    assert decoded == []
