"""What came of a switch, with the addresses of the topology file."""

from ipaddress import IPv4Address
from pathlib import Path

from labkit.reason import Reason
from mta_lab.backends.loopback import Loopback
from mta_lab.rehearsal.waiting import Waiting
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.reading import load_topology
from mta_lab.verdict.since import Observed
from mta_lab.web.model.came import came

SEED = load_topology(Path(__file__).parents[4] / "labs" / "q196381.yaml")
PLACEMENT = Loopback().place(SEED)
WIRE = IPv4Address("127.0.113.10")


def test_addresses_are_those_of_the_file() -> None:
    why = Reason("caller's address", f"{WIRE} is not in the Stack page")
    observed = Observed("A", "B", 1, 0, Disposition.REFUSED, WIRE, str(why))
    waits = Waiting("A", "WALL", 2, None, Disposition.REFUSED, why)
    found = came([observed], [waits], PLACEMENT)
    (flow,), (wait,) = found.flows, found.waiting
    assert flow.source_seen == "203.0.113.10"
    assert "203.0.113.10 is not" in flow.reason
    assert wait.text.startswith("A: 2 messages wait for connector WALL; a call is refused")
    assert "203.0.113.10 is not" in wait.text
    assert not wait.moves


def test_nothing_was_tried() -> None:
    (flow,) = came([Observed("A", "B", 0, 0, None, None, "")], [], PLACEMENT).flows
    assert (flow.disposition, flow.source_seen, flow.reason) == (None, "", "")


def test_what_moves_says_how() -> None:
    reason = Reason("admission", "accepted")
    waits = Waiting("A", "WALL", 1, None, Disposition.DELIVERED, reason)
    (wait,) = came([], [waits], PLACEMENT).waiting
    assert wait.moves
    assert wait.text.endswith("it moves then, or when it calls now")
