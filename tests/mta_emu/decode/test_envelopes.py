"""What JSON says of envelopes: fields, indicators, information types, extensions."""

import json
from dataclasses import replace
from datetime import UTC, datetime

from mta_emu.decode import envelopes
from mta_emu.mts.extension import Criticality, Extension, StandardExtension
from mta_emu.mts.fields import (
    EXCHANGE_CONTENTS,
    Indicators,
    PerMessageIndicators,
    Priority,
    ReportRequest,
    content_type_name,
    encoded_information_types,
)
from mta_emu.mts.report import (
    Diagnostic,
    LastTrace,
    NonDeliveryReason,
    NotDelivered,
    ReportedRecipient,
)
from mta_emu.mts.subject import Recipient
from tests.mta_emu.decode.test_mtschecks import MESSAGE, NOON, PROBE, REPORT, SMITH, WU

AUDITED = Indicators.asking(ReportRequest.DELIVERY, ReportRequest.AUDITED)


def test_a_message() -> None:
    message = replace(
        MESSAGE,
        priority=Priority.NON_URGENT,
        content_identifier="An id",
        deferred_delivery_time=datetime(2026, 2, 3, tzinfo=UTC),
        indicators=PerMessageIndicators.CONTENT_RETURN_REQUEST
        | PerMessageIndicators.DISCLOSURE_OF_OTHER_RECIPIENTS,
        encoded_information_types=encoded_information_types(2, 5, extended=("1.2.3",)),
        recipients=(
            Recipient(
                SMITH,
                7,
                AUDITED,
                explicit_conversion=8,
                extensions=(
                    Extension(StandardExtension.REQUESTED_DELIVERY_METHOD, b"\x30\x03\x02\x01\x01"),
                ),
            ),
            Recipient(WU, 9).with_responsibility(False),
        ),
        extensions=(
            Extension(
                StandardExtension.LATEST_DELIVERY_TIME,
                b"\x17\x0d260101120000Z",
                Criticality.FOR_DELIVERY | Criticality.FOR_TRANSFER,
            ),
            Extension(StandardExtension.DL_EXPANSION_PROHIBITED, b"\x0a\x01\x01"),
            Extension("1.2.840.99", b"\x05\x00"),
        ),
    )
    found = envelopes.of_message(message)
    assert json.loads(json.dumps(found)) == found
    assert found["mts_identifier"] == "[C=US;A= ;P=Contoso;M]"
    assert (found["priority"], found["content_type"]) == ("non-urgent", "P22")
    assert found["deferred_delivery_time"] == "2026-02-03T00:00:00+00:00"
    assert found["indicators"] == [
        "content-return-request",
        "disclosure-of-other-recipients",
    ] or found["indicators"] == ["disclosure-of-other-recipients", "content-return-request"]
    assert found["encoded_information_types"] == {
        "built_in": ["ia5-text", "teletex"],
        "extended": ["1.2.3"],
    }
    assert found["recipients"] == [str(SMITH), str(WU)]
    assert found["per_recipient"] == [
        {
            "recipient": str(SMITH),
            "number": 7,
            "responsible": True,
            "originator_report": "delivery",
            "mta_report": "audited",
            "explicit_conversion": 8,
            "extensions": [
                {
                    "type": "requested-delivery-method",
                    "critical": [],
                    "value": None,
                    "octets": "3003020101",
                }
            ],
        },
        {
            "recipient": str(WU),
            "number": 9,
            "responsible": False,
            "originator_report": "non-delivery",
            "mta_report": "non-delivery",
            "explicit_conversion": None,
            "extensions": [],
        },
    ]
    latest, prohibited, private = found["extensions"]
    assert sorted(latest.pop("critical")) == ["for-delivery", "for-transfer"]
    assert latest == {
        "type": "latest-delivery-time",
        "value": "260101120000Z",
        "octets": "170d3236303130313132303030305a",
    }
    assert (prohibited["type"], prohibited["value"]) == ("dl-expansion-prohibited", 1)
    assert (private["type"], private["octets"]) == ("extension 1.2.840.99", "0500")
    assert found["trace"] == ["C=US;A= ;P=Contoso 2026-01-01T12:00:00+00:00"]


def test_what_is_absent_is_none() -> None:
    found = envelopes.of_message(
        replace(MESSAGE, encoded_information_types=b"", indicators=PerMessageIndicators.NONE)
    )
    assert found["encoded_information_types"] is None
    assert found["deferred_delivery_time"] is None
    assert found["indicators"] == []


def test_a_probe() -> None:
    found = envelopes.of_probe(replace(PROBE, content_length=1234))
    assert (found["content_length"], found["recipients"]) == (1234, [str(SMITH)])


def test_a_report() -> None:
    failed = ReportedRecipient(
        SMITH,
        2,
        AUDITED,
        LastTrace(
            NOON,
            NotDelivered(NonDeliveryReason.UNABLE_TO_TRANSFER, Diagnostic.LOOP_DETECTED),
            encoded_information_types(2),
        ),
        originally_intended=WU,
        supplementary_information="why",
    )
    content = replace(
        REPORT.content,
        recipients=(*REPORT.content.recipients, failed),
        returned_content=b"12345",
        content_type=22,
    )
    found = envelopes.of_report(replace(REPORT, content=content))
    assert json.loads(json.dumps(found)) == found
    assert found["subject_identifier"] == "[C=US;A= ;P=Contoso;M]"
    assert (found["content_type"], found["returned_content_octets"]) == ("P22", 5)
    delivered, not_delivered = found["recipients"]
    assert delivered["delivery_time"] == "2026-01-01T12:00:00+00:00"
    assert (delivered["number"], delivered["user_type"]) == (1, 0)
    assert (not_delivered["reason"], not_delivered["diagnostic"]) == (1, 3)
    assert not_delivered["outcome"] == "not delivered: unable-to-transfer, loop-detected"
    assert not_delivered["originally_intended"] == str(WU)
    assert not_delivered["supplementary_information"] == "why"
    assert not_delivered["converted_encoded_information_types"] == {
        "built_in": ["ia5-text"],
        "extended": [],
    }


def test_content_types_by_name() -> None:
    names = [content_type_name(each) for each in (0, 2, 22, EXCHANGE_CONTENTS, 99, "1.2")]
    assert names == ["unidentified content", "P2", "P22", "Exchange contents", "99", "1.2"]
