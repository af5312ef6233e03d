"""What an APDU must have and must not say: each rule broken alone, in octets."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mta_emu.decode.mtschecks import check
from mta_emu.decode.steps import Complaint, Severity
from mta_emu.mts import envelope, probe, report
from mta_emu.mts.apdu import Head
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.extension import Criticality, Extension, StandardExtension
from mta_emu.mts.fields import Indicators, PerMessageIndicators, encoded_information_types
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.probe import Probe
from mta_emu.mts.report import (
    Delivered,
    LastTrace,
    Report,
    ReportContent,
    ReportedRecipient,
    ReportEnvelope,
)
from mta_emu.mts.subject import Recipient
from mta_emu.osi import ber

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DOMAIN = GlobalDomain("US", " ", "Contoso")
SMITH = ORAddress.parse("C=US;A= ;P=Contoso;O=B;S=Smith")
WU = ORAddress.parse("C=US;A= ;P=Contoso;O=B;S=Wu")
MESSAGE = Envelope(
    MtsIdentifier(DOMAIN, "M"),
    SMITH,
    (Recipient(SMITH, 1), Recipient(WU, 2)),
    indicators=PerMessageIndicators.CONTENT_RETURN_REQUEST,
    encoded_information_types=encoded_information_types(2),
    extensions=(
        Extension(
            StandardExtension.DL_EXPANSION_PROHIBITED, b"\x0a\x01\x01", Criticality.FOR_DELIVERY
        ),
    ),
).passed(DOMAIN, "A", NOON)
PROBE = Probe(MtsIdentifier(DOMAIN, "P"), SMITH, (Recipient(SMITH, 1),)).passed(DOMAIN, "A", NOON)
REPORT = Report(
    ReportEnvelope(MtsIdentifier(DOMAIN, "R"), SMITH),
    ReportContent(
        MtsIdentifier(DOMAIN, "M"),
        (ReportedRecipient(SMITH, 1, Indicators(), LastTrace(NOON, Delivered(NOON))),),
    ),
).passed(DOMAIN, "A", NOON)


def message(octets: bytes) -> list[Complaint]:
    return check(envelope.decode(octets))


def without(octets: bytes, identifier: bytes) -> bytes:
    """A SET without the member that has an identifier."""
    members = [each for each in ber.elements(ber.contents(octets)) if each[:1] != identifier]
    return ber.tlv(octets[:1], b"".join(members))


def changed(octets: bytes, was: str, now: str) -> bytes:
    """The same with some octets, which are there once, replaced."""
    old, new = bytes.fromhex(was), bytes.fromhex(now)
    assert octets.count(old) == 1
    assert len(old) == len(new)
    return octets.replace(old, new)


@pytest.mark.parametrize(("head", "codec"), [(MESSAGE, envelope), (PROBE, probe), (REPORT, report)])
def test_what_is_written_here_is_right(head: Head, codec: object) -> None:
    assert check(codec.decode(codec.encode(head))) == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(("head", "codec"), [(MESSAGE, envelope), (PROBE, probe), (REPORT, report)])
def test_trace_is_mandatory(head: Head, codec: object) -> None:
    if isinstance(head, Report):
        head = replace(head, envelope=replace(head.envelope, trace=()))
    else:
        head = replace(head, trace=())
    octets = codec.encode(head)  # type: ignore[attr-defined]
    expected = [Complaint("mts", "no trace information: it is mandatory")]
    assert check(codec.decode(octets)) == expected  # type: ignore[attr-defined]


def test_a_content_type_is_mandatory() -> None:
    octets = without(envelope.encode(MESSAGE), b"\x46")
    assert message(octets) == [Complaint("mts", "no content type: it is mandatory")]


@pytest.mark.parametrize(
    ("identifier", "member"),
    [
        (b"\x80", "originally-specified-recipient-number"),
        (b"\x81", "per-recipient-indicators"),
    ],
)
def test_each_recipient_has_a_number_and_indicators(identifier: bytes, member: str) -> None:
    members = ber.elements(ber.contents(envelope.encode(MESSAGE)))
    (recipients,) = (each for each in members if each[:1] == b"\xa2")
    first, second = ber.elements(ber.contents(recipients))
    poor = ber.tlv(b"\xa2", without(first, identifier) + second)
    octets = ber.tlv(b"\x31", b"".join(poor if each == recipients else each for each in members))
    expected = f"a recipient without {member}: it is mandatory"
    assert message(octets) == [Complaint("mts", expected)]


@pytest.mark.parametrize("number", [0, -1, 32_768])
def test_numbers_have_bounds(number: int) -> None:
    octets = envelope.encode(replace(MESSAGE, recipients=(Recipient(SMITH, number),)))
    expected = f"recipient number {number}: must be 1 to 32767"
    assert message(octets) == [Complaint("mts", expected)]


def test_names_have_bounds() -> None:
    octets = envelope.encode(replace(MESSAGE, identifier=MtsIdentifier(DOMAIN, "x" * 33)))
    assert message(octets) == [Complaint("mts", "local identifier of 33: at most 32")]


def test_numbers_are_different_unless_a_list_was_expanded() -> None:
    twice = replace(MESSAGE, recipients=(Recipient(SMITH, 7), Recipient(WU, 7)))
    expected = "recipient number 7 twice, though no distribution list was expanded"
    assert message(envelope.encode(twice)) == [Complaint("mts", expected)]
    history = Extension(StandardExtension.DL_EXPANSION_HISTORY, b"\x30\x00")
    assert message(envelope.encode(replace(twice, extensions=(history,)))) == []


@pytest.mark.parametrize(
    ("was", "now", "text", "severity"),
    [
        # per-message indicators [APPLICATION 8] 4 bits in an octet
        (
            "48 02 00 10",
            "48 02 09 10",
            "per-message-indicators: a BIT STRING with 9 unused bits in 2 octets",
            Severity.BROKEN,
        ),
        (
            "48 02 00 10",
            "48 02 04 11",
            "per-message-indicators: a BIT STRING with bits set among the 4 unused ones",
            Severity.DEVIATION,
        ),
        ("48 02 00 10", "48 02 04 10", "", Severity.BROKEN),
        # criticality [1] 3 bits
        (
            "81 02 05 20",
            "81 02 05 21",
            "criticality of dl-expansion-prohibited: a BIT STRING with bits set among the 5 "
            "unused ones",
            Severity.DEVIATION,
        ),
        # built-in encoded information types [0] 16 bits
        (
            "80 03 00 20 00",
            "80 03 08 20 00",
            "built-in encoded information types: a BIT STRING with 8 unused bits in 3 octets",
            Severity.BROKEN,
        ),
    ],
)
def test_the_padding_of_bit_strings(was: str, now: str, text: str, severity: Severity) -> None:
    found = message(changed(envelope.encode(MESSAGE), was, now))
    assert found == [Complaint("mts", text, severity)] * bool(text)


@pytest.mark.parametrize(("unused", "bits"), [(3, None), (4, 4)])
def test_indicators_are_as_many_as_have_names(unused: int, bits: int | None) -> None:
    octets = envelope.encode(replace(MESSAGE, recipients=(Recipient(SMITH, 1),)))
    found = message(changed(octets, "81 02 00 a8", f"81 02 0{unused} a0"))
    text = f"per-recipient-indicators of {bits} bits: 5 have names"
    assert found == [Complaint("mts", text)] * (bits is not None)


def test_explicit_tags_are_one_deviation() -> None:
    explicit = tuple(
        Extension(kind, b"\x05\x00", explicit=True)
        for kind in (StandardExtension.CONTENT_CORRELATOR, StandardExtension.LATEST_DELIVERY_TIME)
    )
    found = message(envelope.encode(replace(MESSAGE, extensions=explicit)))
    text = (
        "types of extensions with EXPLICIT tags, as PP writes them: "
        "content-correlator, latest-delivery-time"
    )
    assert found == [Complaint("mts", text, Severity.DEVIATION)]
