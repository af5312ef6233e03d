"""Reports and probes between MTAs on real sockets, and what the dispatcher keeps."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from types import FrameType
from typing import Any

import pytest

from mta_emu.mta.association.incoming import Arrived, IncomingMessage
from mta_emu.mta.controlclient import ask
from mta_emu.mta.dispatch.distributing import Distributor
from mta_emu.mta.policy import reports
from mta_emu.mta.policy.routing import Criterion
from mta_emu.mta.store import groupcommit
from mta_emu.mta.store.database import DiskFullError
from mta_emu.mta.store.store import Store
from mta_emu.mta.store.tracking import Action
from mta_emu.mts import ipm
from mta_emu.mts.apdu import decode_head, encode_head
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.extension import Extension
from mta_emu.mts.fields import Priority
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.text import GeneralText, IA5Text
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.report import Diagnostic, NonDeliveryReason, NotDelivered, Report
from mta_emu.mts.subject import Recipient
from mta_emu.mts.trace import TraceElement
from mta_emu.osi import ber

Start = Callable[..., Awaitable[Any]]
JONES, SMITH = "C=US;A= ;P=Contoso;O=A;S=Jones", "C=US;A= ;P=Contoso;O=B;S=Smith"
NOBODY = "C=US;A= ;P=Contoso;O=B;S=Nobody"


@pytest.fixture
def knows_smith(b_document: dict[str, Any]) -> dict[str, Any]:
    """B, which has a mailbox for Smith and for nobody else."""
    b_document["server"]["mailboxes"] = [{"country": "US", "organization": "B", "surname": "Smith"}]
    return b_document


@pytest.mark.element("non-delivery notification")
@pytest.mark.element("multi-destination delivery")
async def test_an_unknown_recipient_is_reported_and_the_others_are_delivered_to(
    start: Start, a_document: dict[str, Any], knows_smith: dict[str, Any]
) -> None:
    a, b = await start(a_document), await start(knows_smith)
    request = {"command": "submit", "from": JONES, "to": [SMITH, NOBODY], "subject": "Hello"}
    (identifier,) = (await ask(a.directory, request))["mts_identifiers"]
    await b.said("delivered", mts_identifier=identifier, recipient=SMITH)
    report = await a.said("report", mts_identifier=identifier)
    assert (report["originator"], report["recipient"]) == (JONES, NOBODY)
    assert report["outcome"] == "not delivered: unable-to-transfer, unrecognised-OR-name"
    assert report["text"] == "The recipient's address is not known."
    assert b.all("reported", recipient=NOBODY)
    assert len(a.all("report")) == 1
    (told,) = Store.reader(a.directory).reports.read(identifier)
    assert told.outcome == NotDelivered(
        NonDeliveryReason.UNABLE_TO_TRANSFER, Diagnostic.UNRECOGNISED_OR_NAME
    )
    assert told.content_identifier == "Hello"
    text = b.all("event", id=290)[0]["text"]
    assert text == (
        "A non-delivery report (reason code unable-to-transfer and diagnostic code "
        f"unrecognised-OR-name) is being generated for message {identifier}. It was originally "
        f"destined for {NOBODY} (recipient number 2), and was to be redirected to . "
        "[MTA DISP:RESULT 14 136] (12)"
    )
    await b.said("transfer", direction="out")
    assert Store.reader(b.directory).queues.lengths() == {}


@pytest.mark.element("delivery notification")
async def test_a_delivery_report_comes_when_it_is_asked_for(
    start: Start, a_document: dict[str, Any], knows_smith: dict[str, Any]
) -> None:
    a, _ = await start(a_document), await start(knows_smith)
    (wanted,) = await a.send(SMITH, report="delivery")
    report = await a.said("report")
    assert report["mts_identifier"] == wanted
    assert report["text"].startswith("Delivered at 20")
    (unwanted,) = await a.send(NOBODY, report="none")
    (asked,) = await a.send(NOBODY)
    await a.said("report", mts_identifier=asked)
    assert not a.all("report", mts_identifier=unwanted)
    # though the originating MTA was told of it
    assert len(a.all("transfer", direction="in")) == 3


@pytest.mark.element("probe")
async def test_a_probe_is_answered_and_delivers_nothing(
    start: Start, a_document: dict[str, Any], knows_smith: dict[str, Any]
) -> None:
    a, b = await start(a_document), await start(knows_smith)
    (good,), (bad,) = await a.send(SMITH, probe=True), await a.send(NOBODY, probe=True)
    assert (await a.said("report", mts_identifier=good))["outcome"].startswith("delivered")
    assert (await a.said("report", mts_identifier=bad))["text"].startswith("The recipient's addr")
    assert b.all("delivered") == []
    assert list(Store.reader(b.directory).mailbox.read()) == []


async def test_a_message_for_two_mailboxes_here_is_reported_here(
    start: Start, a_document: dict[str, Any]
) -> None:
    a = await start(a_document)
    (identifier,) = await a.send(JONES, report="delivery")
    assert (await a.said("report"))["mts_identifier"] == identifier
    assert a.all("association") == []


async def test_a_message_given_up_is_reported_as_congestion(
    start: Start, a_document: dict[str, Any]
) -> None:
    a = await start(a_document)  # B is not there
    (identifier,) = await a.send(SMITH, subject="Late")
    await a.said("connector", state="waiting")
    connector = a.mta._connectors["TO-B"]
    (entry,) = a.mta._store.queues.waiting("TO-B")
    connector.outbox.give_up(entry, reports.OPEN_RETRIES_USED_UP)
    report = await a.said("report", mts_identifier=identifier)
    assert "congestion in the message transfer service" in report["text"]
    assert connector.status().queued == 0
    text = a.all("event", id=290)[0]["text"]
    assert "(reason code transfer-failure and diagnostic code maximum-time-expired)" in text


async def test_permanent_errors_are_270_when_logging_is_turned_up(
    start: Start, a_document: dict[str, Any], knows_smith: dict[str, Any]
) -> None:
    knows_smith["server"]["diagnostics_logging"] = {"x400_service": "minimum"}
    a, b = await start(a_document), await start(knows_smith)
    (identifier,) = await a.send(NOBODY, priority="urgent")
    text = (await b.said("event", id=270))["text"]
    entity = "/O=Contoso/OU=Lab/CN=Configuration/CN=Connections/CN=TO-A"
    assert text.startswith(
        f"A permanent error has occurred with Entity {entity}. Entity is a Message Object is a "
        "Urgent Priority Message. Object: 06000001. "
        f"Message ID: {identifier}. Content length: "
    )
    # the trace: [APPLICATION 9] { { [APPLICATION 3] { C=US ...
    assert "External Trace information (first 100 bytes) = 69" in text
    assert text.endswith(", PDU dump reference 1 [MTA SUBMIT 12 74] (14)")


async def test_a_message_too_long_for_the_connector_is_reported(
    start: Start, a_document: dict[str, Any]
) -> None:
    a_document["connectors"][0]["advanced"] = {"message_size_limit": 1}
    a = await start(a_document)
    await a.send(SMITH, text="x" * 2000)
    report = await a.said("report")
    assert report["outcome"] == "not delivered: unable-to-transfer, content-too-long"


async def test_a_loop_is_reported_though_the_message_is_known(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    """A sends all of O=C to B, and B all of it to A."""
    for document in (a_document, b_document):
        document["connectors"][0]["address_space"] += [{"country": "US", "organization": "C"}]
    b_document["connectors"].append(
        {
            "general": b_document["connectors"][0]["general"] | {"directory_name": "ROUND"},
            "stack": {"address": "127.0.113.88"},
            "address_space": [{"country": "US", "organization": "C"}],
        }
    )
    a, b = await start(a_document), await start(b_document)
    (identifier,) = await a.send("C=US;A= ;P=Contoso;O=C;S=X")
    report = await a.said("report", mts_identifier=identifier)
    assert report["outcome"] == "not delivered: unable-to-transfer, loop-detected"
    await b.said("transfer", direction="out", connector="ROUND", mts_identifier=identifier)


@pytest.mark.parametrize("silent", [False, True])
async def test_a_message_that_comes_back_to_its_site_is_reported(
    start: Start, a_document: dict[str, Any], silent: bool
) -> None:
    """It has no trace of MTAs, but the names of sites; Lab is A's, and was left (Q157358)."""
    a_document["server"]["registry"] = {"do_not_generate_bilateral_info": silent}
    a = await start(a_document)
    domain = a.mta.config.server.global_domain.for_trace()
    originator, recipient = ORAddress.parse(SMITH), Recipient(ORAddress.parse(JONES))
    envelope = Envelope(MtsIdentifier(domain, "M"), originator, (recipient,))
    for site in ("/O=Contoso/OU=Lab", "/O=Contoso/OU=South"):
        envelope = envelope.entered(domain, site)
    envelope = replace(envelope, trace=(TraceElement(domain, datetime.now(UTC)),))
    message = a.mta.store.contents.keep(b"")
    await a.mta._dispatcher.take(Arrived(envelope, 0, message, 0, connector="TO-B"))
    if silent:
        await a.said("delivered", recipient=JONES)
    else:
        reported = await a.said("reported", recipient=JONES)
        assert reported["outcome"] == "not delivered: unable-to-transfer, loop-detected"


