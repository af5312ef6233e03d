"""P1 of 1988 for a system of 1984 (X.419 Annex B)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts.apdu import Head, decode_head, encode_head
from mta_emu.mts.downgrade import downgrade, obstacle, obstacle_to_report, upgrade
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.extension import Criticality, Extension, StandardExtension
from mta_emu.mts.fields import encoded_information_types
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.probe import Probe
from mta_emu.mts.report import NotDelivered, Report
from mta_emu.mts.subject import Recipient
from mta_emu.mts.trace import TraceElement
from mta_emu.osi import ber

DOMAIN = GlobalDomain("US", " ")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
JONES = ORAddress(country="US", surname="Jones")
ENVELOPE = Envelope(MtsIdentifier(DOMAIN, "M"), JONES, (Recipient(JONES),))

#: Every identifier that 1984 has in an envelope, a probe or a report (X.411-1984 3.4).
_ENVELOPE = {"64", "60", "65", "46", "4a", "47", "48", "80", "a1", "a2", "69", "7e"}  # and MOTIS'
_RECIPIENT = {"60", "80", "81", "82"}
_REPORT_ENVELOPE = {"64", "60", "69"}
_REPORT_CONTENT = {"64", "69", "4a", "a0", "81", "a2"}
_REPORTED = {"a0", "81", "82", "a3", "a4", "85"}


def parts(octets: bytes) -> list[bytes]:
    return ber.elements(ber.contents(octets))


def identifiers(octets: bytes) -> set[str]:
    return {ber.header(part)[0].hex() for part in parts(octets)}


def member(octets: bytes, identifier: str) -> bytes:
    return next(part for part in parts(octets) if part[:1].hex() == identifier)


@given(st.from_type(Envelope) | st.from_type(Probe) | st.from_type(Report), st.booleans())
def test_nothing_is_left_that_1984_does_not_have(head: Head, came: bool) -> None:
    head = decode_head(encode_head(head)) if came else head
    downgraded, _ = downgrade(head)
    octets = encode_head(downgraded)
    assert decode_head(octets) == downgraded
    if isinstance(head, Report):
        envelope, content = parts(octets)
        assert identifiers(envelope) <= _REPORT_ENVELOPE
        assert identifiers(content) <= _REPORT_CONTENT
        assert all(identifiers(each) <= _REPORTED for each in parts(member(content, "a0")))
    elif not isinstance(head.content_type, str):
        assert identifiers(octets) <= _ENVELOPE
        assert all(identifiers(each) <= _RECIPIENT for each in parts(member(octets, "a2")))
        for name in (member(octets, "60"), *(member(r, "60") for r in parts(member(octets, "a2")))):
            assert len(parts(name)) <= 2  # standard and domain-defined attributes


@given(st.from_type(Envelope) | st.from_type(Probe) | st.from_type(Report))
def test_a_downgraded_apdu_stays_as_it_is(head: Head) -> None:
    once, _ = downgrade(head.passed(DOMAIN, "A", NOON))
    assert downgrade(upgrade(once, DOMAIN, "A")) == (once, ())


def test_what_is_dropped_is_named() -> None:
    unknown = ber.tlv(b"\x9e", b"?")
    other_actions = bytes.fromhex("83020640")
    recipient = Recipient(
        replace(JONES, directory_name=b"\x30\x00"),
        extensions=(Extension(StandardExtension.REQUESTED_DELIVERY_METHOD),),
        unknown=(unknown,),
    )
    private = ber.tlv(b"\x30", bytes.fromhex("6104 1302 5553 3000 0500"))
    administration = ber.tlv(b"\x30", bytes.fromhex("6104 1302 5553 6203 1301 20 0500"))
    envelope = replace(
        ENVELOPE,
        recipients=(recipient,),
        extensions=(Extension(StandardExtension.CONTENT_CORRELATOR), Extension("1.2.3")),
        trace=(TraceElement(DOMAIN, NOON, others=(b"\x81\x00", other_actions)),),
        encoded_information_types=encoded_information_types(2, extended=("2.6.1.4.11",)),
        bilateral_information=(private, administration),
    )
    downgraded, dropped = downgrade(envelope)
    assert dropped == (
        "content-correlator",
        "extension 1.2.3",
        "requested-delivery-method of recipient 1",
        "unknown member 0x9e of recipient 1",
        "directory name of C=US;S=Jones",
        "other actions of C=US;A= ",
        "extended encoded information types",
        "bilateral information of private domains",
    )
    assert isinstance(downgraded, Envelope)
    assert downgraded.trace[0].others == (b"\x81\x00",)
    assert downgraded.bilateral_information == (administration,)
    # [0] BIT STRING with bit 0, undefined, besides bit 2
    assert downgraded.encoded_information_types == bytes.fromhex("6505 8003 00 a000")


def test_that_our_own_site_is_dropped_is_nothing_to_tell_of() -> None:
    """An Exchange site names itself in all that it hands on; nobody has lost anything."""
    contoso = GlobalDomain("US", " ", "Contoso")
    ours = ENVELOPE.passed(contoso, "A", NOON).entered(contoso, "/O=Contoso/OU=North")
    downgraded, dropped = downgrade(ours)
    assert isinstance(downgraded, Envelope)
    assert (downgraded.bilateral_information, dropped) == ((), ())
    # another domain's site is what it wanted to say
    theirs = ours.passed(GlobalDomain("US", " ", "Fabrikam"), "B", NOON)
    assert downgrade(theirs).dropped == ("bilateral information of private domains",)


def test_a_common_name_becomes_a_domain_defined_attribute() -> None:
    desk = replace(JONES, common_name="Help Desk")
    downgraded, dropped = downgrade(replace(ENVELOPE, recipients=(Recipient(desk),)))
    assert isinstance(downgraded, Envelope)
    assert str(downgraded.recipients[0].address) == "C=US;S=Jones;DDA:common=Help Desk"
    assert dropped == ()


def extended(address: ORAddress) -> ORAddress:
    return replace(address, extension_attributes=((22, b"\x13\x01x"),))


def full(address: ORAddress) -> ORAddress:
    return replace(address, common_name="x", domain_defined=(("a", "b"),) * 4)


@pytest.mark.parametrize(
    ("envelope", "diagnostic"),
    [
        (ENVELOPE, None),
        (replace(ENVELOPE, content_type="1.2.3"), "content-type-not-supported"),
        (replace(ENVELOPE, originator=extended(JONES)), "unable-to-downgrade"),
        (replace(ENVELOPE, recipients=(Recipient(extended(JONES)),)), "unable-to-downgrade"),
        (replace(ENVELOPE, recipients=(Recipient(full(JONES)),)), "unable-to-downgrade"),
        *(
            (replace(ENVELOPE, extensions=(Extension(5, criticality=critical),)), expected)
            for critical, expected in [
                (Criticality.FOR_TRANSFER, "unsupported-critical-function"),
                (Criticality.FOR_DELIVERY, "unsupported-critical-function"),
                (Criticality.FOR_SUBMISSION, None),
            ]
        ),
    ],
)
def test_obstacles(envelope: Envelope, diagnostic: str | None) -> None:
    why = obstacle(envelope, envelope.recipients[0], envelope.content_type)
    assert (why and str(why)) == (
        f"not delivered: unable-to-transfer, {diagnostic}" if diagnostic else None
    )


@given(st.from_type(Report))
def test_only_its_destination_holds_up_a_report(report: Report) -> None:
    assert obstacle_to_report(report) is None
    envelope = replace(report.envelope, destination=extended(report.envelope.destination))
    assert isinstance(obstacle_to_report(replace(report, envelope=envelope)), NotDelivered)


def test_a_copy_does_not_tell_of_recipients_without_a_name() -> None:
    others = Recipient(extended(JONES), 2)
    envelope = replace(ENVELOPE, recipients=(Recipient(JONES), others)).for_recipients({(1, JONES)})
    downgraded, dropped = downgrade(envelope)
    assert isinstance(downgraded, Envelope)
    assert [each.number for each in downgraded.recipients] == [1]
    assert dropped == ("recipient 2",)


@given(st.from_type(Envelope) | st.from_type(Probe) | st.from_type(Report))
def test_common_names_come_back(head: Head) -> None:
    """All else in a name that 1984 has stays as it is."""
    there = downgrade(head.passed(DOMAIN, "A", NOON)).head
    back = upgrade(there, DOMAIN, "A")
    assert downgrade(back) == (there, ())
    if isinstance(head, Report) and isinstance(back, Report):
        assert back.envelope.destination == head.envelope.destination
    elif isinstance(head, Envelope) and isinstance(back, Envelope):
        assert back.originator == head.originator
        assert [each.address for each in back.recipients] == [e.address for e in head.recipients]


def test_the_trace_of_mtas_goes_as_motis_has_it() -> None:
    there = GlobalDomain("NO", " ")
    envelope = ENVELOPE.passed(DOMAIN, "A", NOON).passed(there, "B", NOON)
    downgraded, dropped = downgrade(envelope)
    assert dropped == ()
    # [APPLICATION 30] { { PrintableString "A", SET { arrival [0], action [2] } }, { "B", ... } }
    supplied = "3112 800d 3236303130313132303030305a 820100"
    motis = bytes.fromhex(f"7e32 3017 130141 {supplied} 3017 130142 {supplied}")
    assert member(encode_head(downgraded), "7e") == motis
    back = upgrade(decode_head(encode_head(downgraded)), DOMAIN, "A")
    assert isinstance(back, Envelope)
    assert back.internal_trace == envelope.internal_trace
    assert back.unknown == ()
    stripped, dropped = downgrade(envelope, internal_trace=False)
    assert b"\x7e" not in {part[:1] for part in parts(encode_head(stripped))}
    assert dropped == ("internal-trace-information",)


def test_the_trace_that_every_mta_keeps_is_no_obstacle() -> None:
    (trace,) = ENVELOPE.passed(DOMAIN, "A", NOON).extensions
    critical = replace(trace, criticality=Criticality.FOR_TRANSFER)
    envelope = replace(ENVELOPE, extensions=(critical,))
    assert obstacle(envelope, envelope.recipients[0], envelope.content_type) is None
