"""Reports of a live MTA on what was sent to it by hand, and reports by hand to a live MTA.

Type of MTS user, supplementary information, and converted encoded information types (X.411
8.3.1.2.1), as octets.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from mta_emu.mta.policy.received import received_in_words
from mta_emu.mta.store.store import Store
from mta_emu.mts import envelope as envelopes
from mta_emu.mts import ipm
from mta_emu.mts import probe as probes
from mta_emu.mts import report as reports
from mta_emu.mts.apdu import message_prefix
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.fields import EXCHANGE_CONTENTS, Indicators, ReportRequest
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.text import IA5Text
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.preserved import PreservedSet
from mta_emu.mts.probe import Probe
from mta_emu.mts.report import (
    Delivered,
    Diagnostic,
    LastTrace,
    MtsUserType,
    NonDeliveryReason,
    NotDelivered,
    Report,
    ReportContent,
    ReportedRecipient,
    ReportEnvelope,
)
from mta_emu.mts.subject import Recipient
from mta_emu.mts.trace import TraceElement
from mta_emu.osi import ber
from tests.interop.byhand import ByHand
from tests.interop.live import Start
from tests.mta_emu.mta import conftest
from tests.mta_emu.mta.conftest import SMITH

b_document, start = conftest.b_document, conftest.start

NOW = datetime.now(UTC)
ORIGINATOR = ORAddress.parse(conftest.JONES)
ELSEWHERE = GlobalDomain("NO", "TELEMAX", "Foreign")
WANTED = Indicators.asking(ReportRequest.DELIVERY, ReportRequest.AUDITED)
#: [APPLICATION 5] { built-in [0]: ia5-text }, as teletex was converted to by a domain on the way.
IA5_TEXT = bytes.fromhex("6505 8003 002000")
CONTENT = ipm.encode(
    InterpersonalMessage.of("1", ORIGINATOR, (ORIGINATOR,), "Hello", (IA5Text("Hello"),))
)


def message(recipient: str = SMITH, *others: bytes) -> Envelope:
    """A message that wants all reports; the domain that it came from supplied `others` as well."""
    to = (Recipient(ORAddress.parse(recipient), indicators=WANTED),)
    sent = Envelope(MtsIdentifier(ELSEWHERE, "A-1"), ORIGINATOR, to)
    return replace(sent, trace=(TraceElement(ELSEWHERE, NOW, others=others),))


def octets_of(envelope: Envelope) -> bytes:
    return message_prefix(envelopes.encode(envelope), len(CONTENT)) + CONTENT


async def report_on(
    start: Start, configuration: dict[str, Any], apdu: bytes
) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The report of a live MTA on an APDU: the members of its one recipient, of its last trace."""
    await start(configuration)
    peer = await ByHand.calls()
    assert (await peer.transfers(apdu)).accepted
    _, report = await peer.takes_report()
    await peer.leaves()
    (recipient,) = report.content.recipients
    return members(recipient), members(recipient.last_trace)


def members(value: PreservedSet) -> dict[str, bytes]:
    """The octets of each member, as it came."""
    assert value.origin
    return {name: octets for name, octets in value.origin.elements if name}


@pytest.mark.parametrize(("private", "user_type"), [("Contoso", "810101"), ("", "")])
@pytest.mark.parametrize("asks", [False, True], ids=["message", "probe"])
async def test_a_delivery_is_to_a_private_user_in_a_private_domain(
    start: Start, b_document: dict[str, Any], private: str, user_type: str, asks: bool
) -> None:
    """As PP says of its users; public (0) is the default, and is left out."""
    b_document["server"]["global_domain"]["private_domain"] = private
    sent = message()
    asked = Probe(sent.identifier, sent.originator, sent.recipients, trace=sent.trace)
    apdu = probes.encode(asked) if asks else octets_of(sent)
    recipient, last_trace = await report_on(start, b_document, apdu)
    # report type [1] { delivery [0] { delivery time [0], type of MTS user [1] } }
    (delivery,) = ber.elements(ber.contents(last_trace["report-type"]))
    time, *rest = ber.elements(ber.contents(delivery))
    assert (delivery[:1], time[:2]) == (b"\xa0", b"\x80\x0d")
    assert b"".join(rest) == bytes.fromhex(user_type)
    assert "supplementary-information" not in recipient
    assert "converted-encoded-information-types" not in last_trace


