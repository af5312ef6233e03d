"""What is said once something is kept, and who is woken by it."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from labkit.clock import LabClock
from labkit.config import parse
from labkit.records import Record
from mta_emu.mta.association.incoming import Arrived
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.dispatch.announcements import (
    Announcer,
    Enqueued,
    MayExpire,
    ToLog,
    WillBeReleased,
    arrival,
    copies_kept,
    entity,
    failures,
    priority,
)
from mta_emu.mta.log import records
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.store.mailbox import Delivery
from mta_emu.mta.store.queues import QueuedCopy
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.fields import Priority
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.probe import Probe
from mta_emu.mts.redirection import redirect
from mta_emu.mts.report import Diagnostic, NonDeliveryReason, NotDelivered
from mta_emu.mts.subject import Recipient

NOW = datetime(2026, 1, 1, tzinfo=UTC)
JONES = ORAddress.parse("C=US;A= ;P=Contoso;O=A;S=Jones")
SMITH, MILLER = (
    Recipient(ORAddress.parse(f"C=US;A= ;P=Contoso;O=B;S={name}"), number)
    for number, name in enumerate(("Smith", "Miller"), 1)
)
IDENTIFIER = MtsIdentifier(GlobalDomain("US", " "), "1")
ENVELOPE = Envelope(IDENTIFIER, JONES, (SMITH, MILLER), priority=Priority.URGENT)


class Scene:
    """An announcer, and all who hear of it, in their order."""

    def __init__(self) -> None:
        self.said: list[Any] = []
        journal = Journal(LabClock())
        journal.listen(lambda record: self.said.append(record.kind))
        connectors: dict[str, Any] = {"C": SimpleNamespace(enqueued=self.said.append)}
        self.announcer = Announcer(
            journal,
            lambda number, **values: self.said.append((number, values)),
            connectors,
            lambda: self.said.append("expiring"),
            lambda: self.said.append("deferring"),
        )


async def test_each_announcement_reaches_whom_it_is_for_in_their_order() -> None:
    scene = Scene()
    await scene.announcer.make(
        [
            records.Submitted("1"),
            ToLog(290, {"reason": "x"}),
            Enqueued("C", Priority.URGENT),
            Enqueued("GONE", Priority.URGENT),  # it waits for the connector's return
            MayExpire(),
            WillBeReleased(),
        ]
    )
    assert scene.said == [
        "submitted",
        (290, {"reason": "x"}),
        Priority.URGENT,
        "expiring",
        "deferring",
    ]


@pytest.mark.parametrize(
    ("how", "record"),
    [
        ({}, records.Submitted(str(IDENTIFIER))),
        (
            {"connector": "IN", "association": 3},
            records.Transfer("in", str(IDENTIFIER), "IN", 3, 1000),
        ),
        ({"connector": "IN", "deferred_since": NOW}, records.Released(str(IDENTIFIER))),
    ],
    ids=["submitted", "received", "released"],
)
def test_how_something_came(how: dict[str, Any], record: Record) -> None:
    assert arrival(replace(Arrived(ENVELOPE, 1000), **how)) == record


def test_copies_wake_their_connectors_after_it_is_said_what_they_lost() -> None:
    copies = [
        QueuedCopy("C", Priority.NORMAL, b"e", dropped="an extension", expires=NOW),
        QueuedCopy("D", Priority.NORMAL, b"e"),
    ]
    assert [*copies_kept("1", copies, [Delivery(["S"], "Hello")])] == [
        records.Delivered("1", "S", "Hello"),
        records.Downgraded("1", "C", "an extension"),
        Enqueued("C", Priority.NORMAL),
        MayExpire(),
        Enqueued("D", Priority.NORMAL),
    ]


UNKNOWN = NotDelivered(NonDeliveryReason.UNABLE_TO_TRANSFER, Diagnostic.UNRECOGNISED_OR_NAME)
IN_VAIN = NotDelivered(NonDeliveryReason.TRANSFER_FAILURE, Diagnostic.MAXIMUM_TIME_EXPIRED)


def logged(subject: Envelope, failed: dict[Any, NotDelivered]) -> list[tuple[int, Any]]:
    found = failures(subject, failed, message=7, content_length=99, entity="/CN=X")
    return [(each.number, each.values) for each in found]


def test_each_recipient_that_failed_is_event_290_and_the_message_270() -> None:
    first, message = logged(ENVELOPE, {MILLER.key: UNKNOWN})
    number, values = first
    assert (number, values["recipient"], values["recipient_number"]) == (290, MILLER.address, 2)
    assert (values["reason"], values["diagnostic"]) == (
        "unable-to-transfer",
        "unrecognised-OR-name",
    )
    assert values["redirected_to"] == ""
    assert message[0] == 270
    assert (
        message[1].items()
        >= {
            "dn": "/CN=X",
            "priority": "Urgent",
            "object": "06000007",
            "content_length": 99,
            "dump": 7,
        }.items()
    )


def test_what_was_only_tried_in_vain_is_no_fault_of_the_message() -> None:
    assert [number for number, _ in logged(ENVELOPE, {SMITH.key: IN_VAIN})] == [290]


def test_who_was_redirected_is_named_with_the_alternate() -> None:
    instead = redirect(SMITH, JONES, 0, NOW)
    subject = replace(ENVELOPE, recipients=(instead,))
    (_, values), _ = logged(subject, {instead.key: UNKNOWN})
    assert (values["recipient"], values["redirected_to"]) == (SMITH.address, JONES)


def test_a_probe_has_no_priority_of_its_own() -> None:
    assert priority(ENVELOPE) is Priority.URGENT
    assert priority(Probe(IDENTIFIER, JONES, (SMITH,))) is Priority.NORMAL


def test_the_entity_is_the_connector_or_this_mta(a_document: dict[str, Any]) -> None:
    config = parse(a_document, MtaConfig, "a.yaml")
    assert entity(config, "TO-B") == config.distinguished_name(config.connectors[0])
    assert entity(config, "") == entity(config, "GONE") == config.mta_distinguished_name
