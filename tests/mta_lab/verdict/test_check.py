"""A capture beside the logs: what only one of them has, and what PDUs say of an association."""

import json
from pathlib import Path

import pytest

from mta_emu.decode.association import Association
from mta_emu.decode.dissector import dissect
from mta_emu.decode.segment import Address
from mta_emu.decode.steps import Layer, Side, Step
from mta_emu.decode.tcp import Connection
from mta_lab.verdict.check import compare, outcome, read_logs


def test_an_association_that_the_capture_lacks_is_found(run: Path) -> None:
    logs = read_logs(run / "seed.json", run / "seed.pcapng")
    port = json.loads((run / "seed.json").read_text())["capture"]["decode_as"]
    ports = [int(port.split("==")[1].split(",")[0])] if port else [102]
    captured = dissect(run / "seed.pcapng", ports)
    lost = next(each for each in captured if outcome(each, Side.CALLED) == "accepted")
    wrong = [
        each for each in compare([a for a in captured if a is not lost], logs) if not each.agrees
    ]
    assert [(each.logged, each.captured) for each in wrong] == [("accepted", None)]
    assert wrong[0].called == str(lost.ends[Side.CALLED])


CALLING, CALLED = Side.CALLING, Side.CALLED


@pytest.mark.parametrize(
    ("said", "caller", "called"),
    [
        ([(CALLING, "CN"), (CALLED, "AC"), (CALLING, "AS")], "accepted", "accepted"),
        ([(CALLING, "CN"), (CALLED, "AC"), (CALLED, "AB")], "accepted", "accepted"),
        ([(CALLING, "CN"), (CALLED, "AC"), (CALLING, "AB")], "refused", "accepted"),
        ([(CALLING, "CN"), (CALLED, "RF")], "refused", "refused"),
        ([(CALLING, "CR"), (CALLED, "DR")], "refused", "refused"),
        ([(CALLING, "CN"), (CALLED, "AB")], "aborted", "aborted"),
        ([(CALLING, "CN")], "aborted", "aborted"),
    ],
)
def test_the_outcome_is_what_the_pdus_say(
    said: list[tuple[Side, str]], caller: str, called: str
) -> None:
    ends = Address("203.0.113.10", 40000), Address("203.0.113.1", 102)
    association = Association(Connection(*ends, complete=True, opened_with=0))
    association.steps = [
        Step(number, number, sender, (Layer("session", "", pdu=pdu),), number)
        for number, (sender, pdu) in enumerate(said)
    ]
    assert outcome(association, CALLING) == caller
    assert outcome(association, CALLED) == called
