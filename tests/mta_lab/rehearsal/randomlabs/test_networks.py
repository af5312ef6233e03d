"""Networks in a tree, and the ways between hosts."""

from typing import Any

from hypothesis import given
from hypothesis.strategies import DataObject, SearchStrategy, data, integers

from mta_lab.rehearsal.randomlabs.networks import Host, Ways, address, network


def host(name: str, where: int) -> Host:
    return Host(name, where, address(where, 10 + ord(name) - ord("A")), f"{name}.example")


def chosen(*parents: int) -> Any:
    """Draws these parents, and whatever is simplest otherwise."""
    values = iter((len(parents), *parents))

    def draw(strategy: SearchStrategy[Any]) -> Any:
        found = next(values, None)
        return False if found is None else found

    return draw


def names(ways: Ways, one: int, other: int) -> list[tuple[str, int, int]]:
    return [(each.name, *ends) for each, *ends in ways.between(one, other)]


def test_the_way_leads_up_and_down_again() -> None:
    ways = Ways(chosen(0, 1, 0), 3)  # 0 - FW1 - 1 - FW2 - 2, and 0 - FW3 - 3
    assert [*ways.networks] == [0, 1, 2, 3]
    assert names(ways, 2, 3) == [("FW2", 2, 1), ("FW1", 1, 0), ("FW3", 0, 3)]
    assert names(ways, 3, 2) == [("FW3", 3, 0), ("FW1", 0, 1), ("FW2", 1, 2)]
    assert names(ways, 1, 2) == [("FW2", 1, 2)]
    assert names(ways, 1, 1) == []


def test_services_pass_a_call_on_and_each_is_there_once() -> None:
    ways = Ways(chosen(0, 1), 2)
    a, b, c = host("A", 0), host("B", 2), host("C", 2)
    assert ways.served(b, c) is None
    assert ways.served(a, b) == ("10.0.0.1", 102)
    assert ways.served(a, c) == ("10.0.0.1", 1103)
    assert ways.served(a, b) == ("10.0.0.1", 102)
    first, second = ways.documents([a, b, c]).values()
    assert [each["destination"] for each in first["services"]] == [
        {"address": "10.0.1.2", "port": 102},
        {"address": "10.0.1.2", "port": 1103},
    ]
    assert [each["destination"] for each in second["services"]] == [
        {"address": b.address, "port": 102},
        {"address": c.address, "port": 102},
    ]


def test_a_tunnel_leads_through_every_firewall() -> None:
    ways = Ways(chosen(0, 1), 2)
    a, b = host("A", 0), host("B", 2)
    ways.tunnel(a, b)
    ways.tunnel(b, a)
    for firewall in ways.documents([a, b]).values():
        assert [each["between"] for each in firewall["tunnels"]] == [[a.address, b.address]]


@given(data())
def test_every_two_networks_are_joined(drawn: DataObject) -> None:
    ways = Ways(drawn.draw, 5)
    one, other = (drawn.draw(integers(0, len(ways.firewalls))) for _ in "ab")
    at = one
    for firewall, before, behind in ways.between(one, other):
        assert before == at
        assert {before, behind} == {firewall.number, firewall.parent}
        at = behind
    assert at == other
    assert network(at) == f"net{other}"
