"""The way of the answers: by other routers, or nowhere."""

from labkit.config import document_of, parse
from mta_lab.rehearsal.way import Arrived
from mta_lab.topology.files import Topology
from tests.mta_lab.rehearsal.ways import NORTH, ROUTER, SOUTH, lost, row, way


def test_answers_that_do_not_come_back_are_why_it_is_unreachable() -> None:
    """FW1 keeps NORTH's address, and FW2 sends the answers to it elsewhere."""
    services = [
        {
            "name": "in",
            "listen": {"interface": "outside", "port": 102},
            "destination": {"address": "192.0.2.2", "port": 102},
            "onward_interface": "transit",
            "client_side_transparency": True,
        }
    ]
    routes = [{"to": "203.0.113.0/24", "via": "198.51.100.10"}]
    disposition, _, last = lost(row({"services": services}, {"routes": routes}))
    assert disposition == "unreachable"
    assert "answers" in last.question


def two_lines(**sysctls: int) -> Topology:
    """NORTH calls SOUTH by routers; FW2 sends the answers by another router, LINE."""
    line = {
        "engine": "router",
        "interfaces": {"outside": {"address": "203.0.113.3"}, "transit": {"address": "192.0.2.3"}},
        "sysctls": {f"net.ipv4.{name}": value for name, value in sysctls.items()},
    }
    document = document_of(
        row(ROUTER, {**ROUTER, "routes": [{"to": "203.0.113.0/24", "via": "192.0.2.3"}]})
    )
    document["firewalls"]["LINE"] = line
    return parse(document, Topology, "test")


def test_answers_may_come_by_other_routers() -> None:
    end, _ = way(two_lines(), SOUTH)
    assert end == Arrived("SOUTH", NORTH, SOUTH, 102, ())


def test_another_router_on_the_way_of_the_answers_has_a_say() -> None:
    disposition, _, last = lost(two_lines(ip_forward=0), SOUTH)
    assert (disposition, last.where) == ("blocked", "LINE")
    assert last.question == f"answer {SOUTH}, any port to {NORTH}, any port"
