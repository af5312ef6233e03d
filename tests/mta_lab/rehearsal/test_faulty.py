"""What faults do to a connection."""

from ipaddress import IPv4Address

import pytest

from mta_emu.osi.rtse.primitives import Mode
from mta_lab.rehearsal.faulty import Crossing, Faulty, largest_apdu
from mta_lab.topology.faults import Fault
from tests.mta_lab.rehearsal.changed import lab

OUTSIDE, INSIDE = IPv4Address("203.0.113.1"), IPv4Address("198.51.100.10")
INWARD = Crossing("outside", OUTSIDE, 102)
ONWARD = Crossing("inside", INSIDE, 102)


def faulty(**fault: object) -> Faulty:
    return Faulty(lab("q196381"), [Fault.model_validate(fault)])


@pytest.mark.parametrize(
    ("effect", "stops"),
    [
        ({"black_hole": True}, True),
        ({"reset": True}, True),
        ({"drop": 100}, True),
        ({"drop": 99}, False),
        ({"delay": 2}, False),
        ({"rate": 9600}, False),
        ({"larger_than": 600}, False),
    ],
)
@pytest.mark.parametrize("place", ["outside", "x400-inbound"])
def test_some_faults_let_nothing_across_where_they_are(
    effect: dict[str, object], stops: bool, place: str
) -> None:
    found = faulty(on=place, **effect)
    assert bool(found.stops(INWARD)) is stops
    assert found.stops(ONWARD) is None


def test_the_largest_packet_is_known_where_nobody_says_so() -> None:
    assert faulty(on="inside", larger_than=600).largest(ONWARD) == 600
    assert faulty(on="inside", larger_than=600).largest(INWARD) is None
    assert faulty(on="inside", larger_than=600, icmp=True).largest(ONWARD) is None


@pytest.mark.parametrize(
    ("mode", "overhead"), [(Mode.NORMAL_1988, 71), (Mode.X410_1988, 41), (Mode.X410_1984, 41)]
)
def test_a_transfer_is_written_with_what_the_layers_add(mode: Mode, overhead: int) -> None:
    """On the wire of q196381: 71 octets of TPKT to P-DATA around an APDU of 400."""
    assert largest_apdu(52 + 400 + overhead, mode) == 400
