"""What a fault is, and which of several there are."""

from typing import Any

import pytest

from labkit.config import ConfigurationError, parse
from mta_lab.topology.faults import Fault, Faults


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({}, "give one of drop, reset, delay, rate, black_hole, larger_than, lift"),
        ({"drop": 5, "reset": True}, "give one of drop, reset"),
        ({"drop": 101}, "fault: drop: "),
        ({"delay": -1}, "fault: delay: "),
        ({"rate": 10}, "fault: rate: "),
        ({"rate": 0}, "fault: rate: "),
        ({"drop": 0, "reset": True}, "give one of drop, reset"),
        ({"reset": True, "for": 0}, "fault: for: "),
        ({"larger_than": 100}, "fault: larger_than: "),
        ({"drop": 5, "icmp": True}, "icmp is the answer to packets that are larger_than"),
        ({"explode": True, "reset": True}, "fault: explode: "),
    ],
)
def test_a_wrong_fault_is_named(fields: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        parse({"on": "outside"} | fields, Fault, "fault")
    assert complaint in str(error.value)


def test_one_of_a_kind_at_each_place() -> None:
    first, again = Fault(on="outside", drop=5), Fault(on="outside", drop=7)
    other, elsewhere = Fault(on="outside", delay=1), Fault(on="inside", drop=5)
    faults = Faults()
    for each in (first, other, elsewhere, again):
        faults = faults.after(each)
    assert set(faults.faults) == {again, other, elsewhere}
    assert faults.without(again).faults == (other, elsewhere)
    assert faults.without(first) == faults
    assert faults.after(Fault(on="outside", lift=True)).faults == (elsewhere,)


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (Fault(on="outside", drop=2.5), "outside: drop 2.5 %"),
        (Fault(on="x400-inbound", black_hole=True), "x400-inbound: black hole"),
        (
            Fault.model_validate({"on": "x", "larger_than": 700, "icmp": True, "for": 60}),
            "x: larger than 700 octets with icmp for 60 s",
        ),
    ],
)
def test_a_fault_reads_as_a_line(fault: Fault, text: str) -> None:
    assert str(fault) == text
