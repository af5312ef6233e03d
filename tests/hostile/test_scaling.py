"""What comes costs linear time: whatever it is made of, eight times as much costs eight times.

Processor time of this thread is measured, the least of three times, so that a busy machine does not
matter; what is quadratic would cost 64 times as much.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mta_emu.mta.policy import reports
from mta_emu.mta.policy.reports import ThisMta
from mta_emu.mts import envelope as envelopes
from mta_emu.mts import report as report_codec
from mta_emu.mts.apdu import ApduReader, decode_head, encode_head, prefix
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.extension import Extension, StandardExtension
from mta_emu.mts.fields import Indicators
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.report import (
    LastTrace,
    NotDelivered,
    Report,
    ReportContent,
    ReportedRecipient,
    ReportEnvelope,
)
from mta_emu.mts.subject import Recipient
from mta_emu.mts.trace import TraceElement, with_internal_trace
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError

DOMAIN = GlobalDomain("US", " ", "Contoso")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
JONES = ORAddress(country="US", surname="Jones")
ENVELOPE = Envelope(MtsIdentifier(DOMAIN, "M"), JONES, (Recipient(JONES),))
PIECE = 1000  # octets that come at once
#: A redirection: for Smith, on 1 January 2026, by the recipient's domain.
REDIRECTION = bytes.fromhex(
    "3027 3022 6011 300f 6104 1302 5553 a507 8005 536d697468170d 3236303130313132303030315a 0a0102"
)


def with_member(octets: bytes) -> bytes:
    return ber.tlv(b"\x31", ber.contents(envelopes.encode(ENVELOPE)) + octets)


def to(*recipients: Recipient) -> bytes:
    return envelopes.encode(replace(ENVELOPE, recipients=recipients))


def nested(count: int, depth: int, *, definite: bool) -> bytes:
    value = b"\x80\x00" * count
    for _ in range(depth):
        value = ber.tlv(b"\xbe", value) if definite else b"\xbe\x80" + value + b"\x00\x00"
    return with_member(value)


def named(count: int) -> list[ORAddress]:
    return [replace(JONES, surname=f"S{number}") for number in range(count)]


def report(count: int) -> bytes:
    outcome = NotDelivered(1, 0)
    told = [
        ReportedRecipient(each, number, Indicators(), LastTrace(NOON, outcome))
        for number, each in enumerate(named(count), 1)
    ]
    return report_codec.encode(
        Report(
            ReportEnvelope(MtsIdentifier(DOMAIN, "R"), JONES),
            ReportContent(MtsIdentifier(DOMAIN, "M"), tuple(told)),
        )
    )


#: What a head is made of, of which there is so much.
MADE_OF: dict[str, tuple[Callable[[int], bytes], int]] = {
    "unknown members": (lambda n: with_member(b"\x9e\x00" * n), 8000),
    "unknown members that end at a mark": (lambda n: with_member(b"\xbe\x80\0\0" * n), 8000),
    "values that nest": (lambda n: nested(n, 58, definite=True), 4000),
    "values that nest and end at marks": (lambda n: nested(n, 58, definite=False), 4000),
    "bilateral information": (
        lambda n: with_member(ber.tlv(b"\xa1", b"\x30\x80\0\0" * n)),
        8000,
    ),
    "recipients": (lambda n: to(*map(Recipient, named(n))), 200),
    "extensions": (
        lambda n: envelopes.encode(replace(ENVELOPE, extensions=(Extension(99),) * n)),
        2000,
    ),
    "private extensions": (
        lambda n: envelopes.encode(
            replace(ENVELOPE, extensions=tuple(Extension(f"1.3.6.{i}") for i in range(n)))
        ),
        1000,
    ),
    "a recipient's extensions": (
        lambda n: to(Recipient(JONES, extensions=(Extension(99),) * n)),
        2000,
    ),
    "redirections": (
        lambda n: to(
            Recipient(
                JONES,
                extensions=(
                    Extension(
                        StandardExtension.REDIRECTION_HISTORY, ber.tlv(b"\x30", REDIRECTION * n)
                    ),
                ),
            )
        ),
        1000,
    ),
    "trace": (
        lambda n: envelopes.encode(replace(ENVELOPE, trace=(TraceElement(DOMAIN, NOON),) * n)),
        1000,
    ),
    "trace of MTAs": (
        lambda n: envelopes.encode(
            replace(
                ENVELOPE,
                extensions=with_internal_trace((), (TraceElement(DOMAIN, NOON, mta_name="A"),) * n),
            )
        ),
        1000,
    ),
    "domain-defined attributes": (
        lambda n: to(Recipient(replace(JONES, domain_defined=(("T", "v"),) * n))),
        1000,
    ),
    "extension attributes": (
        lambda n: to(Recipient(replace(JONES, extension_attributes=((30, b"\x05\0"),) * n))),
        1000,
    ),
    "a report's recipients": (report, 200),
    "a report's unknown members": (
        lambda n: ber.tlv(
            b"\xa1",
            b"".join(
                ber.tlv(b"\x31", ber.contents(each) + b"\x9e\x00" * n)
                for each in ber.elements(ber.contents(report(1)))
            ),
        ),
        8000,
    ),
}


def relay(head: bytes) -> None:
    """What is done with a head between its coming and its going, but for keeping it."""
    octets, reader = prefix(head, 0), ApduReader()
    with suppress(ProtocolError):
        for at in range(0, len(octets), PIECE):
            reader.feed(octets[at : at + PIECE])
        came = decode_head(reader.head)
        if isinstance(came, Envelope):
            for each in came.recipients:
                reports.recipient_refusal(each)
            reports.refusal(came, ThisMta(DOMAIN, "HERE"), NOON)
            came = came.passed(DOMAIN, "HERE", NOON).for_recipients({came.recipients[0].key})
        elif isinstance(came, Report):
            reports.report_refusal(came, ThisMta(DOMAIN, "HERE"))
            came = came.passed(DOMAIN, "HERE", NOON)
        decode_head(encode_head(came))


def seconds(head: bytes) -> float:
    taken = []
    for _ in range(3):
        start = time.thread_time()
        relay(head)
        taken.append(time.thread_time() - start)
    return min(taken)


@pytest.mark.parametrize("what", MADE_OF)
def test_eight_times_as_much_costs_eight_times(what: str) -> None:
    make, count = MADE_OF[what]
    small, large = make(count), make(8 * count)
    relay(small)  # what is done once
    assert seconds(large) < 20 * max(seconds(small), 0.001)
