"""What `firewall-proxy setup` tells the kernel, seen by nft and ip in a namespace of its own."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from firewall_proxy import system
from firewall_proxy.config import Configuration
from labkit.config import parse
from tests.patience import PATIENCE

CONFIGURATION = """
interfaces: {outside: {address: 203.0.113.1}, inside: {address: 198.51.100.1}}
"""
TUNNEL = """
tunnels:
  - {name: x400, between: [203.0.113.10, 198.51.100.10], port: 102}
"""
#: The only capability that setup may need; setpriv takes all others away.
ONLY = "cap_net_admin"


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    path = tmp_path / "fw.yaml"
    path.write_text(CONFIGURATION)
    return path


def in_a_namespace(*lines: str) -> str:
    """What the lines print in a shell that has a network namespace to itself, and one capability.

    `$setup` is the command.
    """
    if os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "setpriv", "nft", "ip"))):
        pytest.skip("needs root, util-linux, nftables and iproute2")
    setup = shlex.join([sys.executable, "-m", "firewall_proxy", "setup"])
    bounded = f"setpriv --bounding-set=-all,+{ONLY.removeprefix('cap_')}"
    script = "\n".join(
        ["set -e", *(line.replace("$setup", f"{bounded} {setup}") for line in lines)]
    )
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", script],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


SHOW = (
    "nft list ruleset",
    "ip rule",
    "ip route show table 102",
    "cat /proc/sys/net/ipv4/ip_forward",
)


def test_setup_marks_transparent_sockets_and_forwards_nothing(configuration: Path) -> None:
    shown = in_a_namespace(f"$setup {configuration}", *SHOW)
    assert "meta l4proto tcp socket transparent 1 meta mark set 0x00000066" in shown
    assert "from all fwmark 0x66 lookup 102" in shown
    assert "local default dev lo" in shown
    assert "hook forward priority filter; policy drop;" in shown
    assert "accept" not in shown.partition("hook forward")[2].replace("policy accept", "")
    assert shown.rstrip().endswith("0")


def test_a_tunnel_is_forwarded_and_nothing_else(configuration: Path) -> None:
    configuration.write_text(CONFIGURATION + TUNNEL)
    shown = in_a_namespace(f"$setup {configuration}", *SHOW)
    ends = "{ 198.51.100.10, 203.0.113.10 }"
    for port in ("tcp dport 102", "tcp sport 102"):
        assert f"ip saddr {ends} ip daddr {ends} {port} accept" in shown
    assert "hook forward priority filter; policy drop;" in shown
    assert shown.rstrip().endswith("1")


def test_setup_twice_is_setup_once_and_can_be_taken_back(configuration: Path) -> None:
    once = in_a_namespace(f"$setup {configuration}", *SHOW)
    twice = in_a_namespace(f"$setup {configuration}", f"$setup {configuration}", *SHOW)
    assert once == twice
    removed = in_a_namespace(
        f"$setup {configuration}", f"$setup --remove {configuration}", *SHOW[:2]
    )
    assert removed == in_a_namespace(*SHOW[:2])


def test_the_printed_commands_do_the_same(configuration: Path) -> None:
    configuration.write_text(CONFIGURATION + TUNNEL)
    by_hand = in_a_namespace(f"$setup --print {configuration} | sh >/dev/null", *SHOW)
    applied = in_a_namespace(f"$setup {configuration}", *SHOW)
    assert by_hand == applied.replace(" proto static", "")


def test_no_tunnel_no_forwarding() -> None:
    document = {"interfaces": {"inside": {"address": "198.51.100.1"}}}
    configuration = parse(document, Configuration, "fw.yaml")
    assert not system.forwards(configuration)
    assert "accept" not in system.filter_table(configuration).partition("hook forward")[2]


IPV6 = """
interfaces: {outside: {address: "2001:db8:0:1::1"}, inside: {address: "2001:db8:0:2::1"}}
"""
IPV6_TUNNEL = """
tunnels:
  - {name: x400, between: ["2001:db8:0:1::10", "2001:db8:0:2::10"], port: 102}
"""
SHOW_IPV6 = (
    "nft list ruleset",
    "ip -6 rule",
    "ip -6 route show table 102",
    "cat /proc/sys/net/ipv6/conf/all/forwarding",
)


def over_ipv6(*lines: str) -> str:
    """What the lines print in a namespace whose lo is up, as IPv6 wants it for a route."""
    return in_a_namespace("ip link set lo up", *lines)


def test_ipv6_has_its_own_rule_route_and_forwarding(configuration: Path) -> None:
    configuration.write_text(IPV6 + IPV6_TUNNEL)
    shown = over_ipv6(f"$setup {configuration}", *SHOW_IPV6)
    assert "meta l4proto tcp socket transparent 1 meta mark set 0x00000066" in shown
    assert "from all fwmark 0x66 lookup 102" in shown
    assert "local default dev lo" in shown
    ends = "{ 2001:db8:0:1::10, 2001:db8:0:2::10 }"
    for port in ("tcp dport 102", "tcp sport 102"):
        assert f"ip6 saddr {ends} ip6 daddr {ends} {port} accept" in shown
    assert "icmpv6 type { destination-unreachable, packet-too-big, time-exceeded }" in shown
    assert shown.rstrip().endswith("1")


@pytest.mark.parametrize("text", [IPV6, IPV6 + IPV6_TUNNEL])
def test_setup_of_ipv6_can_be_taken_back_and_printed(configuration: Path, text: str) -> None:
    configuration.write_text(text)
    applied = over_ipv6(f"$setup {configuration}", *SHOW_IPV6)
    twice = over_ipv6(f"$setup {configuration}", f"$setup {configuration}", *SHOW_IPV6)
    by_hand = over_ipv6(f"$setup --print {configuration} | sh >/dev/null", *SHOW_IPV6)
    assert applied == twice == by_hand.replace("metric 1024", "proto static metric 1024")
    removed = over_ipv6(
        f"$setup {configuration}", f"$setup --remove {configuration}", *SHOW_IPV6[:2]
    )
    assert removed == over_ipv6(*SHOW_IPV6[:2])
