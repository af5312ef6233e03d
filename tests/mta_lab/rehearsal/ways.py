"""Ways from NORTH to SOUTH, with two firewalls in a row between them."""

from ipaddress import IPv4Address
from typing import Any

from mta_lab.rehearsal.network import Network
from mta_lab.rehearsal.prediction import Step
from mta_lab.rehearsal.way import Arrived, Lost
from mta_lab.topology.files import Topology
from tests.mta_lab.topologies import in_a_row

NORTH, SOUTH = IPv4Address("203.0.113.10"), IPv4Address("198.51.100.10")
FW1, FW2 = IPv4Address("203.0.113.1"), IPv4Address("198.51.100.1")
ROUTER = {"engine": "router", "services": None}


def way(topology: Topology, to: IPv4Address = FW1) -> tuple[Arrived | Lost, list[Step]]:
    steps: list[Step] = []
    return Network(topology).way("NORTH", NORTH, (to, 102), steps), steps


def row(fw1: dict[str, Any] | None = None, fw2: dict[str, Any] | None = None) -> Topology:
    return in_a_row(fw1, fw2)


def lost(topology: Topology, to: IPv4Address = FW1) -> tuple[str, bool, Step]:
    end, steps = way(topology, to)
    assert isinstance(end, Lost)
    return end.disposition, end.accepted, steps[-1]
