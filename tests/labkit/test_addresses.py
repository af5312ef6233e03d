"""IP addresses, networks and ends of connections, as values and as text."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from labkit.addresses import (
    End,
    IPAddress,
    IPNetwork,
    anywhere,
    at,
    host_network,
    in_network,
    is_address,
    parse_address,
    parse_interface,
    split,
    within,
)
from labkit.config import Section, document_of, dump, load

ONE, SIX = IPv4Address("192.0.2.1"), IPv6Address("2001:db8::1")
PORTS = st.integers(1, 65535)


class Host(Section):
    address: IPAddress
    network: IPNetwork = anywhere(4)
    names: Mapping[IPAddress, str] = Field(default_factory=dict)


def read(**values: object) -> Host:
    return Host.model_validate(values)


def test_addresses_of_both_versions_are_read_and_written_again() -> None:
    document = {
        "address": "2001:db8::1",
        "network": "2001:db8::/32",
        "names": {"2001:db8::2": "b", "192.0.2.2": "c"},
    }
    host = read(**document)
    assert host.address == SIX
    assert host.network == ip_network("2001:db8::/32")
    assert document_of(host) == document


@pytest.mark.parametrize("text", ["2001:DB8:0:0::1", "2001:db8::0001"])
def test_how_an_address_is_written_makes_no_difference(text: str) -> None:
    assert parse_address(text) == SIX


@pytest.mark.parametrize("text", ["::ffff:192.0.2.1", "::FFFF:c000:201"])
def test_an_ipv4_mapped_address_is_the_ipv4_address(text: str) -> None:
    assert parse_address(text) == ONE
    assert read(address=text).address == ONE


def test_a_zone_is_refused_where_people_write_it() -> None:
    wrong = r"has a zone \(%eth0\), which means something on one host only"
    with pytest.raises(ValueError, match=wrong):
        parse_address("fe80::1%eth0")
    with pytest.raises(ValidationError, match=wrong):
        read(address="fe80::1%eth0")
    with pytest.raises(ValidationError, match=wrong):
        read(address="192.0.2.1", network="fe80::%eth0/64")


@pytest.mark.parametrize("text", ["", "192.0.2", "2001:db8::g", "mail.example", "[2001:db8::1]"])
def test_what_is_no_address(text: str) -> None:
    assert not is_address(text)
    with pytest.raises(ValueError, match=r"must be an IP address, as 192\.0\.2\.1 or 2001:db8::1"):
        parse_address(text)


@pytest.mark.parametrize(
    ("host", "port", "text"),
    [
        (ONE, 102, "192.0.2.1:102"),
        (SIX, 102, "[2001:db8::1]:102"),
        ("mail.example", 102, "mail.example:102"),
    ],
)
def test_an_ipv6_address_with_a_port_stands_in_brackets(
    host: IPAddress | str, port: int, text: str
) -> None:
    assert at(host, port) == text
    assert split(text, 10102) == (str(host), port)


@pytest.mark.parametrize("text", ["2001:db8::1", "[2001:db8::1]", "mail.example", "192.0.2.1"])
def test_a_host_may_stand_without_a_port(text: str) -> None:
    assert split(text, 102) == (text.strip("[]"), 102)


@pytest.mark.parametrize("text", ["fe80::1%eth0", "[fe80::1%eth0]", "[fe80::1%eth0]:102"])
def test_a_zone_is_named_where_a_host_is_called(text: str) -> None:
    with pytest.raises(ValueError, match=r"has a zone \(%eth0\)"):
        split(text, 102)


@pytest.mark.parametrize("text", ["fe80::1%eth0/64", "2001:db8::1/129", "mail.example/24"])
def test_what_is_no_interface(text: str) -> None:
    with pytest.raises(ValueError, match=r"zone|does not appear to be"):
        parse_interface(text)


def test_an_interface_is_an_address_and_its_network() -> None:
    found = parse_interface("2001:db8::1/64")
    assert (found.ip, str(found.network)) == (SIX, "2001:db8::/64")


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":102",
        "host:",
        "host:0",
        "host:65536",
        "host:x",
        "host:٣",
        f"host:{'9' * 5000}",
        "[::1",
        "[host]:1",
        "a:b:c",
        "[::1]:",
        "[::1]102",
        "[::1]:x",
    ],
)
def test_what_is_no_host_and_port(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be HOST or HOST:PORT.*\[2001:db8::1\]:102"):
        split(text, 102)


@given(st.ip_addresses(), PORTS)
def test_an_end_is_read_as_it_was_written(value: IPAddress, port: int) -> None:
    end = End(parse_address(str(value)), port)
    assert End.parse(str(end)) == end


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("192.0.2.1", "has no port"),
        ("2001:db8::1", "has no port"),
        ("mail.example:102", "must be an IP address"),
    ],
)
def test_what_is_no_end(text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        End.parse(text)


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (("192.0.2.1", 102), "192.0.2.1:102"),
        (("2001:db8::1", 102, 0, 0), "[2001:db8::1]:102"),
        (("::ffff:192.0.2.1", 102, 0, 0), "192.0.2.1:102"),
        (("fe80::1%eth0", 102, 0, 2), "[fe80::1]:102"),
    ],
)
def test_what_a_socket_shows(shown: tuple[object, ...], text: str) -> None:
    assert str(End.of_socket(shown)) == text


def test_networks_of_an_address_and_of_all() -> None:
    for one in (ONE, SIX):
        assert one in anywhere(one.version)
        assert [*host_network(one)] == [one]
        other = ip_address("2001:db8::2") if one is ONE else ip_address("192.0.2.2")
        assert other not in anywhere(one.version)
    assert str(in_network(SIX, ip_network("2001:db8::/64"))) == "2001:db8::1/64"
    assert str(in_network(ONE, ip_network("192.0.2.0/24"))) == "192.0.2.1/24"


@pytest.mark.parametrize(
    ("inner", "outer", "is_within"),
    [
        ("2001:db8:1::/64", "2001:db8::/32", True),
        ("192.0.2.0/24", "192.0.2.0/24", True),
        ("2001:db8::/32", "2001:db8::/64", False),
        ("192.0.2.0/24", "::/0", False),
        ("2001:db8::/32", "0.0.0.0/0", False),
    ],
)
def test_networks_within_networks(inner: str, outer: str, is_within: bool) -> None:
    assert within(ip_network(inner), ip_network(outer)) is is_within


@pytest.mark.parametrize("text", ["::", "::1", "2001:db8::", "1:2:3:4:5:6:7:8", "10:20:30::"])
def test_what_yaml_may_take_for_something_else_is_an_address(tmp_path: Path, text: str) -> None:
    written = f"'{text}'" if text.endswith(":") else text
    document = f"address: {written}\nnames:\n  '{text}': here\n"
    path = tmp_path / "a.yaml"
    path.write_text(document)
    host = load(path, Host)
    assert host.address == parse_address(text)
    dump(host, path)
    assert load(path, Host) == host
