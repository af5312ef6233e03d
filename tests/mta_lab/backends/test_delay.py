"""What is delayed: the keys of a filter, worked out by hand."""

from mta_lab.backends.delay import filter_keys


def test_packets_of_a_service_are_those_from_it_and_to_it() -> None:
    """203.0.113.1 is cb007101, port 102 is 66; an IPv4 header has 20 octets, its source at 12."""
    assert filter_keys(("203.0.113.1", 102)) == [
        ["0xcb007101/0xffffffff+12", "0x00660000/0xffff0000+20"],
        ["0xcb007101/0xffffffff+16", "0x00000066/0x0000ffff+20"],
    ]
