"""Message transfer envelopes."""

from contextlib import suppress
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts import envelope as envelopes
from mta_emu.mts.envelope import (
    ContentType,
    Envelope,
    GlobalDomain,
    MtsIdentifier,
    Priority,
    Recipient,
    ReportRequest,
    TraceElement,
)
from mta_emu.mts.oraddress import ORAddress
from mta_emu.osi.errors import ProtocolError

DOMAIN = GlobalDomain("US", " ", "Contoso")
JONES = ORAddress(country="US", surname="Jones")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ENVELOPE = Envelope(MtsIdentifier(DOMAIN, "A-1"), JONES, (Recipient(JONES),))

printable = st.text("ABCxyz019 -", min_size=1, max_size=12)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2049, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)
domains = st.builds(
    GlobalDomain, st.sampled_from(["US", "310"]), printable, st.one_of(st.just(""), printable)
)
recipients = st.builds(
    Recipient,
    st.just(JONES),
    st.integers(1, 1000),
    st.booleans(),
    st.sampled_from(ReportRequest),
    st.sampled_from(ReportRequest),
)
envelopes_of_all_kinds = st.builds(
    Envelope,
    st.builds(MtsIdentifier, domains, printable),
    st.just(JONES),
    st.lists(recipients, min_size=1, max_size=3).map(tuple),
    st.one_of(st.sampled_from(ContentType), st.just("1.2.3")),
    st.sampled_from(Priority),
    st.one_of(st.just(""), printable),
    st.lists(st.builds(TraceElement, domains, moments), max_size=3).map(tuple),
    st.lists(
        st.builds(TraceElement, domains, moments, mta_name=printable), min_size=0, max_size=2
    ).map(tuple),
    st.just((bytes.fromhex("3009 80013f a2040402abcd"),)),  # an extension that nobody here knows
)


@given(envelopes_of_all_kinds)
def test_envelopes_survive_the_wire(envelope: Envelope) -> None:
    assert envelopes.decode(envelopes.encode(envelope)) == envelope


def test_golden_parts() -> None:
    octets = envelopes.encode(ENVELOPE)
    # [APPLICATION 4] { [APPLICATION 3] { C US, A " ", P Contoso }, "A-1" }
    identifier = "641b 6314 6104 1302 5553 6203 1301 20 1307 436f6e746f736f 1603 412d31"
    assert bytes.fromhex(identifier) in octets
    assert bytes.fromhex("46 01 16") in octets  # [APPLICATION 6] 22, interpersonal 1988
    assert bytes.fromhex("81 02 00 a8") in octets  # responsible, non-delivery reports: 10101000
    assert b"\x47" not in octets[:2]  # priority normal is the default


def test_passing_leaves_a_trace() -> None:
    once = ENVELOPE.passed(DOMAIN, "ONE", NOON)
    twice = once.passed(DOMAIN, "TWO", NOON)
    assert [element.domain for element in twice.trace] == [DOMAIN]
    assert [element.mta_name for element in twice.internal_trace] == ["ONE", "TWO"]


@given(st.binary(max_size=80))
def test_whatever_comes_is_an_envelope_or_a_protocol_error(octets: bytes) -> None:
    with suppress(ProtocolError):
        envelopes.decode(octets)
