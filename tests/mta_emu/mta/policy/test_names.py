"""Names and addresses of hosts, and which address a call comes from."""

from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest

from labkit.config import parse
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.policy.names import other_version, resolve, reverse, source_address


def test_hosts_and_reverse(a_document: dict[str, Any]) -> None:
    a_document["server"]["hosts"] = {"mail.example": "192.0.2.1"}
    a_document["server"]["reverse"] = {"192.0.2.1": "ptr.example", "192.0.2.2": "two.example"}
    server = parse(a_document, MtaConfig, "a.yaml").server
    assert resolve(server, "mail.example") == IPv4Address("192.0.2.1")
    assert resolve(server, "unknown.example") is None
    assert resolve(server, IPv4Address("192.0.2.9")) == IPv4Address("192.0.2.9")
    assert reverse(server, IPv4Address("192.0.2.1")) == "mail.example"  # hosts before DNS
    assert reverse(server, IPv4Address("192.0.2.2")) == "two.example"
    assert reverse(server, IPv4Address("192.0.2.3")) is None


def test_names_and_the_hosts_file(a_document: dict[str, Any]) -> None:
    a_document["server"]["hosts"] = {"mail.example": "192.0.2.1"}
    a_document["server"]["names"] = {"MAIL.example": "192.0.2.2", "dns.example": "192.0.2.3"}
    server = parse(a_document, MtaConfig, "a.yaml").server
    assert resolve(server, "Mail.Example") == IPv4Address("192.0.2.1")
    assert resolve(server, "dns.example") == IPv4Address("192.0.2.3")
    assert reverse(server, IPv4Address("192.0.2.3")) is None  # an A record is read one way only


def test_the_only_address_of_a_host_is_its_source(a_document: dict[str, Any]) -> None:
    config = parse(a_document, MtaConfig, "a.yaml")
    address, reason = source_address(config, config.connectors[0], call=7)
    assert address == IPv4Address("127.0.113.88")
    assert reason.text == "calls from 127.0.113.88, the address of this host"
    assert reason.place
    assert reason.place.path == "server.transport_stack.address"


def test_a_multihomed_host_calls_from_all_its_addresses_or_from_one(
    a_document: dict[str, Any],
) -> None:
    stack = a_document["server"]["transport_stack"]
    stack["other_addresses"] = ["127.0.113.89"]
    config = parse(a_document, MtaConfig, "a.yaml")
    (connector,) = config.connectors
    sources = [source_address(config, connector, call) for call in range(4)]
    assert [str(each.address) for each in sources] == ["127.0.113.88", "127.0.113.89"] * 2
    assert sources[1].reason.text == (
        "calls from 127.0.113.89, one of the 2 addresses of this host, which calls use in turn"
    )
    registry = {"stack_ip_address_override": {"TO-B": "127.0.113.89"}}
    a_document["server"]["registry"] = registry
    config = parse(a_document, MtaConfig, "a.yaml")
    sources = [source_address(config, connector, call) for call in range(4)]
    assert {str(each.address) for each in sources} == {"127.0.113.89"}
    assert sources[0].reason.text == (
        "calls from 127.0.113.89, the Stack IP Address Override of connector TO-B"
    )


@pytest.mark.parametrize(
    ("called", "sources", "why"),
    [
        ("2001:db8::9", ["2001:db8::1", "2001:db8::2"], "one of the 2 addresses of this host"),
        ("192.0.2.9", ["127.0.113.88"], "the only IPv4 address of this host"),
        ("nobody.example", ["127.0.113.88", "2001:db8::1"], "one of the 3 addresses of this host"),
    ],
)
def test_a_call_comes_from_an_address_of_the_same_version(
    a_document: dict[str, Any], called: str, sources: list[str], why: str
) -> None:
    a_document["server"]["transport_stack"]["other_addresses"] = ["2001:db8::1", "2001:db8::2"]
    a_document["connectors"][0]["stack"]["address"] = called
    config = parse(a_document, MtaConfig, "a.yaml")
    found = [source_address(config, config.connectors[0], call) for call in range(len(sources))]
    assert [str(each.address) for each in found] == sources
    assert why in found[0].reason.text


def test_ipv6_addresses_have_names_both_ways(a_document: dict[str, Any]) -> None:
    a_document["server"]["hosts"] = {"mail.example": "2001:db8::1"}
    a_document["server"]["reverse"] = {"2001:0DB8::2": "two.example", "::ffff:192.0.2.1": "one"}
    server = parse(a_document, MtaConfig, "a.yaml").server
    assert resolve(server, "mail.example") == IPv6Address("2001:db8::1")
    assert reverse(server, IPv6Address("2001:db8::1")) == "mail.example"
    assert reverse(server, IPv6Address("2001:db8::2")) == "two.example"
    assert reverse(server, IPv4Address("192.0.2.1")) == "one"


def test_no_call_goes_from_one_version_to_the_other(a_document: dict[str, Any]) -> None:
    (connector,) = parse(a_document, MtaConfig, "a.yaml").connectors
    four, six = IPv4Address("192.0.2.1"), IPv6Address("2001:db8::1")
    assert other_version(connector, four, four) is None
    assert other_version(connector, six, six) is None
    reason = other_version(connector, four, six)
    assert reason
    assert reason.text == "2001:db8::1 is IPv6, and 192.0.2.1, where the call comes from, is IPv4"
    assert reason.place == connector.stack.place("address")
