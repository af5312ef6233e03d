"""The switches of a lab, and how they stand."""

from pathlib import Path

from mta_lab.backends.loopback import Loopback
from mta_lab.lab.placement import Placement
from mta_lab.topology.changed import with_settings
from mta_lab.topology.reading import load_topology
from mta_lab.topology.settings import parse_settings
from mta_lab.web.model.switches import Board, board

LABS = Path(__file__).parents[4] / "labs"


def placed(name: str) -> Placement:
    return Loopback().place(load_topology(LABS / f"{name}.yaml"))


def of(placement: Placement, *settings: str) -> Board:
    topology = with_settings(placement.topology, parse_settings(settings))
    return board(topology, placement, (), "")


def test_the_seed_has_one_of_each_kind() -> None:
    found = of(placed("q196381"))
    stands = {each.path: (each.what, each.value) for each in found.switches}
    services, connector = "firewall.services", "connectors.FIREWALL"
    assert stands == {
        f"{services}.x400-inbound.client_side_transparency": ("transparency", "on"),
        f"{services}.x400-inbound.source_rewrite": ("rewriting", "on"),
        f"{services}.x400-outbound.client_side_transparency": ("transparency", "off"),
        f"{services}.x400-outbound.source_rewrite": ("rewriting", "on"),
        "firewall.rules": ("rules", "[]"),
        f"EXTERNAL.{connector}.schedule.activation": ("schedule", "always"),
        f"EXTERNAL.{connector}.advanced.two_way_alternate": ("two-way alternate", "on"),
        f"EXTERNAL.{connector}.stack.address": ("Stack address", "203.0.113.1"),
        f"INTERNAL.{connector}.schedule.activation": ("schedule", "always"),
        f"INTERNAL.{connector}.advanced.two_way_alternate": ("two-way alternate", "on"),
        f"INTERNAL.{connector}.stack.address": ("Stack address", "198.51.100.1"),
    }
    assert found.fault_places == ("outside", "inside", "x400-inbound", "x400-outbound")
    assert found.effects["black_hole"] == ""
    assert found.effects["drop"] == "%"


def test_every_value_that_is_offered_can_be_set() -> None:
    """The page offers nothing that a host would not take; values have the file's addresses."""
    placement = placed("q196381")
    for switch in of(placement).switches:
        for value in switch.choices:
            setting = parse_settings([f"{switch.path}={value}"])
            on_wire = {path: placement.value_on_wire(each) for path, each in setting.items()}
            topology = with_settings(placement.topology, on_wire)
            after = {each.path: each for each in board(topology, placement, (), "").switches}
            assert after[switch.path].value == value


def test_an_address_that_is_offered_says_whose_it_is() -> None:
    found = {each.path: each for each in of(placed("q196381")).switches}
    stack = found["INTERNAL.connectors.FIREWALL.stack.address"]
    assert stack.choices == {
        "198.51.100.1": "firewall",
        "203.0.113.1": "firewall",
        "203.0.113.10": "EXTERNAL",
        "198.51.100.10": "INTERNAL",
    }
    assert stack.free


def test_selected_times_are_offered_where_some_are_selected() -> None:
    def offered(*settings: str) -> set[str]:
        found = {each.path: each for each in of(placed("q196381"), *settings).switches}
        return set(found["EXTERNAL.connectors.FIREWALL.schedule.activation"].choices)

    times = "EXTERNAL.connectors.FIREWALL.schedule.selected_times={monday: ['09:00-10:00']}"
    assert "selected-times" not in offered()
    assert "selected-times" in offered(times)


def test_what_was_set_is_how_it_stands() -> None:
    rules = "firewall.rules=[{name: nobody, from: 127.0.113.0/24, action: deny}]"
    found = {each.path: each.value for each in of(placed("q196381"), rules).switches}
    assert found["firewall.rules"] == (
        '[{"name": "nobody", "from": "203.0.113.0/24", "action": "deny"}]'
    )


def test_a_firewall_with_a_file_of_its_own_has_no_switches() -> None:
    topology = load_topology(LABS / "q196381-nftables.yaml")
    placement = Placement(backend="netns", topology=topology, port=102, addresses={})
    found = board(topology, placement, ("outside: reset",), "")
    assert found.unswitched == tuple(topology.foreign())
    assert {each.host for each in found.switches} == {*topology.mtas}
    assert found.faults == ("outside: reset",)
