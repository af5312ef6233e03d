"""A tunnel in the place of services."""

import pytest

from mta_lab.rehearsal.suggest.document import TopologyFile
from mta_lab.rehearsal.suggest.edits.tunnel import pass_through
from tests.mta_lab.rehearsal.changed import LABS
from tests.mta_lab.rehearsal.suggest.stopped import INWARD, SOUTHWARD, mends, stop, texts

TEXT = "a tunnel between 203.0.113.10 and 198.51.100.10 on port 102"


@pytest.mark.parametrize("name", ["q196381", "q199326-wrong-method"])
def test_it_mends_what_a_service_stops(name: str) -> None:
    (text,) = mends(pass_through, stop(name, INWARD))
    assert text.startswith(TEXT)


def test_it_is_for_the_two_mtas_and_the_port_and_the_services_go() -> None:
    (edit,) = pass_through(stop("q196381", INWARD))
    topology = TopologyFile.read(LABS / "q196381.yaml").topology((edit,))
    (firewall,) = topology.proxies().values()
    (tunnel,) = firewall.tunnels
    assert [*map(str, tunnel.between)] == ["203.0.113.10", "198.51.100.10"]
    assert tunnel.port == 102
    assert firewall.services == ()
    stack = {name: str(mta.connectors[0].stack.address) for name, mta in topology.mtas.items()}
    assert stack == {"EXTERNAL": "198.51.100.10", "INTERNAL": "203.0.113.10"}


def test_each_firewall_between_gets_one() -> None:
    transparent = "INNER.services.x400-inbound.client_side_transparency=on"
    (edit,) = pass_through(stop("q196381-two-firewalls", INWARD, transparent))
    kept = TopologyFile.read(LABS / "q196381-two-firewalls.yaml").topology((edit,))
    for firewall in kept.proxies().values():
        assert (len(firewall.tunnels), len(firewall.services)) == (1, 0)


def test_a_service_that_others_call_stays() -> None:
    also = (
        "INTERNAL.connectors=[{general: {directory_name: A, remote_mta_name: EXTERNAL, "
        "remote_mta_password: secret}, stack: {address: 198.51.100.1}},"
        "{general: {directory_name: B, remote_mta_name: OTHER}, stack: {address: 198.51.100.1}}]"
    )
    found = stop("q196381", INWARD, also)
    (edit,) = pass_through(found)
    assert [*map(str, found.answering())] == [
        "connector A of INTERNAL",
        "connector B of INTERNAL",
    ]
    assert sum(type(each).__name__ == "Remove" for each in edit.operations) == 2


def test_where_no_firewall_is_between_there_is_none() -> None:
    assert texts(pass_through, stop("q166308-wrong-password", SOUTHWARD)) == []


def test_what_is_tunnelled_already_gets_no_second_one() -> None:
    wrong = "INTERNAL.connectors.EXTERNAL.stack.address=203.0.113.99"
    assert texts(pass_through, stop("q196381-tunnel", INWARD, wrong)) == []
