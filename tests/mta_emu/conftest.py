"""How hypothesis makes values of the message transfer service, and an MTA that is served."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import strategies as st

from mta_emu.mts.envelope import Envelope
from mta_emu.mts.extension import Criticality, Extension
from mta_emu.mts.fields import (
    ContentType,
    Indicators,
    PerMessageIndicators,
    Priority,
    ReportRequest,
    encoded_information_types,
)
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.probe import Probe
from mta_emu.mts.report import (
    Delivered,
    LastTrace,
    NotDelivered,
    Report,
    ReportContent,
    ReportedRecipient,
    ReportEnvelope,
)
from mta_emu.mts.subject import Recipient
from mta_emu.mts.trace import TraceElement
from tests.mta_emu.serving import serving

printable = st.text("ABCxyz019 -", min_size=1, max_size=12)
maybe = st.one_of(st.just(""), printable)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2049, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)
maybe_moments = st.one_of(st.none(), moments)
content_types = st.one_of(st.sampled_from(ContentType), st.just("1.2.3"))
#: Elements that no type of P1 has: [30] and [PRIVATE 1].
unknown = st.sampled_from([(), (bytes.fromhex("9e01aa"),), (bytes.fromhex("e1020500"),)])
octets = st.binary(max_size=8).map(lambda value: b"\x04" + bytes((len(value),)) + value)
bilateral = st.sampled_from(  # for an administration domain, for a private one
    [
        bytes.fromhex("300d 6104 1302 5553 6203 1301 20 0500"),
        bytes.fromhex("300a 6104 1302 5553 3000 0500"),
    ]
)
information_types = st.sampled_from(
    [b"", encoded_information_types(2), encoded_information_types(2, extended=("2.6.1.4.11",))]
)
message_indicators = st.integers(0, 15).map(lambda bits: PerMessageIndicators(bits << 4))


def some(strategy: st.SearchStrategy[object], least: int = 0) -> st.SearchStrategy[object]:
    return st.lists(strategy, min_size=least, max_size=3).map(tuple)


register = st.register_type_strategy
register(GlobalDomain, st.builds(GlobalDomain, st.sampled_from(["US", "310"]), printable, maybe))
domains = st.from_type(GlobalDomain)
register(MtsIdentifier, st.builds(MtsIdentifier, domains, printable))
identifiers = st.from_type(MtsIdentifier)
register(
    ORAddress,
    st.builds(
        ORAddress,
        country=st.sampled_from(["US", "310"]),
        private_domain=maybe,
        surname=printable,
        common_name=maybe,
    ),
)
addresses = st.from_type(ORAddress)
register(
    TraceElement,
    st.builds(
        TraceElement,
        domains,
        moments,
        st.integers(0, 1),
        attempted=st.one_of(st.none(), domains),
    ),
)
traces = some(st.from_type(TraceElement))
register(
    Extension,
    st.builds(
        Extension,
        st.one_of(st.integers(39, 63), st.just("1.2.3.4")),
        octets,
        st.integers(0, 7).map(lambda bits: Criticality(bits << 5)),
    ),
)
extensions = some(st.from_type(Extension))
register(
    Indicators,
    st.builds(Indicators.asking, st.sampled_from(ReportRequest), st.sampled_from(ReportRequest)),
)
indicators = st.from_type(Indicators)
register(
    Recipient,
    st.builds(
        Recipient,
        addresses,
        st.integers(1, 1000),
        indicators,
        st.one_of(st.none(), st.integers(0, 17)),
        extensions,
        unknown=unknown,
    ),
)
recipients = some(st.from_type(Recipient), 1)
register(
    Envelope,
    st.builds(
        Envelope,
        identifiers,
        addresses,
        recipients,
        content_types,
        maybe,
        traces,
        extensions,
        information_types,
        message_indicators,
        some(bilateral),
        st.sampled_from(Priority),
        maybe_moments,
        unknown=unknown,
    ),
)
register(
    Probe,
    st.builds(
        Probe,
        identifiers,
        addresses,
        recipients,
        content_types,
        maybe,
        traces,
        extensions,
        information_types,
        message_indicators,
        some(bilateral),
        st.one_of(st.none(), st.integers(0, 1 << 31)),
        unknown=unknown,
    ),
)
outcomes = st.one_of(
    st.builds(Delivered, moments, st.integers(0, 6)),
    st.builds(NotDelivered, st.integers(0, 8), st.one_of(st.none(), st.integers(0, 78))),
)
register(LastTrace, st.builds(LastTrace, moments, outcomes, information_types, unknown=unknown))
register(
    ReportedRecipient,
    st.builds(
        ReportedRecipient,
        addresses,
        st.integers(1, 1000),
        indicators,
        st.from_type(LastTrace),
        st.one_of(st.none(), addresses),
        maybe,
        extensions,
        unknown=unknown,
    ),
)
register(
    ReportEnvelope,
    st.builds(ReportEnvelope, identifiers, addresses, traces, extensions, unknown=unknown),
)
register(
    ReportContent,
    st.builds(
        ReportContent,
        identifiers,
        some(st.from_type(ReportedRecipient), 1),
        traces,
        information_types,
        st.one_of(st.none(), content_types),
        maybe,
        st.one_of(st.none(), st.binary(max_size=20)),
        st.one_of(st.just(b""), octets),
        extensions,
        unknown=unknown,
    ),
)
register(Report, st.builds(Report, st.from_type(ReportEnvelope), st.from_type(ReportContent)))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An MTA process whose peer does not exist; its data directory."""
    with serving(tmp_path_factory.mktemp("mta")) as data:
        yield data