async def test_a_failure_is_told_in_words(start: Start, b_document: dict[str, Any]) -> None:
    nobody = octets_of(message("C=US;A= ;P=Contoso;O=Z;S=Nobody"))
    recipient, last_trace = await report_on(start, b_document, nobody)
    # report type [1] { non-delivery [1] { unable-to-transfer (1), unrecognised-OR-name (0) } }
    assert last_trace["report-type"] == bytes.fromhex("a108 a106 800101 810100")
    words = b"The recipient's address is not known."
    assert recipient["supplementary-information"] == ber.tlv(b"\x85", words)


@pytest.mark.parametrize("recipient", [SMITH, "C=US;A= ;P=Contoso;O=Z;S=Nobody"])
async def test_what_was_converted_on_the_way_is_reported_with_its_types(
    start: Start, b_document: dict[str, Any], recipient: str
) -> None:
    converted = octets_of(message(recipient, IA5_TEXT))
    _, last_trace = await report_on(start, b_document, converted)
    assert last_trace["converted-encoded-information-types"] == IA5_TEXT


async def test_what_is_converted_here_and_comes_to_nobody_is_reported_with_its_types(
    start: Start, b_document: dict[str, Any]
) -> None:
    """Exchange contents that this MTA converts for a connector which then gives them up."""
    further = conftest.document("B", "C", conftest.B, "127.0.100.89")["connectors"][0]
    further["advanced"] = {"allow_exchange_contents": False}
    further["override"] = {"max_open_retries": 1, "open_interval": 1}
    b_document["connectors"].append(further)
    rich = replace(message("C=US;A= ;P=Contoso;O=C;S=Brown"), content_type=EXCHANGE_CONTENTS)
    _, last_trace = await report_on(start, b_document, octets_of(rich))
    # transfer-failure (0), maximum-time-expired (5): there is nobody at C
    assert last_trace["report-type"] == bytes.fromhex("a108 a106 800100 810105")
    assert last_trace["converted-encoded-information-types"] == IA5_TEXT


async def test_what_a_foreign_report_says_is_shown(
    start: Start, b_document: dict[str, Any]
) -> None:
    """By hand: what the reporting MTA adds is longer than its bound of 256, and shown."""
    mta = await start(b_document)
    peer = await ByHand.calls()
    words = "Jones has left " * 20
    failed = NotDelivered(NonDeliveryReason.UNABLE_TO_TRANSFER, Diagnostic.RECIPIENT_UNAVAILABLE)
    outcomes = {1: failed, 2: Delivered(NOW, MtsUserType.PRIVATE)}
    about = MtsIdentifier(GlobalDomain("US", " ", "Contoso"), "B-1")
    recipients = tuple(
        ReportedRecipient(
            ORIGINATOR,
            number,
            WANTED,
            LastTrace(NOW, outcome, IA5_TEXT),
            supplementary_information=words if outcome is failed else "",
        )
        for number, outcome in outcomes.items()
    )
    envelope = ReportEnvelope(
        MtsIdentifier(ELSEWHERE, "R-1"), ORAddress.parse(SMITH), (TraceElement(ELSEWHERE, NOW),)
    )
    octets = reports.encode(Report(envelope, ReportContent(about, recipients)))
    assert bytes.fromhex("81 01 01") in octets  # a private user
    assert (await peer.transfers(octets)).accepted
    await mta.said("report", mts_identifier=str(about), outcome=str(failed))
    told, delivered = Store.reader(mta.directory).reports.read(str(about))
    assert told.supplement == words
    assert received_in_words(told).endswith(f'The reporting MTA adds: "{words}"')
    assert isinstance(delivered.outcome, Delivered)
    await peer.leaves()
