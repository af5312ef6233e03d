"""What is seen of a play, before the other side has mail and after."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from labkit.records import Record
from mta_emu.mta.log.records import Association, EventLogged, ReportReceived, Submitted
from mta_lab.rehearsal.proof.witness import Seen
from mta_lab.topology.files import Topology
from mta_lab.topology.programs import Program
from mta_lab.verdict.flows import SentMail
from tests.mta_lab.rehearsal.changed import lab

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
RIGHT = lab("q166308-all-right")
SENT = SentMail("NORTH", "SOUTH", ("one",))
REPLY = SentMail("SOUTH", "NORTH", ("two",))


def at(second: int, record: Record) -> Record:
    return record.at(NOON + timedelta(seconds=second))


def event(number: int) -> EventLogged:
    return EventLogged(number, "Warning", "MSExchangeMTA", "X.400 Service", "")


def seen(
    *sent: SentMail,
    ended: int = 9,
    topology: Topology = RIGHT,
    **records: Sequence[Record],
) -> Seen:
    said = {name: [*records.get(name, ())] for name in topology.mtas}
    end = NOON + timedelta(seconds=ended)
    observation: Any = SimpleNamespace(records=said, sent_mail=[*sent], ended=end, differences=[])
    placement: Any = SimpleNamespace(topology=topology)
    return Seen(placement, observation, [])


def call(second: int, initiated: Any = "locally", number: int = 1) -> Record:
    ends = "203.0.113.10:9", "203.0.113.20:102"
    local, peer = ends if initiated == "locally" else ends[::-1]
    return at(second, Association(number, "SOUTH", initiated, local, peer, "refused", check="bind"))


def test_the_other_sides_mail_divides_what_was_said() -> None:
    north = [at(1, Submitted("one")), call(2), at(3, event(1290)), at(5, event(289))]
    south = [at(3, event(51)), at(4, Submitted("two")), at(4, event(1293))]
    found = seen(SENT, REPLY, NORTH=north, SOUTH=south)
    assert found.events == {"NORTH": (1290,), "SOUTH": (51,)}
    assert [each.caller for each in found.first] == ["NORTH"]
    assert found.later == []


def test_without_other_mail_all_of_it_comes_before_and_nothing_after_the_plays_end() -> None:
    north = [at(1, Submitted("one")), call(2), at(8, event(289)), at(10, event(1294))]
    assert seen(SENT, NORTH=north).events == {"NORTH": (289,), "SOUTH": ()}


def test_a_message_that_was_not_taken_became_nothing() -> None:
    assert seen().becomes is None


@pytest.mark.parametrize(("program", "callers"), [(False, [None]), (True, [])])
def test_calls_of_nobody_known_count_unless_there_are_programs(
    program: bool, callers: list[str | None]
) -> None:
    """A probe calls port 102, and no prediction is about it."""
    topology = RIGHT
    if program:
        probe = Program.model_validate({"address": "203.0.113.50"})
        topology = topology.model_copy(update={"programs": {"PROBE": probe}})
    probed = Association(1, None, "remotely", "203.0.113.20:102", "203.0.113.50:9", "refused")
    found = seen(SENT, topology=topology, SOUTH=[at(1, probed)])
    assert [each.caller for each in found.first] == callers


def test_what_a_report_says_to_the_originator_is_seen_without_its_time() -> None:
    def report(mts_identifier: str) -> Record:
        outcome = "delivered 1998-03-02T09:00:00+00:00"
        return at(1, ReportReceived(mts_identifier, "C=US", "C=US", outcome, "Delivered."))

    assert seen(SENT, NORTH=[report("one")]).reported_back == "delivered"
    assert seen(SENT, NORTH=[report("another")]).reported_back == ""
    assert seen(NORTH=[report("one")]).reported_back == ""
