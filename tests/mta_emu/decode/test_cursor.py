"""Reading a packet from its beginning, as far as the capture has it."""

import pytest

from mta_emu.decode.cursor import Cursor, Unread
from mta_emu.decode.fragments import Fragments


def cursor(octets: bytes, end: int | None = None) -> Cursor:
    return Cursor(octets, 0, len(octets) if end is None else end, 0, Fragments())


def test_fields_in_network_order() -> None:
    reading = cursor(bytes.fromhex("01 0203 aabb"))
    assert reading.take("BH2s") == (1, 0x0203, b"\xaa\xbb")
    assert reading.at == 5


def test_the_next_octet_stays() -> None:
    reading = cursor(b"\x45\x00")
    assert (reading.peek(), reading.at) == (0x45, 0)


@pytest.mark.parametrize(("octets", "end"), [(b"\x01", None), (b"\x01\x02\x03", 1), (b"", 9)])
def test_what_is_cut_off_is_not_read(octets: bytes, end: int | None) -> None:
    reading = cursor(octets, end)
    with pytest.raises(Unread, match="cut off within its headers"):
        reading.take("H")
    reading.skip(len(octets))
    with pytest.raises(Unread):
        reading.peek()


def test_contents_end_where_they_or_what_is_around_them_ends() -> None:
    reading = cursor(bytes(10))
    reading.skip(4)
    reading.until(3)
    assert reading.end == 7
    reading.until(300)
    assert reading.end == 7


def test_what_may_hide_tcp() -> None:
    assert Unread("ESP").may_hide_tcp
    assert not Unread("ARP", may_hide_tcp=False).may_hide_tcp
