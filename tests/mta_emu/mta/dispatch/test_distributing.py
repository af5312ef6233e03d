"""Messages for distribution lists, between MTAs on real sockets."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mta_emu.mta.controlclient import ask
from mta_emu.mts.apdu import decode_head
from mta_emu.mts.expansion import history

Start = Callable[..., Awaitable[Any]]
JONES, SMITH = "C=US;A= ;P=Contoso;O=A;S=Jones", "C=US;A= ;P=Contoso;O=B;S=Smith"
NOBODY = "C=US;A= ;P=Contoso;O=B;S=Nobody"
ALL, OURS, THEIRS = (
    f"C=US;A= ;P=Contoso;O={organization};CN={name}"
    for organization, name in (("A", "All"), ("A", "Ours"), ("B", "Theirs"))
)
OWNER = "C=US;A= ;P=Contoso;O=A;S=Owner"


def lists(document: dict[str, Any], **of: Any) -> None:
    """The lists of an MTA by their address; each its members, or all of its fields."""
    names = {"all_": ALL, "ours": OURS, "theirs": THEIRS}
    document["server"]["distribution_lists"] = [
        {"address": names[name], **(found if isinstance(found, dict) else {"members": found})}
        for name, found in of.items()
    ]


@pytest.fixture(autouse=True)
def known(a_document: dict[str, Any], b_document: dict[str, Any]) -> None:
    """A has mailboxes for Jones and the owner, B for Smith."""
    jones, owner = ({"organization": "A", "surname": name} for name in ("Jones", "Owner"))
    a_document["server"]["mailboxes"] = [jones, owner]
    b_document["server"]["mailboxes"] = [{"organization": "B", "surname": "Smith"}]


@pytest.mark.element("use of distribution list")
async def test_all_members_get_it_also_who_wrote_it(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    """Smith's own copy comes back to B, and is in no loop; the reports come through the list."""
    lists(a_document, all_=[JONES, SMITH, NOBODY])
    a, b = await start(a_document), await start(b_document)
    (sent,) = await b.send(ALL, report="delivery")
    assert (await a.said("delivered", mts_identifier=sent))["recipient"] == JONES
    assert (await b.said("delivered", mts_identifier=sent))["recipient"] == SMITH
    await b.until(lambda: len(b.all("report", mts_identifier=sent)) == 3)
    told = {each["recipient"]: each["outcome"] for each in b.all("report", mts_identifier=sent)}
    assert told[JONES].startswith("delivered")
    assert told[SMITH].startswith("delivered")
    assert told[NOBODY] == "not delivered: unable-to-transfer, unrecognised-OR-name"


async def test_the_reports_on_one_message_are_told_apart(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    """B makes one on the recipient, another on the list's member: the second is no duplicate."""
    lists(b_document, theirs=["C=US;A= ;P=Contoso;O=B;S=Gone", SMITH])
    a, b = await start(a_document), await start(b_document)
    request = {"command": "submit", "from": JONES, "to": [NOBODY, THEIRS]}
    (sent,) = (await ask(a.directory, request))["mts_identifiers"]
    await a.until(lambda: len(a.all("report", mts_identifier=sent)) == 2)
    told = {each["recipient"] for each in a.all("report", mts_identifier=sent)}
    assert told == {NOBODY, "C=US;A= ;P=Contoso;O=B;S=Gone"}
    await b.until(lambda: len(b.all("transfer", direction="out")) == 2)
    assert len({each["mts_identifier"] for each in b.all("transfer", direction="out")}) == 2


async def test_a_list_that_is_named_in_many_ways_is_expanded_once(
    start: Start, a_document: dict[str, Any]
) -> None:
    lists(a_document, all_=[JONES])
    a = await start(a_document)
    request = {"command": "submit", "from": JONES, "to": [ALL, ALL.upper(), ALL.replace("A", "a")]}
    await ask(a.directory, request)
    await a.until(lambda: a.mta.status().settled and bool(a.all("delivered")))
    assert len(a.all("delivered")) == 1


async def test_a_list_in_a_list_is_expanded_and_each_once(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    """They have each other as members, and those here as well."""
    lists(a_document, all_=[OURS, THEIRS, JONES], ours=[ALL, JONES])
    lists(b_document, theirs=[ALL, OURS, SMITH])
    a, b = await start(a_document), await start(b_document)
    (sent,) = await a.send(ALL)
    await b.said("delivered", mts_identifier=sent, recipient=SMITH)
    await a.until(lambda: len(a.all("transfer", direction="in", mts_identifier=sent)) > 0)
    await a.said("connector", connector="TO-B", queued=0, state="open")
    assert {each["recipient"] for each in a.all("delivered", mts_identifier=sent)} == {JONES}
    assert [a.all("reported"), b.all("reported")] == [[], []]


async def test_a_copy_of_a_list_says_so(start: Start, a_document: dict[str, Any]) -> None:
    lists(a_document, all_=[SMITH, NOBODY])
    a = await start(a_document)
    await a.send(ALL)
    (entry,) = a.mta.store.queues.waiting("TO-B")
    head = decode_head(entry.envelope)
    assert [str(each.name) for each in history(head.extensions)] == [ALL]
    assert [(each.number, str(each.address)) for each in head.recipients] == [
        (1, SMITH),
        (1, NOBODY),
    ]
    assert head.trace[-1].expanded


@pytest.mark.parametrize(
    ("policy", "originators", "owners"),
    [("originator", [NOBODY], []), ("owner", [], [NOBODY]), ("nobody", [], [])],
)
async def test_who_hears_of_failures(
    start: Start,
    a_document: dict[str, Any],
    b_document: dict[str, Any],
    policy: str,
    originators: list[str],
    owners: list[str],
) -> None:
    lists(a_document, all_={"members": [NOBODY], "reports": policy, "owner": OWNER})
    a, b = await start(a_document), await start(b_document)
    (sent,) = await b.send(ALL, report="delivery")
    await b.said("reported", mts_identifier=sent, recipient=NOBODY)
    await a.said("transfer", direction="in", connector="TO-B")
    if policy == "originator":
        await b.said("report", mts_identifier=sent, recipient=NOBODY)
    else:  # the list is delivered to
        told = await b.said("report", mts_identifier=sent, recipient=ALL)
        assert told["outcome"].startswith("delivered")
    if policy == "owner":
        await a.said("report", originator=OWNER, recipient=NOBODY)
    elif policy == "nobody":
        assert "by the policy of the distribution list" in (await a.said("discarded"))["reason"]
    heard = {each["recipient"] for each in b.all("report")} - {ALL}
    assert sorted(heard) == originators
    assert [each["recipient"] for each in a.all("report")] == owners


async def test_who_may_not_use_it_is_told_so_and_a_probe_tells_whether_one_may(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    lists(a_document, all_={"members": [JONES], "may_use": [{"surname": "Jones"}]})
    a, b = await start(a_document), await start(b_document)
    (refused,) = await b.send(ALL)
    told = await b.said("report", mts_identifier=refused)
    assert told["outcome"] == "not delivered: unable-to-transfer, no-dl-submit-permission"
    (probe,) = await a.send(ALL, probe=True)
    assert (await a.said("report", mts_identifier=probe))["outcome"].startswith("delivered")
    assert a.all("delivered") == []
    with pytest.raises(Exception, match="no mailbox here and no connector"):
        await ask(a.directory, {"command": "submit", "from": JONES, "to": ["C=NO;A= ;S=X"]})
