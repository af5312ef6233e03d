"""Client-side transparency, and rules for one client."""

import pytest

from mta_lab.rehearsal.suggest.edit import Add
from mta_lab.rehearsal.suggest.edits.firewall import destination, listening, rule, transparency
from tests.mta_lab.rehearsal.suggest.stopped import INWARD, mends, stop, texts

INBOUND = "service x400-inbound of firewall"
RULES = "firewall.rules=[{name: no, from: 203.0.113.0/24, action: deny}]"


def test_transparency_is_switched() -> None:
    assert mends(transparency, stop("q196381", INWARD)) == [
        f"{INBOUND}: client-side transparency off"
    ]
    assert mends(transparency, stop("q199326-wrong-method", INWARD)) == [
        f"{INBOUND}: client-side transparency on"
    ]


def test_off_means_that_the_address_is_rewritten() -> None:
    settings = "firewall.services.x400-inbound.source_rewrite=off"
    (off,) = transparency(stop("q196381", INWARD, settings))
    assert [put.keys[-1] for put in off.operations] == [
        "client_side_transparency",
        "source_rewrite",
    ]
    both = texts(transparency, stop("q199326-wrong-method", INWARD, settings))
    assert both == [
        f"{INBOUND}: client-side transparency on",
        f"{INBOUND}: rewrite the source address",
    ]


def test_each_firewall_on_the_way_may_be_the_one() -> None:
    name, inner = "q196381-two-firewalls", "INNER.services.x400-inbound"
    found = stop(name, INWARD, f"{inner}.client_side_transparency=on")
    assert texts(transparency, found) == [
        "service x400-inbound of OUTER: client-side transparency off",
        "service x400-inbound of INNER: client-side transparency off",
    ]


def test_a_rule_lets_in_the_client_at_the_service_and_nobody_else() -> None:
    found = stop("q196381-transparency-off", INWARD, RULES)
    assert found.reason.check == "rules"
    (edit,) = rule(found)
    assert edit.text == f"{INBOUND}: let in 203.0.113.10, and nobody else"
    (added,) = edit.operations
    assert isinstance(added, Add)
    assert added.first
    assert added.value == {
        "name": "mail-from-203.0.113.10",
        "service": "x400-inbound",
        "from": "203.0.113.10/32",
        "action": "allow",
    }


def test_a_rule_of_a_second_firewall_is_for_the_address_that_it_sees() -> None:
    found = stop(
        "q196381-two-firewalls",
        INWARD,
        "INNER.rules=[{name: no, action: deny}]",
        "OUTER.services.x400-inbound.client_side_transparency=off",
    )
    (edit,) = rule(found)
    assert edit.text == "service x400-inbound of INNER: let in 192.0.2.1, and nobody else"


WRONG = "firewall.services.x400-inbound.destination"


@pytest.mark.parametrize(
    ("setting", "places"),
    [
        (f"{WRONG}.port=1102", ["port"]),
        (f"{WRONG}.address=198.51.100.77", ["address"]),
        (f"{WRONG}.address=nobody.example", ["address"]),
    ],
)
def test_a_service_passes_on_to_the_mta_that_is_meant(setting: str, places: list[str]) -> None:
    (edit,) = destination(stop("q196381-transparency-off", INWARD, setting))
    assert edit.text == f"{INBOUND}: pass on to 198.51.100.10:102"
    assert [each.keys[-1] for each in edit.operations] == places


def test_a_service_may_pass_on_to_that_of_another_firewall() -> None:
    lost = "OUTER.services.x400-inbound.destination.address=192.0.2.77"
    assert texts(destination, stop("q196381-two-firewalls", INWARD, lost)) == [
        "service x400-inbound of OUTER: pass on to 198.51.100.10:102",
        "service x400-inbound of OUTER: pass on to 192.0.2.2:102",
    ]


def test_a_service_listens_at_the_port_that_is_called() -> None:
    elsewhere = "firewall.services.x400-inbound.listen.port=1102"
    assert texts(listening, stop("q196381-transparency-off", INWARD, elsewhere)) == [
        f"{INBOUND}: listen at 203.0.113.1:102"
    ]


@pytest.mark.parametrize("generator", [transparency, rule, destination, listening])
def test_without_a_service_on_the_way_there_is_nothing_to_edit(generator) -> None:  # type: ignore[no-untyped-def]
    assert texts(generator, stop("q166308-wrong-password", ("NORTH", "SOUTH"))) == []
