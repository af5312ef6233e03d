"""The upper bounds of X.411 Annex B."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts import envelope as envelopes
from mta_emu.mts import oraddress
from mta_emu.mts import probe as probes
from mta_emu.mts import trace as traces
from mta_emu.mts.addressrules import ATTRIBUTES
from mta_emu.mts.bounds import address_violation, recipient_violation, violation
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.extension import Extension, StandardExtension
from mta_emu.mts.fields import encoded_information_types
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.probe import Probe
from mta_emu.mts.redirection import redirect, requesting_alternate
from mta_emu.mts.subject import Recipient
from mta_emu.mts.trace import RoutingAction, TraceElement
from mta_emu.mts.trace import with_internal_trace as trace_of_mtas
from mta_emu.osi import ber

DOMAIN = GlobalDomain("US", " ", "Contoso")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
JONES = ORAddress(country="US", surname="Jones")
ENVELOPE = Envelope(MtsIdentifier(DOMAIN, "x" * 32), JONES, (Recipient(JONES),))
CORRELATOR = Extension(StandardExtension.CONTENT_CORRELATOR, ber.tlv(b"\x16", b"x" * 513))
LONG = GlobalDomain("US", "x" * 17)


def bilateral(octets: int) -> bytes:
    """Bilateral information of C=US; A= , which is so long."""
    information = ber.tlv(b"\x04", bytes(octets - 4))
    return ber.tlv(b"\x30", bytes.fromhex("6104 1302 5553 6203 1301 20") + information)


def types(count: int) -> bytes:
    return encoded_information_types(2, extended=tuple(f"1.2.{each}" for each in range(count)))


def came_through(count: int, surname: str = "x") -> Extension:
    """The history of so many expansions of a list."""
    name = oraddress.encode(ORAddress(country="US", surname=surname))
    one = ber.tlv(b"\x30", name + ber.tlv(b"\x17", b"260101120000Z"))
    return Extension(StandardExtension.DL_EXPANSION_HISTORY, ber.tlv(b"\x30", one * count))


def alternate(length: int) -> Extension:
    wanted = replace(JONES, surname="x" * length)
    (found,) = requesting_alternate(Recipient(JONES), wanted).extensions
    return found


def redirected_from(length: int) -> Extension:
    first = Recipient(replace(JONES, surname="x" * length))
    (found,) = redirect(first, JONES, 0, NOON).extensions
    return found


def teletex(kind: int, length: int) -> tuple[int, bytes]:
    return kind, ber.tlv(b"\x14", b"x" * length)


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
        ({"bilateral_information": (bilateral(1024),)}, None),
        (
            {"bilateral_information": (bilateral(1025),)},
            "bilateral information of 1025: at most 1024",
        ),
        ({"identifier": MtsIdentifier(DOMAIN, "")}, "local identifier of 0: at least 1"),
        ({"content_type": 32767}, None),
        ({"content_type": 32768}, "built-in content type 32768: must be 0 to 32767"),
        ({"content_type": -1}, "built-in content type -1: must be 0 to 32767"),
        ({"content_type": "1.2.840.113556.5.1"}, None),
        ({"encoded_information_types": types(1024)}, None),
        (
            {"encoded_information_types": types(1025)},
            "1025 extended encoded information types: at most 1024",
        ),
        (
            {"trace": (TraceElement(DOMAIN, NOON, RoutingAction.REROUTED, "", LONG),)},
            "ADMD name of 17: at most 16",
        ),
        ({"extensions": (came_through(512),)}, None),
        ({"extensions": (came_through(513),)}, "513 expansions of lists: at most 512"),
        ({"extensions": (came_through(1, "x" * 41),)}, "S of 41: at most 40"),
    ],
)
def test_envelopes(changes: dict[str, Any], what: str | None) -> None:
    assert violation(came(replace(ENVELOPE, **changes))) == what


@pytest.mark.parametrize(
    ("length", "what"),
    [
        (None, None),
        (0, None),
        (0x7FFFFFFF, None),
        (0x80000000, "content length 2147483648: must be 0 to 2147483647"),
        (-1, "content length -1: must be 0 to 2147483647"),
    ],
)
def test_a_probe_asks_about_a_content_that_can_be(length: int | None, what: str | None) -> None:
    recipients = ENVELOPE.recipients
    asked = Probe(ENVELOPE.identifier, JONES, recipients, content_length=length)
    assert violation(probes.decode(probes.encode(asked))) == what


def test_the_names_of_mtas() -> None:
    named = ENVELOPE.passed(DOMAIN, "x" * 32, NOON)
    assert violation(named) is None
    assert violation(named.passed(DOMAIN, "x" * 33, NOON)) == "MTA name of 33: at most 32"
    tried = TraceElement(DOMAIN, NOON, RoutingAction.REROUTED, "X", "x" * 33)
    internal = trace_of_mtas(ENVELOPE.extensions, (tried,))
    assert violation(replace(ENVELOPE, extensions=internal)) == "MTA name of 33: at most 32"


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({}, None),
        ({"number": 32767, "explicit_conversion": 256}, None),
        ({"number": 0}, "recipient number 0: must be 1 to 32767"),
        ({"number": 32768}, "recipient number 32768: must be 1 to 32767"),
        ({"explicit_conversion": 257}, "explicit conversion 257: must be 0 to 256"),
        ({"extensions": (Extension(99),) * 257}, "extensions: more than 256"),
        ({"explicit_conversion": -1}, "explicit conversion -1: must be 0 to 256"),
        ({"address": replace(JONES, common_name="x" * 65)}, "CN of 65: at most 64"),
        ({"extensions": (alternate(40),)}, None),
        ({"extensions": (alternate(41),)}, "S of 41: at most 40"),
        ({"extensions": (redirected_from(40),)}, None),
        ({"extensions": (redirected_from(41),)}, "S of 41: at most 40"),
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
        # beside the printable form: teletex names, and an attribute that is not known
        ({"common_name": "x", "extension_attributes": (teletex(2, 64),)}, None),
        (
            {"common_name": "x", "extension_attributes": (teletex(2, 65),)},
            "CN of 65: at most 64",
        ),
        (
            {"organization": "x", "extension_attributes": (teletex(3, 65),)},
            "O of 65: at most 64",
        ),
        (
            {
                "organizational_units": ("x",),
                "extension_attributes": ((5, ber.tlv(b"\x30", b"\x14\x01x" * 5)),),
            },
            "5 OU: at most 4",
        ),
        ({"extension_attributes": ((256, b"\x05\x00"),)}, None),
        (
            {"extension_attributes": ((257, b"\x05\x00"),)},
            "type of an extension attribute 257: must be 0 to 256",
        ),
        # postal: a postal code [9], a street address [17] in both forms
        ({"extension_attributes": ((9, ber.tlv(b"\x13", b"1" * 16)),)}, None),
        (
            {"extension_attributes": ((9, ber.tlv(b"\x13", b"1" * 17)),)},
            "extension attribute 9 of 17: at most 16",
        ),
        (
            {"extension_attributes": ((17, ber.tlv(b"\x31", b"\x13\x01x" + teletex(0, 31)[1])),)},
            "extension attribute 17 of 31: at most 30",
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
