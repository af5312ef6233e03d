"""What users ask of a running MTA."""

import io
from collections.abc import Awaitable, Callable
from typing import Any, BinaryIO, cast

import pytest

from mta_emu.mta.controlclient import ControlError, ask, send_files
from mta_emu.mta.dispatch import choosing
from mta_emu.mta.policy import routing
from mta_emu.mta.store import groupcommit
from mta_emu.mts import ipm
from mta_emu.mts.ipm.files import File
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.notification import Notification
from tests.mta_emu.mta.conftest import JONES, SMITH

Start = Callable[..., Awaitable[Any]]
BROWN = JONES.replace("Jones", "Brown")


def contents(mta: Any) -> dict[str, Any]:
    """What was delivered to each recipient, decoded."""
    return {
        mail.recipient: ipm.decode(
            mta.mta.store.contents.read(mail.message, 0, mail.content_length)
        )
        for mail in mta.mta.store.mailbox.read()
    }


def headings(mta: Any) -> dict[str, Any]:
    return {name: each.heading for name, each in contents(mta).items()}


async def test_blind_copies_are_seen_by_nobody_else(
    start: Start, a_document: Any, b_document: Any
) -> None:
    a, b = await start(a_document), await start(b_document)
    request = {"command": "submit", "from": JONES, "to": [SMITH], "cc": [BROWN], "bcc": [JONES]}
    first, second = (await ask(a.directory, request))["mts_identifiers"]
    assert first != second
    await b.said("delivered", mts_identifier=first)
    await a.said("delivered", mts_identifier=second)
    here, there = headings(a), headings(b)
    assert there[SMITH].blind_copy_recipients == here[BROWN].blind_copy_recipients == ()
    (blind,) = here[JONES].blind_copy_recipients
    assert str(blind) == JONES
    assert here[JONES].identifier == there[SMITH].identifier


async def test_blind_copies_have_the_files_too(start: Start, a_document: Any) -> None:
    a = await start(a_document)
    octets = bytes(range(256)) * 1000
    files = [io.BytesIO(octets[:200_000]), io.BytesIO(octets[200_000:]), io.BytesIO(b"")]
    for number, file in enumerate(files):
        file.name = f"f{number}"  # type: ignore[attr-defined]
    request = {"command": "submit_files", "from": JONES, "to": [JONES], "bcc": [BROWN]}
    reply = await send_files(a.directory, request, cast("list[BinaryIO]", files), lambda _: None)
    assert len(reply["mts_identifiers"]) == 2
    for each in contents(a).values():
        found = [part for part in each.body if isinstance(part, File)]
        assert b"".join(part.octets for part in found if isinstance(part.octets, bytes)) == octets


async def test_receipts_come_back(start: Start, a_document: Any, b_document: Any) -> None:
    a, b = await start(a_document), await start(b_document)
    (sent,) = await a.send(SMITH, subject="Read me", receipt=True)
    await b.said("delivered", mts_identifier=sent)
    asked = await ask(b.directory, {"command": "notify", "number": 1})
    (notified,) = asked["mts_identifiers"]
    await a.said("delivered", mts_identifier=notified, subject="Receipt notification")
    found = contents(a)[JONES]
    message = contents(b)[SMITH]
    assert isinstance(found, Notification)
    assert isinstance(message, InterpersonalMessage)
    assert found.message == message.heading.identifier
    assert found.receipt_time
    assert str(found.originator) == SMITH


@pytest.mark.parametrize(
    ("request_", "complaint"),
    [
        ({"number": 7}, "7: no mail has this number"),
        ({"number": 0}, "number: "),
        ({}, "number: "),
        ({"number": 1, "reason": "bored"}, "reason: "),
        ({"number": 1}, "nobody asked .* for a notification of receipt"),
    ],
)
async def test_notifications_that_cannot_be_sent(
    start: Start, a_document: Any, request_: dict[str, Any], complaint: str
) -> None:
    a = await start(a_document)
    await a.send(JONES)
    with pytest.raises(ControlError, match=complaint):
        await ask(a.directory, {"command": "notify", **request_})


async def test_many_recipients_do_not_hold_the_event_loop(start: Start, a_document: Any) -> None:
    a = await start(a_document)
    everybody = [JONES.replace("Jones", f"J{number}") for number in range(1000)]
    request = {"command": "submit", "from": JONES, "to": everybody, "text": "x"}
    (sent,) = (await ask(a.directory, request))["mts_identifiers"]
    await a.said("delivered", mts_identifier=sent, recipient=everybody[-1])
    wrong = [*everybody[:-1], "C=US"]
    with pytest.raises(ControlError, match="the administration domain A is missing"):
        await ask(a.directory, request | {"to": wrong})
    nowhere = [*everybody[:-1], "C=NO;A= ;S=X"]
    with pytest.raises(ControlError, match="no connector for C=NO"):
        await ask(a.directory, request | {"to": nowhere})


