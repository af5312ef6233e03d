"""TCP headers and the ends they name."""

import pytest
from scapy.layers.inet import TCP

from mta_emu.decode.segment import Address, Segment, read

HOSTS = bytes((192, 0, 2, 1)), bytes((192, 0, 2, 2))


def test_a_segment_golden() -> None:
    octets = bytes.fromhex("9c40 0066 00000007 00000009 5018 2000 0000 0000 616263")
    assert read(3, 4, HOSTS, octets, 0, len(octets)) == Segment(
        frame=3,
        time=4,
        source=Address("192.0.2.1", 40000),
        destination=Address("192.0.2.2", 102),
        sequence=7,
        acknowledgement=9,
        syn=False,
        fin=False,
        rst=False,
        data=b"abc",
    )


@pytest.mark.parametrize(
    ("flags", "names"),
    [("S", {"syn"}), ("FA", {"fin"}), ("R", {"rst"}), ("SA", {"syn"}), ("", set()), ("PU", set())],
)
def test_flags(flags: str, names: set[str]) -> None:
    octets = bytes(TCP(flags=flags, ack=5))
    segment = read(1, 0, HOSTS, octets, 0, len(octets))
    assert {name for name in ("syn", "fin", "rst") if getattr(segment, name)} == names
    assert segment.acknowledgement == (5 if "A" in flags else None)


def test_options_are_no_data_and_what_lies_beyond_the_end_is_none() -> None:
    octets = b"before" + bytes(TCP(options=[("MSS", 1460)]) / b"data") + b"padding"
    segment = read(1, 0, HOSTS, octets, 6, len(octets) - 7)
    assert (segment.data, segment.cut) == (b"data", 0)


def test_what_the_capture_cut_off_is_counted() -> None:
    octets = bytes(TCP() / b"data")
    segment = read(1, 0, HOSTS, octets[:-3], 0, len(octets))
    assert (segment.data, segment.cut) == (b"d", 3)


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (Address("192.0.2.1", 102), "192.0.2.1:102"),
        (Address("2001:db8::1", 102), "[2001:db8::1]:102"),
    ],
)
def test_ends_as_people_write_them(address: Address, text: str) -> None:
    assert str(address) == text
