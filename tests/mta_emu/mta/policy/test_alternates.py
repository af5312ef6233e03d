"""Alternate recipients: who gets what cannot be delivered, and who never gets it twice."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mta_emu.mta.association.incoming import Arrived
from mta_emu.mta.controlclient import ask
from mta_emu.mta.policy import reports
from mta_emu.mta.policy.alternates import Alternate, instead
from mta_emu.mta.policy.routing import Criterion
from mta_emu.mta.store.store import Store
from mta_emu.mta.store.tracking import Action
from mta_emu.mts.apdu import decode_head
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.extension import StandardExtension
from mta_emu.mts.fields import PerMessageIndicators
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.redirection import RedirectionReason, redirect, requesting_alternate
from mta_emu.mts.report import NotDelivered
from mta_emu.mts.subject import Recipient
from mta_emu.mts.wishes import prohibition
from mta_emu.tap import TapFile

from ..test_end_to_end import PORT, judged_by_tshark

Start = Callable[..., Awaitable[Any]]
JONES, SMITH = "C=US;A= ;P=Contoso;O=A;S=Jones", "C=US;A= ;P=Contoso;O=B;S=Smith"
NOBODY, ABSENT = "C=US;A= ;P=Contoso;O=B;S=Nobody", "C=US;A= ;P=Contoso;O=A;S=Absent"
DOMAIN = GlobalDomain("us", " ", "Contoso")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
UNKNOWN = reports.NO_ROUTE[Criterion.ADDRESS_SPACE]
REQUESTED = RedirectionReason.ORIGINATOR_REQUESTED_ALTERNATE_RECIPIENT
ASSIGNED = RedirectionReason.RECIPIENT_MD_ASSIGNED_ALTERNATE_RECIPIENT
NOBODY_HERE, JONES_HERE, SMITH_HERE = map(ORAddress.parse, (NOBODY, JONES, SMITH))
TO_NOBODY = Recipient(NOBODY_HERE)
ASKS_FOR_JONES = requesting_alternate(TO_NOBODY, JONES_HERE)
ABROAD = Recipient(replace(NOBODY_HERE, private_domain="Fabrikam"))


@pytest.mark.parametrize(
    ("recipient", "failure", "allowed", "expected"),
    [
        (TO_NOBODY, UNKNOWN, True, (SMITH_HERE, ASSIGNED)),
        (TO_NOBODY, reports.OPEN_RETRIES_USED_UP, True, (SMITH_HERE, ASSIGNED)),
        (TO_NOBODY, UNKNOWN, False, UNKNOWN),
        (TO_NOBODY, reports.TOO_OLD, True, reports.TOO_OLD),
        (TO_NOBODY, reports.LOOP, True, reports.LOOP),
        (ASKS_FOR_JONES, replace(reports.TOO_LARGE, detail="x"), True, reports.TOO_LARGE),
        (ASKS_FOR_JONES, reports.WRONG, True, reports.WRONG),
        (ABROAD, UNKNOWN, True, UNKNOWN),  # its own domain assigns, not this one
        (ASKS_FOR_JONES, UNKNOWN, True, (JONES_HERE, REQUESTED)),
        (ASKS_FOR_JONES, UNKNOWN, False, (JONES_HERE, REQUESTED)),
        (  # the alternate that was asked for has failed as well
            redirect(ASKS_FOR_JONES, JONES_HERE, REQUESTED, NOON),
            UNKNOWN,
            True,
            (SMITH_HERE, ASSIGNED),
        ),
        (redirect(TO_NOBODY, SMITH_HERE, ASSIGNED, NOON), UNKNOWN, True, UNKNOWN),
        (  # from Smith to nobody, and there is only Smith
            redirect(Recipient(SMITH_HERE), NOBODY_HERE, ASSIGNED, NOON),
            UNKNOWN,
            True,
            reports.REDIRECTION_LOOP,
        ),
    ],
)
def test_who_gets_it_instead(
    recipient: Recipient,
    failure: NotDelivered,
    allowed: bool,
    expected: tuple[ORAddress, RedirectionReason] | NotDelivered,
) -> None:
    flags = PerMessageIndicators.ALTERNATE_RECIPIENT_ALLOWED if allowed else 0
    subject = Envelope(
        MtsIdentifier(DOMAIN, "M"), JONES_HERE, (recipient,), indicators=PerMessageIndicators(flags)
    )
    found = instead(subject, recipient, failure, domain=DOMAIN, assigned=SMITH_HERE)
    assert found == (Alternate(*expected) if isinstance(expected, tuple) else expected)


@pytest.mark.element("redirection disallowed by originator")
def test_who_must_not_be_reassigned_gets_no_assigned_alternate() -> None:
    prohibited = prohibition(StandardExtension.RECIPIENT_REASSIGNMENT_PROHIBITED)
    subject = Envelope(
        MtsIdentifier(DOMAIN, "M"),
        JONES_HERE,
        (TO_NOBODY,),
        indicators=PerMessageIndicators.ALTERNATE_RECIPIENT_ALLOWED,
        extensions=(prohibited,),
    )
    found = instead(subject, TO_NOBODY, UNKNOWN, domain=DOMAIN, assigned=SMITH_HERE)
    assert str(found) == "not delivered: unable-to-transfer, recipient-reassignment-prohibited"
    asked = instead(subject, ASKS_FOR_JONES, UNKNOWN, domain=DOMAIN, assigned=SMITH_HERE)
    assert asked == Alternate(JONES_HERE, REQUESTED)
    none = instead(subject, TO_NOBODY, UNKNOWN, domain=DOMAIN, assigned=None)
    assert none == UNKNOWN


def test_a_message_for_somebody_it_was_redirected_from_is_in_a_loop() -> None:
    there = redirect(TO_NOBODY, SMITH_HERE, ASSIGNED, NOON)
    back = redirect(there, NOBODY_HERE, ASSIGNED, NOON)
    assert reports.recipient_refusal(there) is None
    assert reports.recipient_refusal(back) == reports.REDIRECTION_LOOP


@pytest.fixture(autouse=True)
def known(a_document: dict[str, Any], b_document: dict[str, Any]) -> None:
    """A has a mailbox for Jones alone, and B for Smith."""
    for document, surname in ((a_document, "Jones"), (b_document, "Smith")):
        document["server"]["mailboxes"][0]["surname"] = surname


@pytest.mark.element("originator requested alternate recipient")
async def test_the_alternate_that_the_originator_asks_for_gets_it_even_back_home(
    start: Start,
    a_document: Any,
    b_document: Any,
    tmp_path: Path,
    tshark: Callable[..., list[dict[str, list[str]]]],
) -> None:
    """From A to nobody at B, and from there to Jones at A; Wireshark reads what it is told."""
    log = tmp_path / "tap"
    a, b = await start(a_document, tap=TapFile(log)), await start(b_document)
    (sent,) = await a.send(NOBODY, alternate=JONES, report="delivery")
    (told,) = [await a.said("delivered", mts_identifier=sent)]
    assert told["recipient"] == JONES
    report = await a.said("report", mts_identifier=sent)
    assert report["recipient"] == NOBODY
    assert report["text"].startswith(f"Redirected to {JONES}. Delivered at ")
    (redirection,) = b.all("redirected")
    assert (redirection["recipient"], redirection["alternate"]) == (NOBODY, JONES)
    assert redirection["reason"] == "originator-requested-alternate-recipient"
    (kept,) = Store.reader(a.directory).reports.read(sent)
    assert (kept.recipient, kept.redirected_to) == (NOBODY, JONES)
    steps = [step.what for step in b.mta.store.tracking.follow(sent)]
    assert steps[:3] == [Action.RECEIVED, Action.REDIRECTED, Action.QUEUED]
    await b.until(lambda: b.mta.store.queues.lengths() == {})
    await asyncio.gather(a.stop(), b.stop())
    capture = judged_by_tshark(log, tmp_path, tshark)
    fields = ("p1.redirection_reason", "p1.OtherActions.redirected")
    packets = tshark(capture, *fields, where="p1.redirection_reason", port=PORT)
    assert [packet["p1.redirection_reason"] for packet in packets] == [["1"]]
    assert set(packets[0]["p1.OtherActions.redirected"]) == {"1"}
    asked = "p1.OriginatorRequestedAlternateRecipient_element"
    assert tshark(capture, "frame.number", where=asked, port=PORT)


@pytest.mark.parametrize("allowed", [True, False])
@pytest.mark.element("alternate recipient allowed")
@pytest.mark.element("alternate recipient assignment")
async def test_the_alternate_of_the_domain_gets_what_its_originator_allows(
    start: Start, a_document: Any, b_document: Any, allowed: bool
) -> None:
    b_document["server"]["alternate_recipient"] = SMITH
    a, b = await start(a_document), await start(b_document)
    (sent,) = await a.send(NOBODY, alternate_allowed=allowed)
    if allowed:
        assert (await b.said("delivered", mts_identifier=sent))["recipient"] == SMITH
        assert b.all("redirected")[0]["reason"] == "recipient-MD-assigned-alternate-recipient"
        assert b.events == []
    else:
        await a.said("report", mts_identifier=sent)
        assert b.all("delivered") == b.all("redirected") == []


async def test_an_alternate_that_fails_too_is_reported_with_both_names(
    start: Start, a_document: Any, b_document: Any
) -> None:
    a, b = await start(a_document), await start(b_document)
    elsewhere = NOBODY.replace("Nobody", "Miller")
    (sent,) = await a.send(NOBODY, alternate=elsewhere)
    report = await a.said("report", mts_identifier=sent)
    assert (report["recipient"], report["outcome"]) == (NOBODY, str(UNKNOWN))
    text = b.all("event", id=290)[0]["text"]
    assert f"originally destined for {NOBODY} (recipient number 1)" in text
    assert f"was to be redirected to {elsewhere}." in text


async def test_two_domains_alternates_that_name_each_other_end_the_message(
    start: Start, a_document: Any, b_document: Any
) -> None:
    a_document["server"]["alternate_recipient"] = NOBODY
    b_document["server"]["alternate_recipient"] = ABSENT
    a, b = await start(a_document), await start(b_document)
    (sent,) = await a.send(NOBODY, alternate_allowed=True)
    report = await a.said("report", mts_identifier=sent)
    assert report["outcome"] == str(reports.REDIRECTION_LOOP)
    assert report["recipient"] == NOBODY
    assert [each["alternate"] for each in b.all("redirected")] == [ABSENT]
    assert a.all("redirected") == []


async def test_what_a_connector_gives_up_goes_to_the_alternate_first(
    start: Start, a_document: Any
) -> None:
    """B cannot be reached; the copy for Smith ends in Jones's mailbox, and nothing is reported."""
    a_document["connectors"][0]["override"] = {"max_open_retries": 1}
    a = await start(a_document, scale=3600)
    (sent,) = await a.send(SMITH, alternate=JONES, text="Hello")
    assert (await a.said("delivered", mts_identifier=sent))["recipient"] == JONES
    assert a.all("report") == a.all("event", id=290) == []
    assert a.mta.store.queues.lengths() == {}
    (mail,) = a.mta.store.mailbox.read()
    assert mail.content_length == len(a.mta.store.contents.read(mail.message, 0, 1 << 16)) > 0
    steps = [step.what for step in a.mta.store.tracking.follow(sent)]
    assert steps[-3:] == [Action.GIVEN_UP, Action.REDIRECTED, Action.DELIVERED]


