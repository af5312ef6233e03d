"""The machine under a firewall of a topology, as its engine gets it."""

from ipaddress import ip_interface
from typing import Any

import pytest
from pydantic import TypeAdapter

from labkit.addresses import parse_address
from mta_lab.engines.decision import Decision, Forwarded, How, Stopped, Syn
from mta_lab.rehearsal import machines
from mta_lab.rehearsal.ports import LOCAL_PORTS
from mta_lab.topology.firewalls import Firewall

ADDRESSES = {"outside": "203.0.113.1", "inside": "198.51.100.1"}
PORTS = {LOCAL_PORTS: "40000 40001"}
INTERFACES = {name: (ip_interface(f"{each}/24"),) for name, each in ADDRESSES.items()}


def firewall(**fields: Any) -> Firewall:
    interfaces = {name: {"address": address} for name, address in ADDRESSES.items()}
    document = {"engine": "router", "interfaces": interfaces, **fields}
    found: Firewall = TypeAdapter(Firewall).validate_python(document)
    return found


def decided(**fields: Any) -> Decision:
    """About a SYN whose source lies behind another interface than it came in by."""
    client, server = map(parse_address, ("198.51.100.9", "198.51.100.10"))
    engine = machines.engine(firewall(**fields), INTERFACES)
    return engine.decide(Syn("outside", client, 40000, server, 102), lambda _: "inside")


def test_settings_of_its_kernel_decide() -> None:
    assert isinstance(decided(), Forwarded)
    for sysctl, value in (("net.ipv4.ip_forward", 0), ("net.ipv4.conf.all.rp_filter", 1)):
        stopped = decided(sysctls={sysctl: value})
        assert isinstance(stopped, Stopped)
        assert stopped.how is How.SILENCE


@pytest.mark.parametrize(
    ("fields", "directive"),
    [
        ({}, None),
        ({"sysctls": {"net.ipv4.ip_forward": 1}}, None),
        ({"engine": "proxy", "sysctls": PORTS}, None),
        ({"engine": "proxy", "sysctls": {LOCAL_PORTS: 1}}, f"sysctl {LOCAL_PORTS}"),
        ({"sysctls": PORTS}, f"sysctl {LOCAL_PORTS}"),  # of a router
        ({"sysctls": {"net.ipv4.tcp_syncookies": 2}}, "sysctl net.ipv4.tcp_syncookies"),
        ({"rules": ["from 192.0.2.0/24 lookup 100"]}, "ip rule from 192.0.2.0/24 lookup 100"),
    ],
)
def test_what_no_model_reads_is_named(fields: dict[str, Any], directive: str | None) -> None:
    found = machines.not_modelled(firewall(**fields))
    assert (found and found.directive) == directive
