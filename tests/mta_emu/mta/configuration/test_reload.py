"""A configuration that changes under a running MTA."""

import copy
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from labkit.config import parse
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.reload import Changes, NotReloadableError, changes

Start = Callable[..., Awaitable[Any]]
SMITH = "C=US;A= ;P=Contoso;O=B;S=Smith"


def configured(document: Any) -> MtaConfig:
    return parse(copy.deepcopy(document), MtaConfig, "test")


def connector(name: str, **stack: Any) -> dict[str, Any]:
    return {
        "general": {"directory_name": name, "remote_mta_name": name},
        "stack": {"address": "127.0.100.77", **stack},
        "schedule": {"activation": "remote-initiated"},
    }


def test_what_differs(a_document: Any) -> None:
    a_document["connectors"] = [connector("SAME"), connector("OTHER"), connector("GONE")]
    old = configured(a_document)
    a_document["connectors"] = [
        connector("NEW"),
        connector("OTHER", outgoing={"t": "X"}),
        connector("SAME"),
    ]
    assert changes(old, configured(a_document)) == Changes(("NEW",), ("OTHER",), ("GONE",))
    assert changes(old, old) == Changes((), (), ())


@pytest.mark.parametrize("name", ["hosts", "reverse", "mailboxes"])
def test_what_is_looked_up_may_change(a_document: Any, name: str) -> None:
    old = configured(a_document)
    values = {
        "hosts": {"b.example": "127.0.0.7"},
        "reverse": {"127.0.0.7": "b.example"},
        "mailboxes": [],
    }
    a_document["server"][name] = values[name]
    assert changes(old, configured(a_document)) == Changes((), (), ())


def test_what_only_a_start_can_change(a_document: Any) -> None:
    old = configured(a_document)
    a_document["server"]["site"] = "Elsewhere"
    a_document["server"]["transport_stack"]["port"] = 99
    with pytest.raises(NotReloadableError) as refused:
        changes(old, configured(a_document))
    assert [line.partition(":")[0] for line in str(refused.value).splitlines()] == [
        "server.site",
        "server.transport_stack",
    ]


async def test_unchanged_connectors_keep_their_associations(
    start: Start, a_document: Any, b_document: Any
) -> None:
    a, b = await start(a_document), await start(b_document)
    await a.send(SMITH)
    await b.said("delivered")
    a_document["connectors"].append(connector("NEW"))
    await a.mta.reload(configured(a_document))
    reloaded = a.all("reloaded")[0]
    assert (reloaded["added"], reloaded["changed"], reloaded["removed"]) == (["NEW"], [], [])
    await a.send(SMITH)
    await b.until(lambda: len(b.all("delivered")) == 2)
    assert [each["state"] for each in a.all("association")] == ["open"]
    assert [each.name for each in a.mta.queues()] == ["TO-B", "NEW"]


async def test_a_changed_connector_begins_anew_with_its_queue(
    start: Start, a_document: Any, b_document: Any
) -> None:
    right = a_document["connectors"][0]["general"]["remote_mta_password"]
    a_document["connectors"][0]["general"]["remote_mta_password"] = "wrong"
    a, b = await start(a_document), await start(b_document)
    await a.send(SMITH, count=3)
    await a.said("event", id=301)
    a_document["connectors"][0]["general"]["remote_mta_password"] = right
    await a.mta.reload(configured(a_document))
    await b.until(lambda: len(b.all("delivered")) == 3)
    assert a.all("reloaded")[0]["changed"] == ["TO-B"]


async def test_a_connector_that_goes_releases_its_association(
    start: Start, a_document: Any, b_document: Any
) -> None:
    a, b = await start(a_document), await start(b_document)
    await a.send(SMITH)
    await b.said("delivered")
    without = a_document | {"connectors": []}
    await a.mta.reload(configured(without))
    assert [each["state"] for each in a.all("association")] == ["open", "released"]
    assert a.mta.queues() == ()
    await a.mta.reload(configured(a_document))
    await a.send(SMITH)
    await b.until(lambda: len(b.all("delivered")) == 2)


async def test_what_expires_while_its_connector_is_gone_is_reported_at_its_return(
    start: Start, a_document: Any
) -> None:
    a = await start(a_document, scale=60)  # B is not there
    (late,) = await a.send(SMITH, deliver_within=60)
    due = a.mta.store.expiring.next_due()
    await a.mta.reload(configured(a_document | {"connectors": []}))
    await a.until(lambda: bool(due and a.mta._clock.now() > due))
    (soon,) = await a.send(SMITH.replace("O=B", "O=A"), defer=1)
    await a.said("delivered", mts_identifier=soon)
    assert a.all("report") == []
    await a.mta.reload(configured(a_document))
    await a.said("report", mts_identifier=late)


async def test_a_refused_reload_changes_nothing(start: Start, a_document: Any) -> None:
    a = await start(a_document)
    other = copy.deepcopy(a_document)
    other["server"]["name"] = "C"
    other["connectors"] = []
    with pytest.raises(NotReloadableError, match=r"server\.name"):
        await a.mta.reload(configured(other))
    assert [each.name for each in a.mta.queues()] == ["TO-B"]