async def test_what_is_too_large_is_reported_and_the_rest_goes_on(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    """By a report, and not by refusing the transfer (X.411 Annex B)."""
    a, b = await start(a_document), await start(b_document)
    domain = a.mta.config.server.global_domain.for_trace()
    smith = ORAddress.parse(SMITH)
    recipients = (Recipient(smith, 1), Recipient(replace(smith, given_name="x" * 17), 2))
    envelope = Envelope(MtsIdentifier(domain, "M"), ORAddress.parse(JONES), recipients)
    long = {"identifier": MtsIdentifier(domain, "N"), "content_identifier": "x" * 17}
    for each in (envelope, replace(envelope, **long)):
        message = a.mta.store.contents.keep(b"")
        await a.mta._dispatcher.take(Arrived(each, 0, message, 0))
    await b.said("delivered", mts_identifier=str(envelope.identifier), recipient=SMITH)
    told = [
        (each["mts_identifier"], each["recipient"], each["outcome"]) for each in a.all("report")
    ]
    outcome = "not delivered: unable-to-transfer, size-constraint-violation"
    assert told == [
        ("[C=US;A= ;P=Contoso;M]", f"{SMITH};G={'x' * 17}", outcome),
        ("[C=US;A= ;P=Contoso;N]", SMITH, outcome),
        ("[C=US;A= ;P=Contoso;N]", f"{SMITH};G={'x' * 17}", outcome),
    ]


def two_for_jones(a: Any, *local: str) -> list[Arrived]:
    """Messages with these local identifiers that have come, their contents held."""
    domain, jones = a.mta.config.server.global_domain.for_trace(), ORAddress.parse(JONES)
    return [
        Arrived(
            Envelope(MtsIdentifier(domain, each), ORAddress.parse(SMITH), (Recipient(jones),)),
            *(7, a.mta.store.contents.hold(b"content"), 7, "TO-B"),
        )
        for each in local
    ]


async def test_messages_that_come_together_are_kept_in_one_commit(
    start: Start, a_document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groupcommit, "_LONGEST", float("inf"))
    a = await start(a_document)
    said: list[str] = []
    wanted = {"INSERT INTO mailbox", "COMMIT"}
    a.mta.store._database._connection.set_trace_callback(
        lambda statement: said.extend(each for each in wanted if statement.startswith(each))
    )
    await asyncio.gather(*map(a.mta._dispatcher.take, two_for_jones(a, "M", "N")))
    first = said.index("INSERT INTO mailbox")
    assert said[first : first + 3] == ["INSERT INTO mailbox", "INSERT INTO mailbox", "COMMIT"]
    mails = list(Store.reader(a.directory).mailbox.read())
    assert {each.mts_identifier for each in mails} == {
        "[C=US;A= ;P=Contoso;M]",
        "[C=US;A= ;P=Contoso;N]",
    }
    contents = Store.reader(a.directory).contents
    assert {contents.read(each.message, 0, 9) for each in mails} == {b"content"}


async def test_a_message_that_comes_twice_at_once_is_delivered_once(
    start: Start, a_document: dict[str, Any]
) -> None:
    a = await start(a_document)
    await asyncio.gather(*map(a.mta._dispatcher.take, two_for_jones(a, "M", "M")))
    assert len(a.all("transfer", direction="in")) == 2
    assert len(list(a.mta.store.mailbox.read())) == 1
    assert list(a.mta.store.contents.incomplete()) == []


async def test_a_message_names_its_site(start: Start, a_document: dict[str, Any]) -> None:
    a = await start(a_document)
    await a.send(SMITH)
    (entry,) = a.mta.store.queues.waiting("TO-B")
    # [1] { { C US, { A [0] " ", P [1] Contoso }, PrintableString } }
    site = ber.tlv(b"\x13", b"/O=Contoso/OU=Lab")
    domain = bytes.fromhex("6104 1302 5553 3010 a003 1301 20 a109 1307 436f6e746f736f")
    member = ber.tlv(b"\xa1", ber.tlv(b"\x30", domain + site))
    assert member in ber.elements(ber.contents(entry.envelope))


async def test_a_report_is_made_with_the_end_of_its_message_or_not_at_all(
    start: Start, a_document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the process is killed, or the disk is full, before the transaction is committed."""
    a = await start(a_document)
    await a.send(SMITH)
    await a.said("connector", state="waiting")
    store, connector = a.mta._store, a.mta._connectors["TO-B"]
    (entry,) = store.queues.waiting("TO-B")

    def full(*_: Any) -> None:
        raise DiskFullError("no space")

    with monkeypatch.context() as patch:
        patch.setattr(store, "dequeue", full)
        connector.outbox.give_up(entry, reports.TRANSFER_RETRIES_USED_UP)
    assert list(store.reports.read()) == []
    assert [each.id for each in store.queues.waiting("TO-B")] == [entry.id]
    assert a.all("report") == a.all("event", id=290) == []
    assert store.disk.catch_up()
    await a.said("report")
    assert len(list(store.reports.read())) == len(a.all("event", id=290)) == 1
    assert list(store.queues.waiting("TO-B")) == []


def report_to(address: str) -> Report:
    subject = Envelope(
        MtsIdentifier(GlobalDomain("US", " "), "M"),
        ORAddress.parse(address),
        (Recipient(ORAddress.parse(SMITH)),),
    ).passed(GlobalDomain("US", " "), "B", datetime.now(UTC))
    identifier = MtsIdentifier(GlobalDomain("US", " "), "R")
    report = reports.report_on(
        subject, {subject.recipients[0].key: reports.LOOP}, new_identifier=lambda: identifier
    )
    assert report
    return report


async def test_there_is_no_report_on_a_report(start: Start, a_document: dict[str, Any]) -> None:
    a = await start(a_document)
    dispatcher = a.mta._dispatcher
    await dispatcher.take(Arrived(report_to("C=NO;A= ;S=X"), 0, connector="TO-B"))
    assert a.all("discarded")[0]["reason"] == str(reports.NO_ROUTE[Criterion.ADDRESS_SPACE])
    await dispatcher.take(Arrived(report_to(SMITH), 0))
    (entry,) = a.mta._store.queues.waiting("TO-B")
    assert entry.priority is Priority.URGENT
    a.mta._connectors["TO-B"].outbox.give_up(entry, reports.OPEN_RETRIES_USED_UP)
    assert len(a.all("discarded")) == 2
    assert list(a.mta._store.queues.waiting("TO-B")) == []
    assert a.all("reported") == a.all("report") == []


async def test_a_report_that_comes_twice_is_told_once(
    start: Start, a_document: dict[str, Any]
) -> None:
    a = await start(a_document)
    for _ in range(2):
        await a.mta._dispatcher.take(Arrived(report_to(JONES), 0, connector="TO-B"))
    assert len(a.all("report")) == len(list(a.mta._store.reports.read())) == 1


async def test_recipients_that_differ_in_what_is_not_written_are_two(
    start: Start, a_document: dict[str, Any]
) -> None:
    a = await start(a_document)
    jones = ORAddress.parse(JONES)
    recipients = [replace(jones, extension_attributes=((22, bytes((4, 1, n))),)) for n in (1, 2)]
    envelope = Envelope(
        MtsIdentifier(GlobalDomain("US", " "), "M"),
        jones,
        tuple(Recipient(each, number) for number, each in enumerate(recipients, 1)),
    )
    message = a.mta._store.contents.keep(b"content")
    await a.mta._dispatcher.take(Arrived(envelope, 7, message, 7))
    assert len(a.all("delivered")) == 2


@pytest.fixture
def speak_1984(a_document: dict[str, Any], b_document: dict[str, Any]) -> None:
    """Both MTAs speak P1 of 1984 with each other."""
    for document in (a_document, b_document):
        document["connectors"][0]["advanced"] = {"conformance": "1984"}


@pytest.mark.usefixtures("speak_1984")
async def test_messages_reports_and_probes_go_by_p1_of_1984(
    start: Start, a_document: dict[str, Any], knows_smith: dict[str, Any]
) -> None:
    a, b = await start(a_document), await start(knows_smith)
    (message,) = await a.send(SMITH, report="delivery")
    (failed,) = await a.send(NOBODY)
    (probe,) = await a.send(SMITH, probe=True)
    assert (await a.said("report", mts_identifier=message))["outcome"].startswith("delivered")
    assert "unrecognised-OR-name" in (await a.said("report", mts_identifier=failed))["outcome"]
    assert (await a.said("report", mts_identifier=probe))["outcome"].startswith("delivered")
    dropped = {record["dropped"] for mta in (a, b) for record in mta.all("downgraded")}
    assert dropped == {"content type, encoded information types"}  # of reports: mail loses nothing
    steps = [step.what for step in a.mta._store.tracking.follow(message)]
    assert Action.DOWNGRADED not in steps


@pytest.mark.usefixtures("speak_1984")
async def test_what_1984_cannot_carry_is_reported(start: Start, a_document: dict[str, Any]) -> None:
    a = await start(a_document)
    smith = replace(ORAddress.parse(SMITH), extension_attributes=((22, b"\x13\x01x"),))
    envelope = Envelope(
        MtsIdentifier(GlobalDomain("US", " "), "M"), ORAddress.parse(JONES), (Recipient(smith),)
    )
    message = a.mta._store.contents.keep(b"content")
    await a.mta._dispatcher.take(Arrived(envelope, 7, message, 7))
    (report,) = a.all("report")
    assert report["text"] == "The message cannot be put into the protocol of 1984."
    assert list(a.mta._store.queues.waiting("TO-B")) == []


@pytest.mark.usefixtures("speak_1984")
@pytest.mark.parametrize(("text", "content_type"), [("plain", 2), ("caf\xe9", 22)])
@pytest.mark.element("content type indication")
async def test_p22_becomes_p2_where_it_is_the_same(
    start: Start, a_document: dict[str, Any], text: str, content_type: int
) -> None:
    """What others wrote is not converted; only its label may say less."""
    other = {"directory_name": "FROM", "remote_mta_name": "C"}
    a_document["connectors"].append({"general": other, "stack": {"address": "127.0.100.89"}})
    a = await start(a_document)
    jones, smith = ORAddress.parse(JONES), ORAddress.parse(SMITH)
    part = IA5Text(text) if text.isascii() else GeneralText(text)
    content = ipm.encode(InterpersonalMessage.of("1", jones, (smith,), "Relayed", (part,)))
    envelope = Envelope(MtsIdentifier(GlobalDomain("US", " "), "M"), jones, (Recipient(smith),))
    message, length = a.mta._store.contents.keep(content), len(content)
    await a.mta._dispatcher.take(Arrived(envelope, length, message, length, connector="FROM"))
    (entry,) = a.mta._store.queues.waiting("TO-B")
    head = decode_head(entry.envelope)
    assert isinstance(head, Envelope)
    assert head.content_type == content_type
    assert (entry.conversion, entry.content_length) == (None, length)


async def test_a_reroute_to_a_system_of_1984_is_downgraded(
    start: Start, a_document: dict[str, Any]
) -> None:
    """Neither TO-B nor OLD can be opened, so the message goes to and fro between them."""
    old = {
        "general": a_document["connectors"][0]["general"] | {"directory_name": "OLD"},
        "stack": {"address": "127.0.100.89"},
        "address_space": [{"country": "US", "organization": "B", "cost": 50}],
        "advanced": {"conformance": "1984"},
    }
    a_document["connectors"].append(old)
    a = await start(a_document)
    (identifier,) = await a.send(SMITH, delivery_methods=["mhs"])
    await a.said("rerouted", mts_identifier=identifier, connector="OLD")
    downgraded = await a.said("downgraded", connector="OLD")
    assert downgraded["dropped"] == "requested-delivery-method of recipient 1"
    kinds = {"OLD": 2, "TO-B": 22}  # what it is for each: P2, and P22 again
    ((queue, entry),) = [
        (name, entry) for name in kinds for entry in a.mta._store.queues.waiting(name)
    ]
    envelope = decode_head(entry.envelope)
    assert isinstance(envelope, Envelope)
    assert envelope.content_type == kinds[queue]
    # the trace of MTAs comes back from the form that it has in 1984, [APPLICATION 30]
    names = {"OLD": [], "TO-B": ["A"]}[queue]
    assert [element.mta_name for element in envelope.internal_trace] == names
    assert [each[:1] for each in envelope.unknown] == ([b"\x7e"] if queue == "OLD" else [])


@pytest.mark.element("latest delivery designation")
async def test_a_message_expires_where_it_waits(start: Start, a_document: dict[str, Any]) -> None:
    a = await start(a_document, scale=600)  # B is not there
    (late,) = await a.send(SMITH, deliver_within=900)
    latest = a.mta._store.expiring.next_due()
    (patient,) = await a.send(SMITH)
    report = await a.said("report", mts_identifier=late)
    assert report["outcome"] == "not delivered: unable-to-transfer, maximum-time-expired"
    assert report["text"] == "The time that the message had is over."
    assert [each.mts_identifier for each in a.mta._store.queues.waiting("TO-B")] == [patient]
    assert latest is not None
    assert datetime.fromisoformat(report["time"]) > latest


async def test_a_message_that_expired_while_the_mta_was_down_is_reported_at_its_start(
    start: Start, a_document: dict[str, Any]
) -> None:
    a = await start(a_document, scale=600)
    (late,) = await a.send(SMITH, deliver_within=60)
    a.mta._store.expired = lambda _: []  # as if it had been killed now
    await a.stop()
    again = await start(a_document, scale=600)
    await again.said("report", mts_identifier=late)


@pytest.mark.usefixtures("speak_1984")
async def test_a_report_finds_a_common_name_again_through_1984(
    start: Start, a_document: dict[str, Any], knows_smith: dict[str, Any]
) -> None:
    desk = "C=US;A= ;P=Contoso;O=A;CN=Help Desk"
    a_document["server"]["mailboxes"] = [{"country": "US", "common_name": "Help Desk"}]
    a, b = await start(a_document), await start(knows_smith)
    request = {"command": "submit", "from": desk, "to": [NOBODY]}
    (identifier,) = (await ask(a.directory, request))["mts_identifiers"]
    report = await a.said("report", mts_identifier=identifier)
    assert report["originator"] == desk
    assert b.all("event", id=290)


def endless(identifier: str, *parts: bytes) -> bytes:
    """A value of indefinite length, which nobody here writes."""
    return bytes.fromhex(identifier) + b"\x80" + b"".join(parts) + b"\x00\x00"


async def test_what_nobody_here_knows_is_relayed_octet_for_octet(
    start: Start, a_document: dict[str, Any]
) -> None:
    """From the octets of one transfer to those of the next: all but trace and responsibility."""
    a = await start(a_document)
    country, administration = bytes.fromhex("6104 1302 5553"), bytes.fromhex("6203 1301 20")
    domain = endless("63", country, administration)
    name = endless("60", endless("30", country, b"\x83\x01B", bytes.fromhex("a504 8002 4a6f")))
    private = endless("30", bytes.fromhex("8303 2a0304"), endless("a2", b"\x04\x81\x01a"))
    unknown, of_recipient = endless("bf45", b"\x05\x00"), b"\x9e\x81\x01?"
    number, indicators = b"\x80\x81\x01\x01", b"\x81\x02\x00\xa8"
    arrival = endless("31", b"\x82\x01\x00", b"\x80\x0b9901010000Z")
    elements = [
        endless("a3", private),
        unknown,
        endless("64", domain, b"\x16\x01X"),
        name,
        b"\x46\x01\x16",
        endless(
            "a2",
            endless("31", of_recipient, name, number, indicators, endless("a3", private)),
        ),
        endless("69", endless("30", domain, arrival)),
    ]
    incoming = IncomingMessage(a.mta._store, a.mta._dispatcher.take)
    incoming.feed(endless("a0", endless("31", *elements), b"\x04\x01x"))
    await incoming.accept()
    (entry,) = a.mta._store.queues.waiting("TO-B")
    left = ber.elements(ber.contents(entry.envelope))
    assert left[1:6] == elements[1:6]
    extensions, trace = (ber.elements(ber.contents(left[place])) for place in (0, 6))
    assert (extensions[0], len(extensions)) == (private, 2)  # and the internal trace
    assert (trace[0], len(trace)) == (endless("30", domain, arrival), 2)


@pytest.mark.parametrize("organization", ["A", "B", "C"])
async def test_recipients_and_hops_do_not_multiply(
    start: Start, a_document: dict[str, Any], organization: str
) -> None:
    """For mailboxes here, a connector, and nobody; the work is counted in calls, not in time.

    The connector's P1 is that of 1984, which looks at the extensions, too.
    """
    a_document["connectors"][0]["advanced"] = {"conformance": "1984"}
    a = await start(a_document)

    def work(recipients: int, hops: int) -> int:
        abroad = GlobalDomain("FR", " ", "X")
        message = Envelope(
            MtsIdentifier(abroad, f"{recipients} {hops}"),
            ORAddress.parse(SMITH),
            tuple(
                Recipient(ORAddress.parse(f"C=US;A= ;P=Contoso;O={organization};S={n}"), n)
                for n in range(1, recipients + 1)
            ),
        )
        for hop in range(hops):
            message = message.passed(abroad, str(hop), datetime.now(UTC))
        more = tuple(Extension(f"1.2.{number}") for number in range(hops))
        message = replace(message, extensions=(*message.extensions, *more))
        head = decode_head(encode_head(message))
        kept = a.mta._store.contents.keep(b"Hello")
        calls = 0

        def count(_frame: FrameType, event: str, _argument: object) -> None:
            nonlocal calls
            calls += event == "call"

        distributor = Distributor(a.mta._choose(), a.mta._dispatcher.new_identifier)
        sys.setprofile(count)
        try:
            distributor.arrived(Arrived(head, 0, kept, 5, "TO-B", 1), frozenset())
        finally:
            sys.setprofile(None)
        return calls

    few, many = work(20, 10), work(80, 40)
    assert many < 5 * few
