"""What is seen of a play, and when."""

from labkit.records import Record
from mta_emu.mta.log.records import Released
from mta_lab.rehearsal.proof.witness import Witness
from mta_lab.topology.play import PlayStep

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