async def test_a_mail_that_is_no_message_has_no_receipt(start: Start, a_document: Any) -> None:
    a = await start(a_document)
    await a.send(JONES, receipt=True)
    await ask(a.directory, {"command": "notify", "number": 1})
    await a.said("delivered", subject="Receipt notification")
    with pytest.raises(ControlError, match="mail 2 is no message to notify of"):
        await ask(a.directory, {"command": "notify", "number": 2})


async def test_a_long_message_has_its_subject_in_every_list(start: Start, a_document: Any) -> None:
    """../shared/faults/14: above 1 MB it had none."""
    a = await start(a_document)
    file = io.BytesIO(bytes(1_100_000))
    file.name = "big"  # type: ignore[attr-defined]
    request = {"command": "submit_files", "from": JONES, "to": [JONES], "subject": "big"}
    await send_files(a.directory, request, cast("list[BinaryIO]", [file]), lambda _: None)
    await a.said("delivered", subject="big")
    (mail,) = a.mta.store.mailbox.read()
    assert (mail.subject, mail.content_length > 1_100_000) == ("big", True)


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        # free-form-name [0] TeletexString
        ("S=Jones;G=Jo", "8008 4a6f204a6f6e6573"),
        ("CN=Jo J.;S=Jones;G=Jo", "8005 4a6f204a2e"),
        ("S=Jones", ""),
    ],
)
@pytest.mark.parametrize("wanted", [False, True])
async def test_free_form_names_go_along_where_that_is_wanted(
    start: Start, a_document: Any, wanted: bool, attributes: str, name: str
) -> None:
    """Q163464: the display name, which an address with a surname alone does not have."""
    a_document["server"]["registry"] = {"free_form_names": wanted}
    a = await start(a_document)
    user = f"C=US;A= ;P=Contoso;O=A;{attributes}"
    await ask(a.directory, {"command": "submit", "from": user, "to": [user]})
    await a.said("delivered")
    (mail,) = a.mta.store.mailbox.read()
    octets = a.mta.store.contents.read(mail.message, 0, mail.content_length)
    expected = 2 if wanted and name else 0
    assert octets.count(bytes.fromhex(name or "8008 4a6f204a6f6e6573")) == expected


async def test_a_free_form_name_that_was_given_stays(start: Start, a_document: Any) -> None:
    a = await start(a_document)
    user = "C=US;A= ;P=Contoso;O=A;S=Jones;G=Jo"
    await ask(a.directory, {"command": "submit", "from": user, "to": [f"The boss <{user}>"]})
    await a.said("delivered")
    (heading,) = headings(a).values()
    assert str(heading.originator).startswith("Jo Jones <")
    assert str(heading.recipients[0]).startswith("The boss <")


@pytest.mark.parametrize("wanted", [False, True])
async def test_directory_names_go_along_where_that_is_wanted(
    start: Start, a_document: Any, wanted: bool
) -> None:
    a_document["server"]["registry"] = {"directory_names": wanted}
    a = await start(a_document)
    await a.send(JONES)
    await a.said("delivered")
    originator = headings(a)[JONES].originator.formal_name
    assert bool(originator.directory_name) is wanted


async def test_messages_are_numbered_one_after_the_other(
    start: Start, a_document: Any, b_document: Any
) -> None:
    """No number is spent on a report that is never made."""
    a, _ = await start(a_document), await start(b_document)
    identifiers = await a.send(SMITH, count=3) + await a.send(SMITH) + await a.send(JONES)
    assert [int(each.rstrip("]").rpartition("-")[2]) for each in identifiers] == [1, 2, 3, 4, 5]


async def test_a_route_is_selected_once_for_a_message_that_is_submitted(
    start: Start, a_document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    selected: list[Any] = []

    def select(routes: Any, question: Any) -> Any:
        selected.append(question)
        return routing.select(routes, question)

    monkeypatch.setattr(choosing, "select", select)
    a = await start(a_document)
    await a.send(SMITH)
    assert len(selected) == 1


@pytest.mark.parametrize(
    ("recipients", "text", "commits"), [(1, "short", 1), (8, "short", 4), (1, "x" * 10_000, 4)]
)
async def test_messages_of_a_request_are_kept_together_when_they_are_short(
    start: Start,
    a_document: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    recipients: int,
    text: str,
    commits: int,
) -> None:
    monkeypatch.setattr(groupcommit, "_LONGEST", float("inf"))
    a = await start(a_document)
    said: list[str] = []
    wanted = {"INSERT INTO mailbox", "COMMIT"}
    a.mta.store._database._connection.set_trace_callback(
        lambda statement: said.extend(each for each in wanted if statement.startswith(each))
    )
    to = [f"C=US;A= ;P=Contoso;O=A;S=User{number}" for number in range(recipients)]
    request = {"command": "submit", "from": to[0], "to": to, "count": 4, "text": text}
    await a.mta.commands["submit"](request)
    groups = " ".join(said).split("COMMIT")
    assert sum("mailbox" in each for each in groups) == commits
