"""What faults do to a connection."""

import json
from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mta_emu.osi.rtse.primitives import Mode
from mta_lab.cli import app
from mta_lab.rehearsal.expected import flows
from mta_lab.rehearsal.faulty import Crossing, Faulty, largest_apdu
from mta_lab.rehearsal.play import play
from mta_lab.topology.faults import Fault
from mta_lab.topology.reading import load_topology
from tests.mta_lab.rehearsal.changed import LABS, NOW, lab

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


STALLS = """
play:
  - fault: {on: lan, larger_than: 700}
  - send:
      at: NORTH
      from: "C=US;A= ;P=Contoso;O=North;S=Jones"
      to: "C=US;A= ;P=Contoso;O=South;S=Smith"
      text: "%s"
  - await: {event: 1294, at: NORTH}
"""


@pytest.mark.parametrize(
    ("length", "becomes", "scale"), [(2000, "stalled", 3600), (10, "delivered", 1)]
)
def test_packets_stall_as_predicted(
    length: int,
    becomes: str,
    scale: int,
    tmp_path: Path,
    lab_name: Callable[[str], str],
    needs_netns: Callable[[], None],
) -> None:
    """The idle limit of the called side, two hours, ends what stalls."""
    needs_netns()
    text = (LABS / "q166308-all-right.yaml").read_text("utf-8").partition("\nplay:")[0]
    text = text.replace("\nnetworks:", f"\ntime_scale: {scale}\nnetworks:")
    steps = STALLS % ("x" * length)
    if becomes == "delivered":
        steps = steps.replace("{event: 1294, at: NORTH}", "{delivered: 1, at: SOUTH}")
    file = tmp_path / "lab.yaml"
    file.write_text(text + steps, "utf-8")
    topology = load_topology(file)
    predicted = play(topology, NOW)
    assert (predicted.failed, predicted.not_modelled) == ([], "")
    arguments = ("--backend", "netns", "--name", lab_name("stalls"), "--json")
    capture = ("--capture", str(tmp_path / "x.pcapng"))
    result = json.loads(CliRunner().invoke(app, ["run", str(file), *arguments, *capture]).stdout)
    assert result["differences"] == []
    seen = {flow["from"]: flow["disposition"] for flow in result["flows"]}
    assert seen["NORTH"] == flows(topology, predicted)[0].disposition == becomes
    logged = tuple(event["id"] for event in result["mtas"]["NORTH"]["events"])
    assert logged == predicted.events("NORTH")
