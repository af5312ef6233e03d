"""What Prometheus scrapes: counters of what was said, gauges of what is."""

from dataclasses import replace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from labkit.records import Record
from mta_emu.doors.metrics import Metrics
from mta_emu.mta.log.records import (
    Association,
    Delivered,
    EventLogged,
    Listening,
    Submitted,
    Transfer,
)
from mta_emu.mta.log.status import ConnectorStatus

CONNECTORS = [ConnectorStatus("TO-B", "To B", 3, "open", associations=1)]


def samples(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """Each value, by its name and the values of its labels."""
    families = text_string_to_metric_families(metrics.text().decode("utf-8"))
    return {
        (each.name, *(each.labels[label] for label in sorted(each.labels))): each.value
        for family in families
        for each in family.samples
        if not each.name.endswith("_created")
    }


def association(state: Any, reason: str = "") -> Association:
    return Association(1, "TO-B", "remotely", None, "127.0.100.88", state, reason=reason)


@pytest.mark.parametrize(
    ("records", "counted"),
    [
        ([Submitted("[1]"), Submitted("[2]")], {("mta_submitted_total",): 2}),
        ([Delivered("[1]", "S", "Hello")], {("mta_delivered_total",): 1}),
        (
            [Transfer("in", "[1]", "TO-B", 1, 1000), Transfer("in", "[2]", "TO-B", 1, 24)],
            {
                ("mta_transfers_total", "TO-B", "in"): 2,
                ("mta_transfer_bytes_total", "TO-B", "in"): 1024,
            },
        ),
        (
            [EventLogged(289, "Warning", "MSExchangeMTA", "X.400 Service", "text")],
            {("mta_events_total", "X.400 Service", "289", "Warning"): 1},
        ),
        (
            [association("open"), association("refused", "no such password")],
            {
                ("mta_associations_total", "TO-B", "remotely", "open"): 1,
                ("mta_associations_total", "TO-B", "remotely", "refused"): 1,
                ("mta_refusals_total", "TO-B", "remotely", "no such password"): 1,
            },
        ),
    ],
    ids=["submitted", "delivered", "transfers", "events", "associations"],
)
def test_records_are_counted(records: list[Record], counted: dict[tuple[str, ...], float]) -> None:
    metrics = Metrics(lambda: CONNECTORS)
    before = samples(metrics)
    for record in records:
        metrics.hear(record)
    after = samples(metrics)
    assert {key: after[key] for key in after if after[key] != before.get(key, 0)} == counted


def test_other_records_count_nothing() -> None:
    metrics = Metrics(lambda: CONNECTORS)
    before = samples(metrics)
    metrics.hear(Listening("127.0.113.88:102"))
    assert samples(metrics) == before


def test_queues_are_looked_at_when_somebody_asks() -> None:
    status = [*CONNECTORS]
    metrics = Metrics(lambda: status)
    status[0] = replace(status[0], queued=7, associations=0)
    found = samples(metrics)
    assert found["mta_queue_length", "TO-B"] == 7
    assert found["mta_associations_open", "TO-B"] == 0


def test_what_a_peer_says_is_no_markup() -> None:
    metrics = Metrics(lambda: CONNECTORS)
    reason = 'x"} 1\nmta_submitted_total 99\\'
    metrics.hear(association("refused", reason))
    found = samples(metrics)
    assert found["mta_refusals_total", "TO-B", "remotely", reason] == 1
    assert found["mta_submitted_total",] == 0