async def test_only_the_copies_that_fail_are_redirected(
    start: Start, a_document: Any, b_document: Any
) -> None:
    b_document["server"]["alternate_recipient"] = JONES
    a, b = await start(a_document), await start(b_document)
    request = {"command": "submit", "from": JONES, "to": [SMITH, NOBODY]}
    reply = await ask(a.directory, request | {"alternate_allowed": True})
    (sent,) = reply["mts_identifiers"]
    assert (await b.said("delivered", mts_identifier=sent))["recipient"] == SMITH
    assert (await a.said("delivered", mts_identifier=sent))["recipient"] == JONES
    assert len(b.all("delivered")) == len(a.all("delivered")) == 1
    assert a.events == b.events == []


async def test_recipients_with_the_same_number_all_stay(start: Start, a_document: Any) -> None:
    """Their numbers must differ, but nobody loses mail when they do not."""
    a = await start(a_document)
    people = [ORAddress.parse(f"C=US;A= ;P=Contoso;O=B;S={name}") for name in ("One", "Two")]
    envelope = Envelope(
        MtsIdentifier(DOMAIN, "M"), JONES_HERE, tuple(Recipient(each, 1) for each in people)
    )
    kept = a.mta.store.contents.keep(b"Hello")
    await a.mta._dispatcher.take(Arrived(envelope, 0, kept, 5))
    (entry,) = a.mta.store.queues.waiting("TO-B")
    assert [each.address for each in decode_head(entry.envelope).recipients] == people
