"""What is seen of a play, and when."""

from types import SimpleNamespace
from typing import Any

import pytest

from labkit.records import Record
from mta_emu.mta.log.records import Association, Released
from mta_lab.rehearsal.proof.witness import Seen, Witness
from mta_lab.topology.play import PlayStep
from mta_lab.topology.programs import Program
from tests.mta_lab.rehearsal.changed import lab

SETTLED = PlayStep.model_validate({"await": "settled"})


def record(name: str) -> Record:
    return Released(name)


async def test_it_keeps_the_records_and_how_many_there_were_at_each_step() -> None:
    witness = Witness()
    await witness.before(0, SETTLED)
    witness.hear("A", record("one"))
    witness.hear("B", record("two"))
    await witness.before(1, SETTLED)
    witness.hear("A", record("three"))
    await witness.over()
    assert witness.records == {"A": [record("one"), record("three")], "B": [record("two")]}
    assert witness.counts == [{}, {"A": 1, "B": 1}, {"A": 2, "B": 1}]


@pytest.mark.parametrize(("program", "callers"), [(False, [None]), (True, [])])
def test_calls_of_nobody_known_count_unless_there_are_programs(
    program: bool, callers: list[str | None]
) -> None:
    """A probe calls port 102, and no prediction is about it."""
    topology = lab("q166308-all-right")
    if program:
        probe = Program.model_validate({"address": "203.0.113.50"})
        topology = topology.model_copy(update={"programs": {"PROBE": probe}})
    call = Association(1, None, "remotely", "203.0.113.20:102", "203.0.113.50:9", "refused")
    witness = Witness()
    witness.hear("SOUTH", call)
    placement: Any = SimpleNamespace(topology=topology)
    result: Any = SimpleNamespace(firewalls={})
    seen = Seen(placement, witness, result, [], "NORTH")
    assert [each.caller for each in seen.first] == callers
