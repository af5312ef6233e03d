"""Addresses on Stack pages, and a second connector."""

import pytest

from mta_lab.rehearsal.report import flows_of
from mta_lab.rehearsal.suggest.document import TopologyFile
from mta_lab.rehearsal.suggest.edits.stackpage import (
    called_address,
    known_address,
    override,
    port,
    second_connector,
    ways_to,
)
from mta_lab.rehearsal.suggest.stop import stops
from tests.mta_lab.rehearsal.changed import LABS, NOW, lab
from tests.mta_lab.rehearsal.suggest.stopped import INWARD, SOUTHWARD, mends, stop, texts

CALLS = "EXTERNAL.connectors.FIREWALL.stack.address"


def test_an_mta_can_be_called_itself_or_by_the_services_that_lead_to_it() -> None:
    assert [*map(str, ways_to(stop("q196381", INWARD)))] == [
        "198.51.100.10:102",
        "203.0.113.1:102",
    ]


def test_the_address_that_is_called_is_put_right() -> None:
    assert mends(called_address, stop("q154301-connection-refused", SOUTHWARD)) == [
        "connector SOUTH of NORTH: call 203.0.113.20 port 102"
    ]
    assert texts(called_address, stop("q196381", INWARD, f"{CALLS}=203.0.113.99")) == [
        "connector FIREWALL of EXTERNAL: call 198.51.100.10 port 102",
        "connector FIREWALL of EXTERNAL: call 203.0.113.1 port 102",
    ]


def test_a_port_that_is_another_is_called_too() -> None:
    found = stop("q166308-all-right", SOUTHWARD, "SOUTH.server.transport_stack.port=1102")
    (edit,) = called_address(found)
    assert [(put.keys[-1], getattr(put, "value", None)) for put in edit.operations] == [
        ("port", 1102),
    ]


def test_an_mta_listens_at_the_port_that_is_called_or_its_peer_calls_another() -> None:
    found = stop("q166308-all-right", SOUTHWARD, "SOUTH.server.transport_stack.port=1102")
    assert texts(port, found) == [
        "SOUTH listens at port 102, and calls it",
        "NORTH listens at port 1102, and calls it",
    ]
    given = stop("q166308-all-right", SOUTHWARD, "NORTH.connectors.SOUTH.stack.port=1102")
    assert texts(port, given) == ["SOUTH listens at port 1102, and calls it"]


def test_a_service_of_a_service_leads_there_too() -> None:
    transparent = "INNER.services.x400-inbound.client_side_transparency=on"
    assert [*map(str, ways_to(stop("q196381-two-firewalls", INWARD, transparent)))] == [
        "198.51.100.10:102",
        "192.0.2.2:102",
        "203.0.113.1:102",
    ]


def test_the_address_that_calls_arrive_from_becomes_known() -> None:
    assert mends(known_address, stop("q199326-wrong-method", INWARD)) == [
        "connector EXTERNAL of INTERNAL: the Stack page names 198.51.100.1, which calls arrive from"
    ]


@pytest.mark.parametrize(
    ("name", "ends"),
    [("q196381", INWARD), ("q193322-route-selection", ("WEST", "SOUTH"))],
)
def test_a_second_connector_knows_the_caller_and_never_calls(
    name: str, ends: tuple[str, str]
) -> None:
    found = stop(name, ends)
    assert len(mends(second_connector, found)) == 1
    (edit,) = second_connector(found)
    *_, added = TopologyFile.read(LABS / f"{name}.yaml").topology((edit,)).mtas[ends[1]].connectors
    assert (added.name, added.general.remote_mta_name) == (ends[0], ends[0])
    assert added.schedule.activation == "remote-initiated"
    assert str(added.stack.address) == str(found.attempt and found.attempt.source_seen)
    assert {space.cost for space in added.spaces} == {99}


def test_a_call_that_does_not_arrive_needs_none() -> None:
    found = stop("q154301-connection-refused", SOUTHWARD)
    assert texts(second_connector, found) == texts(known_address, found) == []


def test_a_multihomed_host_calls_from_one_address() -> None:
    topology = lab("q197378-multihomed-caller")
    (found,) = stops(topology, flows_of(topology, NOW)[0])
    assert texts(override, found) == [
        "connector SOUTH of NORTH: calls come from 203.0.113.10",
        "connector SOUTH of NORTH: calls come from 203.0.113.11",
    ]
    assert texts(override, stop("q196381", INWARD)) == []
