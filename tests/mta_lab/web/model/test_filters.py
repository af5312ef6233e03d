"""Display filters that Wireshark reads."""

from mta_lab.web.model.filters import of_call, of_frame
from tests.mta_lab.web.captured import refused


def test_a_packet() -> None:
    assert of_frame(17) == "frame.number == 17"


def test_a_call_has_all_of_its_legs() -> None:
    legs = [
        refused("192.0.2.1:4001", "192.0.2.2:102", 1),
        refused("[2001:db8::1]:5", "[2001:db8::2]:102", 2),
    ]
    assert of_call(legs) == (
        "(ip.addr == 192.0.2.1 and ip.addr == 192.0.2.2 and tcp.port == 4001 and tcp.port == 102)"
        " or (ipv6.addr == 2001:db8::1 and ipv6.addr == 2001:db8::2 and tcp.port == 5 "
        "and tcp.port == 102)"
    )
    assert of_call([legs[0], legs[0]]) == of_call(legs[:1])
