"""What stops mail, and who has to do with it."""

import pytest

from mta_lab.rehearsal.report import flows_of
from mta_lab.rehearsal.suggest.stop import stops
from tests.mta_lab.rehearsal.changed import NOW, lab
from tests.mta_lab.rehearsal.suggest.stopped import INWARD, SOUTHWARD, stop


def test_the_seed_is_stopped_by_the_address() -> None:
    found = stop("q196381", INWARD)
    assert (found.caller, found.called, found.where) == ("EXTERNAL", "INTERNAL", "INTERNAL")
    assert found.reason.check == "address"
    assert str(found.calling) == "connector FIREWALL of EXTERNAL"
    assert [*map(str, found.answering())] == ["connector FIREWALL of INTERNAL"]
    assert found.calling is not None
    assert [*map(str, found.services(found.calling))] == ["service x400-inbound of firewall"]
    assert str(found.recipient) == "C=US;A= ;P=Contoso;O=Inside;S=Smith"


def test_the_keys_lead_to_the_parts_of_the_document() -> None:
    found = stop("q196381", INWARD)
    assert found.calling is not None
    assert found.calling.keys == ("mtas", "EXTERNAL", "connectors", 0)
    (passer,) = found.services(found.calling)
    assert passer.keys == ("firewalls", "firewall", "services", 0)


def test_the_services_of_firewalls_in_a_row_are_all_on_the_way() -> None:
    topology = lab(
        "q196381-two-firewalls", "INNER.services.x400-inbound.client_side_transparency=on"
    )
    inward = next(each for each in flows_of(topology, NOW) if each.sender == "EXTERNAL")
    found = next(stops(topology, inward))
    assert found.calling is not None
    assert [*map(str, found.services(found.calling))] == [
        "service x400-inbound of OUTER",
        "service x400-inbound of INNER",
    ]


def test_where_nobody_calls_the_leg_is_stopped() -> None:
    found = stop("q190022-both-remote-initiated", SOUTHWARD)
    assert found.attempt is None
    assert found.calling is None
    assert found.reason.check == "schedule"
    assert [*map(str, found.leading())] == ["connector SOUTH of NORTH"]


def test_a_connector_that_names_somebody_else_may_be_meant_too() -> None:
    found = stop("q166308-wrong-mta-name", SOUTHWARD)
    assert [*map(str, found.answering())] == ["connector NORTH of SOUTH"]
    other = stop(
        "q166308-wrong-mta-name", SOUTHWARD, "SOUTH.connectors.NORTH.stack.address=203.0.113.9"
    )
    assert [*map(str, other.answering())] == ["connector NORTH of SOUTH"]


def test_each_address_of_a_caller_may_be_stopped() -> None:
    topology = lab("q197378-multihomed-caller")
    flow = flows_of(topology, NOW)[0]
    assert flow.disposition == "delivered"
    assert [str(each.attempt and each.attempt.source_seen) for each in stops(topology, flow)] == [
        "203.0.113.11"
    ]


@pytest.mark.parametrize("name", ["q166308-all-right", "q196381-dmz-relay"])
def test_what_is_delivered_is_not_stopped(name: str) -> None:
    topology = lab(name)
    assert [each for flow in flows_of(topology, NOW) for each in stops(topology, flow)] == []


def test_a_call_that_arrives_nowhere_is_for_the_mta_that_the_connector_names() -> None:
    lost = "EXTERNAL.connectors.RELAY.stack.address=203.0.113.77"
    assert stop("q196381-dmz-relay", INWARD, lost).called == "RELAY"
