"""How long queues were, and when that changed."""

from datetime import UTC, datetime, timedelta

from mta_emu.mta.log.records import ConnectorState, Listening
from mta_lab.web.model.queues import queues

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def seconds(time: datetime) -> float:
    return (time - NOON).total_seconds()


def said(at: float, connector: str, queued: int) -> ConnectorState:
    return ConnectorState(connector, queued, "idle", 0).at(NOON + timedelta(seconds=at))


def test_each_connector_has_its_first_length_and_every_change() -> None:
    records = {
        "A": [Listening("x"), said(0, "B", 0), said(1, "B", 2), said(2, "B", 2), said(3, "B", 0)],
        "B": [said(0, "A", 0), said(1, "C", 7)],
        "firewall": [],
    }
    found = {(each.host, each.connector): each.points for each in queues(records, seconds)}
    assert found == {
        ("A", "B"): ((0, 0), (1, 2), (3, 0)),
        ("B", "A"): ((0, 0),),
        ("B", "C"): ((1, 7),),
    }
