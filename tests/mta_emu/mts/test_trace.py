"""Trace information."""

from datetime import UTC, datetime

from mta_emu.mts import trace as traces
from mta_emu.mts.extension import Extension, StandardExtension
from mta_emu.mts.fields import EncodedInformationType, encoded_information_types
from mta_emu.mts.identifiers import GlobalDomain
from mta_emu.mts.trace import (
    TraceElement,
    converted_types,
    internal_trace,
    mark_converted,
    mark_expanded,
    mark_redirected,
    passed,
    since_readdressed,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 1, 1, 13, tzinfo=UTC)
DOMAIN, OTHER = GlobalDomain("US", " "), GlobalDomain("NO", " ")


def test_golden_octets() -> None:
    trace, extensions = passed((), (), TraceElement(DOMAIN, NOON, mta_name="A"))
    domain = "630b 6104 1302 5553 6203 1301 20"
    # SET { arrival-time [0] 260101120000Z, routing-action [2] relayed }
    supplied = "3112 800d 3236303130313132303030305a 820100"
    # [APPLICATION 9] { { [APPLICATION 3] { C US, A " " }, the SET } }
    assert traces.encode(trace) == bytes.fromhex(f"6923 3021 {domain} {supplied}")
    # the same with the MTA's name, IA5String "A", in standard extension 38
    internal = bytes.fromhex(f"3026 3024 {domain} 160141 {supplied}")
    assert extensions == (Extension(StandardExtension.INTERNAL_TRACE_INFORMATION, internal),)


def test_a_domain_is_there_once_and_its_mtas_each_time() -> None:
    once = passed((), (), TraceElement(DOMAIN, NOON, mta_name="ONE"))
    trace, extensions = passed(*once, TraceElement(DOMAIN, NOON, mta_name="TWO"))
    assert [element.domain for element in trace] == [DOMAIN]
    assert [element.mta_name for element in internal_trace(extensions)] == ["ONE", "TWO"]


def test_a_domain_has_a_new_element_when_it_comes_back_by_another() -> None:
    trace, extensions = passed((), (), TraceElement(DOMAIN, NOON, mta_name="A"))
    trace, extensions = passed(trace, extensions, TraceElement(OTHER, NOON, mta_name="X"))
    trace, extensions = passed(trace, extensions, TraceElement(DOMAIN, LATER, mta_name="B"))
    assert [(element.domain, element.arrival) for element in trace] == [
        (DOMAIN, NOON),
        (OTHER, NOON),
        (DOMAIN, LATER),
    ]


def test_the_trace_tells_who_redirected_and_may_be_passed_again_since() -> None:
    here = TraceElement(DOMAIN, NOON, mta_name="A")
    trace, extensions = passed((TraceElement(OTHER, NOON),), (), here)
    trace, extensions = mark_redirected(trace, extensions)
    assert trace[1].others == (bytes.fromhex("83 02 06 80"),)  # bits redirected, dl-operation
    assert [each.redirected for each in trace] == [False, True]
    assert internal_trace(extensions)[-1].redirected
    assert since_readdressed(trace) == trace[1:]
    again, _ = passed(trace, extensions, TraceElement(OTHER, NOON, mta_name="B"))
    assert [each.domain for each in again] == [OTHER, DOMAIN, OTHER]
    assert traces.decode(traces.encode(again)) == again


def test_all_that_was_done_stays_told() -> None:
    trace, extensions = passed((), (), TraceElement(DOMAIN, NOON, mta_name="A"))
    trace, extensions = mark_expanded(trace, extensions)
    assert trace[0].expanded
    assert not trace[0].redirected
    trace, extensions = mark_redirected(trace, extensions)
    assert trace[0].others == (bytes.fromhex("83 02 06 c0"),)
    # converted to [APPLICATION 5] { [0] BIT STRING: bit 2 of 16, IA5 text }
    types = encoded_information_types(EncodedInformationType.IA5_TEXT)
    trace, extensions = mark_converted(trace, extensions, types)
    others = (bytes.fromhex("83 02 06 c0"), bytes.fromhex("65 05 80 03 00 20 00"))
    assert trace[0].others == internal_trace(extensions)[0].others == others
    assert converted_types(trace) == types
    assert traces.decode(traces.encode(trace)) == trace
    assert mark_converted((), (), types) == ((), ())
