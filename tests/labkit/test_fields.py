"""Fields that are text; addresses and names of hosts."""

from ipaddress import IPv4Address, IPv6Address

import pytest

from labkit.fields import Text, address_of, parse_host


def test_a_host_is_an_address_or_a_name() -> None:
    assert parse_host("192.0.2.1") == IPv4Address("192.0.2.1")
    assert parse_host("2001:db8::1") == IPv6Address("2001:db8::1")
    assert parse_host("::ffff:192.0.2.1") == IPv4Address("192.0.2.1")
    assert parse_host("mail.example") == "mail.example"


@pytest.mark.parametrize("text", ["300.1.1.1", "1.2.3", "...", "2001:db8::g", "a:b"])
def test_digits_and_dots_and_colons_are_meant_as_an_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be an IP address, as 192\.0\.2\.1 or"):
        parse_host(text)


@pytest.mark.parametrize("text", ["a b", "-x", "x-", "", "ä.example"])
def test_what_is_no_host_name(text: str) -> None:
    with pytest.raises(ValueError, match="must be a host name"):
        parse_host(text)


def test_a_name_is_looked_up_in_the_tables_in_turn() -> None:
    one, other = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2")
    assert address_of("Mail.Example", {"mail.example": one}, {"mail.example": other}) == one
    assert address_of("mail.example", {}, {"MAIL.example": other}) == other
    assert address_of("other.example", {"mail.example": one}) is None
    assert address_of(other, {}) == other


def test_text_is_bounded_and_says_what_is_allowed() -> None:
    text = Text(r"[a-z]+", "small letters", 3)
    assert text.check("abc") == "abc"
    with pytest.raises(ValueError, match="has 4 characters; at most 3"):
        text.check("abcd")
    with pytest.raises(ValueError, match="must be small letters"):
        text.check("A")
