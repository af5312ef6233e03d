"""The upper bounds of X.411 Annex B."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts import envelope as envelopes
from mta_emu.mts import trace as traces
from mta_emu.mts.addressrules import ATTRIBUTES
from mta_emu.mts.bounds import address_violation, recipient_violation, violation
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.extension import Extension, StandardExtension
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.subject import Recipient
from mta_emu.mts.trace import TraceElement
from mta_emu.osi import ber

DOMAIN = GlobalDomain("US", " ", "Contoso")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
JONES = ORAddress(country="US", surname="Jones")
ENVELOPE = Envelope(MtsIdentifier(DOMAIN, "x" * 32), JONES, (Recipient(JONES),))
CORRELATOR = Extension(StandardExtension.CONTENT_CORRELATOR, ber.tlv(b"\x16", b"x" * 513))
LONG = GlobalDomain("US", "x" * 17)


def came(envelope: Envelope) -> Envelope:
    return envelopes.decode(envelopes.encode(envelope))


@given(st.from_type(Envelope))
def test_nothing_is_beyond_its_bound_in_what_is_right(envelope: Envelope) -> None:
    assert violation(came(envelope)) is None
    assert [recipient_violation(each) for each in envelope.recipients] == [None] * len(
        envelope.recipients
    )


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({}, None),
        ({"identifier": MtsIdentifier(DOMAIN, "x" * 33)}, "local identifier of 33: at most 32"),
        ({"identifier": MtsIdentifier(LONG, "x")}, "ADMD name of 17: at most 16"),
        ({"originator": replace(JONES, surname="x" * 41)}, "S of 41: at most 40"),
        ({"content_identifier": "x" * 17}, "content identifier of 17: at most 16"),
        ({"trace": (TraceElement(LONG, NOON),)}, "ADMD name of 17: at most 16"),
        (
            {"extensions": (CORRELATOR,)},
            "content correlator of 513: at most 512",
        ),
        ({"extensions": (Extension(99),) * 256}, None),
        ({"extensions": (Extension(99),) * 257}, "extensions: more than 256"),
        (
            {"bilateral_information": (b"\x30\x00",) * 513},
            "per-domain-bilateral-information: more than 512",
        ),
    ],
)
def test_envelopes(changes: dict[str, Any], what: str | None) -> None:
    assert violation(came(replace(ENVELOPE, **changes))) == what


def test_the_names_of_mtas() -> None:
    named = ENVELOPE.passed(DOMAIN, "x" * 32, NOON)
    assert violation(named) is None
    assert violation(named.passed(DOMAIN, "x" * 33, NOON)) == "MTA name of 33: at most 32"


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({}, None),
        ({"number": 32767, "explicit_conversion": 256}, None),
        ({"number": 0}, "recipient number 0: must be 1 to 32767"),
        ({"number": 32768}, "recipient number 32768: must be 1 to 32767"),
        ({"explicit_conversion": 257}, "explicit conversion 257: at most 256"),
        ({"extensions": (Extension(99),) * 257}, "extensions: more than 256"),
        ({"address": replace(JONES, common_name="x" * 65)}, "CN of 65: at most 64"),
    ],
)
def test_recipients(changes: dict[str, Any], what: str | None) -> None:
    envelope = came(replace(ENVELOPE, recipients=(replace(ENVELOPE.recipients[0], **changes),)))
    assert recipient_violation(envelope.recipients[0]) == what
    assert violation(envelope) is None


@pytest.mark.parametrize(("keyword", "attribute", "longest"), ATTRIBUTES)
def test_addresses(keyword: str, attribute: str, longest: int) -> None:
    assert address_violation(replace(JONES, **{attribute: "1" * longest})) is None
    beyond = replace(JONES, **{attribute: "1" * (longest + 1)})
    assert address_violation(beyond) == f"{keyword} of {longest + 1}: at most {longest}"


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"organizational_units": ("x" * 32,) * 4}, None),
        ({"organizational_units": ("x",) * 5}, "5 OU: at most 4"),
        ({"organizational_units": ("x" * 33,)}, "OU of 33: at most 32"),
        ({"domain_defined": (("x" * 8, "x" * 128),) * 4}, None),
        ({"domain_defined": (("x", "x"),) * 5}, "5 DDA: at most 4"),
        ({"domain_defined": (("x" * 9, "x"),)}, "type of a DDA of 9: at most 8"),
        ({"domain_defined": (("x", "x" * 129),)}, "value of a DDA of 129: at most 128"),
        (
            {"extension_attributes": ((30, b"\x05\x00"),) * 257},
            "257 extension attributes: at most 256",
        ),
    ],
)
def test_parts_of_addresses(changes: dict[str, Any], what: str | None) -> None:
    assert address_violation(replace(JONES, **changes)) == what


def test_no_more_is_read_than_the_bound_says() -> None:
    too_many = replace(ENVELOPE, trace=(TraceElement(DOMAIN, NOON),) * 10_000)
    assert len(came(too_many).trace) == traces.MAX_ELEMENTS + 1
    octets = ber.tlv(b"\x30", b"\x05\x00" * 10_000)  # not even elements of a trace
    assert (
        came(replace(ENVELOPE, extensions=(Extension(99, octets),))).extensions[0].value == octets
    )
