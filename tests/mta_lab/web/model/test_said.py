"""What hosts said, and the packets that caused it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from firewall_proxy.records import Connection, Outcome
from mta_emu.mta.log.records import Association, ConnectorState, EventLogged
from mta_lab.web.model.columns import Columns
from mta_lab.web.model.joined import joined
from mta_lab.web.model.ladder import draw
from mta_lab.web.model.page import Said
from mta_lab.web.model.said import passed, said
from mta_lab.web.model.writing import Writing
from tests.mta_lab.web.captured import refused

A, OUTSIDE = "203.0.113.10:4001", "203.0.113.1:102"
INSIDE, B = "198.51.100.1:5001", "198.51.100.10:102"
LEGS = refused(A, OUTSIDE, 1), refused(INSIDE, B, 3)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
CONNECTION = Connection(
    service="x400",
    rule=None,
    source=A,
    destination=OUTSIDE,
    onward_source=INSIDE,
    onward_destination=B,
    bytes_out=1,
    bytes_in=1,
    seconds=1.0,
    outcome=Outcome.CLOSED,
).at(NOON + timedelta(seconds=9))
REFUSED: dict[str, Any] = {"reason": "not that address", "place": "a.yaml:7 stack.address"}
CALLED_MTA = [
    ConnectorState("C", 0, "idle", 0).at(NOON),
    Association(1, "C", "remotely", B, INSIDE, "refused", **REFUSED).at(NOON),
    EventLogged(
        1293, "Warning", "MSExchangeMTA", "X.400 Service", "no\x1b", association=1, reason="why"
    ).at(NOON + timedelta(seconds=1)),
]


def everything() -> list[Said]:
    records = {"firewall": [CONNECTION], "B": CALLED_MTA}
    ladder = draw(joined(LEGS), Columns(), Writing(0), {})
    return said(
        records, ["B"], LEGS, ladder, Writing(0), lambda time: (time - NOON).total_seconds()
    )


def test_what_is_said_stands_in_order_and_queues_are_not_said() -> None:
    assert [(each.host, each.kind, each.time) for each in everything()] == [
        ("B", "association", 0),
        ("B", "event", 1),
        ("firewall", "connection", 9),
    ]


def test_a_refusal_and_its_event_were_caused_by_the_refuse() -> None:
    record, event, _ = everything()
    refuse = 5  # of the frames 1, 2, 3, 4, 21, 23
    assert record.caused_by == event.caused_by == (refuse,)
    assert (record.reason, record.configured) == ("not that address", "a.yaml:7 stack.address")
    assert (event.event, event.type, event.source) == (1293, "Warning", "MSExchangeMTA")
    assert (event.category, event.text, event.reason) == ("X.400 Service", "no\\x1b", "why")


def test_a_firewalls_record_goes_with_the_first_packet_of_each_side() -> None:
    assert everything()[-1].caused_by == (0, 2)


def test_only_firewalls_pass_something() -> None:
    assert [*passed({"B": CALLED_MTA, "firewall": [CONNECTION]})] == [("firewall", CONNECTION)]


def test_what_has_no_packet_has_no_cause() -> None:
    ladder = draw([], Columns(), Writing(0), {})
    records = {"firewall": [CONNECTION], "B": CALLED_MTA}
    found = said(records, ["B"], [], ladder, Writing(0), lambda _: 0.0)
    assert [each.caused_by for each in found] == [(), (), ()]
