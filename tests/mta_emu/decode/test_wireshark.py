"""Wireshark reads every kind of APDU and body part that is written here, in every mode."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from mta_emu.decode.steps import Side
from mta_emu.mta.policy import reports
from mta_emu.mts import ipm
from mta_emu.mts.apdu import Head, encode_head, prefix
from mta_emu.mts.conversion import Conversion, MessageText, convert
from mta_emu.mts.downgrade import downgrade
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.extension import Extension, StandardExtension
from mta_emu.mts.fields import (
    Indicators,
    PerMessageIndicators,
    Priority,
    ReportRequest,
    encoded_information_types,
)
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.ipm import names
from mta_emu.mts.ipm.files import BilaterallyDefined, File
from mta_emu.mts.ipm.heading import Heading, Importance, Sensitivity
from mta_emu.mts.ipm.message import ForwardedMessage, InterpersonalMessage
from mta_emu.mts.ipm.names import IpmIdentifier, ORDescriptor, Requests
from mta_emu.mts.ipm.notification import Notification
from mta_emu.mts.ipm.text import GeneralText, IA5Text, information_types
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.probe import Probe
from mta_emu.mts.report import Delivered, NotDelivered
from mta_emu.mts.subject import Recipient
from mta_emu.osi import ber

DOMAIN = GlobalDomain("US", " ", "Contoso")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
JONES = ORAddress.parse("C=US;A= ;P=Contoso;O=A;OU1=Lab;CN=Desk;S=Jones;G=Jo;DDA:SMTP=jo(a)x")
SMITH = ORAddress.parse("C=310;A=400;X.121=12345;S=Smith")
UTC_TIME = ber.tlv(b"\x17", b"260101120000Z")
INNER = InterpersonalMessage.of("2", SMITH, (JONES,), "Inside", (IA5Text("Inner"),))
CONTENT = ipm.encode(
    InterpersonalMessage(
        Heading(
            IpmIdentifier("1", JONES),
            ORDescriptor(JONES, "Jo Jones", "+1 555"),
            (names.Recipient.of(SMITH, Requests.RECEIPT),),
            "All there is",
            copy_recipients=(names.Recipient.of(JONES),),
            blind_copy_recipients=(names.Recipient.of(JONES),),
            authorizing_users=(ORDescriptor(SMITH),),
            replied_to=IpmIdentifier("0", SMITH),
            obsoleted=(IpmIdentifier("-1"),),
            related=(IpmIdentifier("-2", SMITH),),
            expiry_time=NOON,
            reply_time=NOON,
            reply_recipients=(ORDescriptor(SMITH),),
            importance=Importance.HIGH,
            sensitivity=Sensitivity.PRIVATE,
            auto_forwarded=True,
            incomplete_copy=True,
            languages=("en", "de"),
        ),
        (
            IA5Text("Hello\nthere"),
            BilaterallyDefined(b"\x01\x02"),
            BilaterallyDefined(b"\x03", extended=True),
            GeneralText("caf\xe9"),
            ForwardedMessage(INNER, NOON),
        ),
    )
)
PLAIN = ipm.encode(INNER)
RECEIPT = ipm.encode(Notification(IpmIdentifier("1", SMITH), ORDescriptor(SMITH), NOON))
AUDITED = Indicators.asking(ReportRequest.DELIVERY, ReportRequest.AUDITED)


def standard(kind: StandardExtension, value: bytes) -> Extension:
    return Extension(kind, value)


MESSAGE = Envelope(
    MtsIdentifier(DOMAIN, "M"),
    JONES,
    (
        Recipient(
            SMITH,
            1,
            AUDITED,
            explicit_conversion=8,
            extensions=(
                standard(StandardExtension.REQUESTED_DELIVERY_METHOD, b"\x30\x03\x02\x01\x01"),
            ),
        ),
        Recipient(JONES, 2),
    ),
    priority=Priority.URGENT,
    content_identifier="All there is",
    extensions=(
        standard(StandardExtension.DL_EXPANSION_PROHIBITED, b"\x0a\x01\x01"),
        standard(StandardExtension.LATEST_DELIVERY_TIME, UTC_TIME),
        standard(StandardExtension.CONTENT_CORRELATOR, b"\x16\x01c"),
    ),
    encoded_information_types=encoded_information_types(2, extended=information_types("\xe9")),
    indicators=PerMessageIndicators.CONTENT_RETURN_REQUEST,
    deferred_delivery_time=NOON,
).passed(DOMAIN, "A", NOON)
PROBE = Probe(
    MtsIdentifier(DOMAIN, "P"), JONES, (Recipient(SMITH, 1, AUDITED),), content_length=1234
).passed(DOMAIN, "A", NOON)


def report(*outcomes: Delivered | NotDelivered) -> Head:
    made = reports.report_on(
        MESSAGE,
        {each.key: told for each, told in zip(MESSAGE.recipients, outcomes, strict=True)},
        new_identifier=lambda: MtsIdentifier(DOMAIN, "R"),
        content=CONTENT,
    )
    assert made
    return made.passed(DOMAIN, "B", NOON)


APDUS: list[tuple[Head, bytes]] = [
    (MESSAGE, CONTENT),
    (replace(MESSAGE, content_type=2), PLAIN),
    (MESSAGE, RECEIPT),
    (PROBE, b""),
    (report(Delivered(NOON), reports.OPEN_RETRIES_USED_UP), b""),
]


#: What Wireshark is to read in each version, field by field, in the order of the APDUs.
MESSAGES = 3
SUBJECTS = ["All there is", "Inside", "Inside"]
TEXTS = ["Hello\r\nthere", "Inner", "Inner"]
EXTENSIONS = ["6", "3", "5", "23", "38"]  # of the recipient, of the message
READ: dict[str, tuple[list[str], list[str]]] = {
    "p1.MTS_APDU": (["0", "0", "0", "2", "1"],) * 2,
    "p1.priority": (["2"] * MESSAGES,) * 2,
    "p1.content_length": (["1234"],) * 2,
    "p1.content_identifier": (["All there is"] * 4,) * 2,
    "p1.explicit_conversion": (["8"] * MESSAGES,) * 2,
    "p1.deferred_delivery_time": (["26-01-01 12:00:00 (UTC)"] * MESSAGES,) * 2,
    "p1.standard_extension": ([*EXTENSIONS * MESSAGES, "38", "38", "23"], []),
    "p1.extended_encoded_information_types": (["3"] * 4, []),
    "p1.mta_name": ([*"AAAAB"], []),
    "p1.non_delivery_reason_code": (["0"],) * 2,
    "p1.non_delivery_diagnostic_code": (["5"],) * 2,
    "p1.message_delivery_time": (["26-01-01 12:00:00 (UTC)"],) * 2,
    "p1.originally_specified_recipient_number": ([*"121212112"],) * 2,
    # the last of each is in the content that the report returns
    "p22.subject": ([*SUBJECTS, "All there is", "Inside"], SUBJECTS),
    "p22.ia5text.data": ([*TEXTS, "Hello\r\nthere", "Inner"], TEXTS),
    "p22.bilaterally_defined": (["0102"] * 2, ["0102"]),
    "p22.BilaterallyDefinedBodyPart": (["03"] * 2, ["03"]),
    "p22.receipt_time": (["26-01-01 12:00:00 (UTC)"],) * 2,
}


@pytest.mark.parametrize("of_1984", [False, True])
def test_nothing_is_malformed_or_unknown(
    of_1984: bool,
    make_talk: Callable[..., Any],
    save: Callable[..., Any],
    tshark: Callable[..., Any],
) -> None:
    """1984's APDUs in normal mode too: of transfers in X.410 mode Wireshark 4.0 reads nothing,
    neither of ours nor of ISODE's.
    """
    talk = make_talk().open()
    for head, content in APDUS:
        sent = downgrade(head, internal_trace=False).head if of_1984 else head
        talk.transfer(Side.CALLING, prefix(encode_head(sent), len(content)) + content)
    capture = save(talk.close())
    flaws = "_ws.malformed || _ws.expert.severity >= 0x600000"
    # a report of 1984 does not tell of what type the content is that it returns
    expected = [["P1 Unknown Content (unknown built-in content-type)"]] * of_1984
    complaints = tshark(capture, "_ws.expert.message", where=flaws)
    assert [frame["_ws.expert.message"] for frame in complaints] == expected
    frames = tshark(capture, *READ)
    found = {field: [value for frame in frames for value in frame.get(field, [])] for field in READ}
    assert found == {field: values[of_1984] for field, values in READ.items()}


def test_of_the_trace_of_motis_the_rest_is_read(
    make_talk: Callable[..., Any], save: Callable[..., Any], tshark: Callable[..., Any]
) -> None:
    """A member of P1 of 1984 that only implementors agreed on: Wireshark does not know it."""
    talk = make_talk().open()
    sent = downgrade(MESSAGE).head
    talk.transfer(Side.CALLING, prefix(encode_head(sent), len(CONTENT)) + CONTENT)
    capture = save(talk.close())
    (frame,) = tshark(capture, "_ws.expert.message", where="p1.local_identifier")
    assert set(frame["_ws.expert.message"]) == {
        "BER Error: Unknown field in SET class:APPLICATION(1) tag:30"
    }


WITH_FILES = ipm.encode(
    InterpersonalMessage.of(
        "3",
        JONES,
        (SMITH,),
        "Files",
        (GeneralText("caf\xe9"), File("report.bin", b"\0\1"), File("cafe.txt", b"x" * 300)),
    )
)
#: What Wireshark reads of a message that is converted, field by field.
NOTHING: dict[str, list[str]] = {
    "p22.ia5text.data": [],
    "p22.TeletexData_item": [],
    "p22.GeneralTextData": [],
    "ftam.Pathname_item": [],
    "ftam.actual_values7": [],
    "p22.bilaterally_defined": [],
}
FILES = {"ftam.Pathname_item": ["report.bin", "cafe.txt"], "ftam.actual_values7": ["2", "300"]}


@pytest.mark.parametrize(
    ("how", "read"),
    [
        (Conversion(), {"p22.ia5text.data": ["caf?"], **FILES}),
        (Conversion(MessageText.ISO_8859_1), {"p22.GeneralTextData": ["\x1b-Acaf\ufffd"], **FILES}),
        (
            Conversion(MessageText.T61, bp15=False),
            {"p22.TeletexData_item": ["caf\xe9"], "p22.bilaterally_defined": ["0001", "78" * 300]},
        ),
    ],
)
def test_what_is_converted_is_what_it_says(
    how: Conversion,
    read: dict[str, list[str]],
    make_talk: Callable[..., Any],
    save: Callable[..., Any],
    tshark: Callable[..., Any],
) -> None:
    found = convert(lambda at, size: WITH_FILES[at : at + size], len(WITH_FILES), how)
    content = b"".join(
        piece if isinstance(piece, bytes) else WITH_FILES[piece.start : piece.stop]
        for piece in found.pieces
    )
    sent = replace(MESSAGE, encoded_information_types=found.information_types)
    talk = make_talk().open()
    talk.transfer(Side.CALLING, prefix(encode_head(sent), len(content)) + content)
    capture = save(talk.close())
    flaws = "_ws.malformed || _ws.expert.severity >= 0x600000 || ber.unknown.OID || data"
    assert tshark(capture, "_ws.expert.message", where=flaws) == []
    (frame,) = tshark(capture, *NOTHING, where="p22")
    assert {field: frame.get(field, []) for field in NOTHING} == NOTHING | read
