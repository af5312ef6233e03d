"""Trace information."""

from dataclasses import replace
from datetime import UTC, datetime

from mta_emu.mts import trace as traces
from mta_emu.mts.extension import Extension, StandardExtension
from mta_emu.mts.identifiers import GlobalDomain
from mta_emu.mts.trace import (
    TraceElement,
    internal_trace,
    mark_redirected,
    passed,
    since_redirected,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
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


def test_the_trace_tells_who_redirected_and_may_be_passed_again_since() -> None:
    here = TraceElement(DOMAIN, NOON, mta_name="A")
    trace, extensions = passed((TraceElement(OTHER, NOON),), (), here)
    trace, extensions = mark_redirected(trace, extensions, DOMAIN)
    assert trace[1].others == (bytes.fromhex("83 02 06 80"),)  # bits redirected, dl-operation
    assert [each.redirected for each in trace] == [False, True]
    assert since_redirected(trace) == trace[1:]
    again, _ = passed(trace, extensions, TraceElement(OTHER, NOON, mta_name="B"))
    assert [each.domain for each in again] == [OTHER, DOMAIN, OTHER]
    assert traces.decode(traces.encode(again)) == again


def test_a_distribution_lists_expansion_stays_told() -> None:
    expanded = TraceElement(DOMAIN, NOON, others=(bytes.fromhex("83 02 06 40"),))
    assert not expanded.redirected
    ((both,), _) = mark_redirected((expanded,), (), DOMAIN)
    assert both == replace(expanded, others=(bytes.fromhex("83 02 06 c0"),))
