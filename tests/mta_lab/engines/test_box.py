from ipaddress import ip_address

import pytest

from labkit.reason import Place, Reason
from mta_lab.engines.box import Box, no_route
from mta_lab.engines.decision import ANY_PORT, Forwarded, How, Icmp, Proxied, Stopped, Syn
from tests.mta_lab.engines.boxes import CLIENT, INSIDE, OUTSIDE, SERVER, box, routes, syn

BECAUSE = (Reason("test", "it is a test"),)


@pytest.mark.parametrize(
    ("reverse_path", "source", "stops"),
    [
        (0, CLIENT, False),
        (0, "192.0.2.9", False),
        (0, "198.51.100.9", False),
        (0, INSIDE, True),
        (1, CLIENT, False),
        (1, "192.0.2.9", True),
        (1, "198.51.100.9", True),
        (2, "192.0.2.9", False),
        (2, "198.51.100.9", True),
    ],
)
def test_reverse_path_filtering(reverse_path: int, source: str, stops: bool) -> None:
    stopped = box(reverse_path=reverse_path).received(syn(source=source), routes())
    assert (stopped is not None) == stops
    if stopped:
        assert stopped.how is How.SILENCE


def test_reverse_path_filtering_names_where_it_was_set() -> None:
    place = Place("sysctls", "lab.yaml", 9)
    strict = Box(box().interfaces, reverse_path=1, places={"reverse_path": place})
    stopped = strict.received(syn(source="192.0.2.9"), routes())
    assert stopped
    assert stopped.reasons[0].place == place
    assert (stopped.reasons[0].expected, stopped.reasons[0].seen) == ("outside", "inside")


def test_ipv6_has_no_reverse_path_filter() -> None:
    foreign = syn("2001:db8:2::2", source="2001:db8:2::9")
    assert box(reverse_path=1).received(foreign, routes()) is None


def test_what_is_for_another_leaves_by_the_route() -> None:
    forwarded = box().forwarded(syn(SERVER), routes())
    assert isinstance(forwarded, Forwarded)
    assert forwarded.syn == syn(SERVER, interface="inside")


def test_no_route_is_an_icmp_error() -> None:
    stopped = box().forwarded(syn("198.51.100.1"), routes())
    assert isinstance(stopped, Stopped)
    assert (stopped.how, stopped.icmp) == (How.ICMP, Icmp(3, 0))
    assert no_route(ip_address("2001:db8::1")) == Icmp(1, 0)


def test_a_box_that_does_not_forward_is_silent() -> None:
    stopped = box(forwards=False).forwarded(syn(SERVER), routes())
    assert isinstance(stopped, Stopped)
    assert stopped.how is How.SILENCE


def test_a_proxy_opens_from_the_address_of_the_way_out() -> None:
    opened = box().opened((ip_address(SERVER), 102), None, routes(), BECAUSE)
    assert isinstance(opened, Proxied)
    assert opened.syn == Syn("inside", ip_address(INSIDE), ANY_PORT, ip_address(SERVER), 102)
    assert not opened.transparent
    assert opened.reasons[0] is BECAUSE[0]


def test_a_source_of_somebody_else_is_transparent() -> None:
    opened = box().opened((ip_address(SERVER), 102), ip_address(CLIENT), routes(), BECAUSE)
    assert isinstance(opened, Proxied)
    assert opened.transparent


def test_a_proxy_without_a_route_closes_what_it_accepted() -> None:
    opened = box().opened((ip_address("198.51.100.1"), 102), None, routes(), BECAUSE)
    assert isinstance(opened, Stopped)
    assert opened.how is How.CLOSED


def test_a_closed_port_of_the_box_answers_with_a_reset() -> None:
    assert box().closed_port(syn(OUTSIDE)).how is How.CLOSED_PORT


def test_the_address_of_the_destinations_network_comes_first() -> None:
    assert box().address_at("inside", ip_address("2001:db8:2::9")) == ip_address("2001:db8:2::1")
    assert box().address_at("nowhere", ip_address(SERVER)) is None
