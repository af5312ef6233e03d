"""Namespaces: what the kernel shows on each segment, and that nothing stays behind."""

import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from labkit.config import ConfigurationError, dump
from mta_lab.backends.netns import Netns
from tests.mta_lab.conftest import own_name, skip_without_netns
from tests.mta_lab.topologies import in_a_row, over_ipv6

EXTERNAL, INTERNAL = "203.0.113.10", "198.51.100.10"
OUTSIDE, INSIDE = "203.0.113.1", "198.51.100.1"

#: Calls an MTA, and says from which address it was called.
CALL = """
import socket, sys
print(socket.create_connection((sys.argv[1], 102), 60).getsockname()[0])
"""
SYN = "tcp.flags.syn == 1 && tcp.flags.ack == 0"


def pairs(packets: Iterable[dict[str, list[str]]]) -> set[tuple[str, str]]:
    return {(packet["ip.src"][0], packet["ip.dst"][0]) for packet in packets}


@pytest.mark.parametrize(
    ("name", "source"),
    [("q196381", EXTERNAL), ("q196381-transparency-off", INSIDE), ("q196381-tunnel", EXTERNAL)],
)
def test_the_inside_segment_shows_the_address_that_the_firewall_left(
    play: Callable[..., Any], tshark: Callable[..., Any], name: str, source: str
) -> None:
    capture = play(name, "netns").capture
    where = f'frame.interface_name == "inside" && ip.dst == {INTERNAL}'
    assert pairs(tshark(capture, "ip.src", "ip.dst", where=where)) >= {(source, INTERNAL)}
    calls = tshark(capture, "ip.src", "ip.dst", where=f"{where} && {SYN}")
    assert pairs(calls) == {(source, INTERNAL)}


@pytest.mark.parametrize(
    ("name", "source"),
    [("q196381-ipv6", "2001:db8:113::10"), ("q196381-ipv6-stack-page", "2001:db8:113::10")],
)
def test_the_inside_segment_shows_the_address_over_ipv6(
    play: Callable[..., Any], tshark: Callable[..., Any], name: str, source: str
) -> None:
    """Transparency (IPV6_TRANSPARENT, `ip -6 rule`), and plain forwarding."""
    inside = "inside6" if name.endswith("page") else "inside"
    internal = "2001:db8:100::10"
    where = f'frame.interface_name == "{inside}" && ipv6.dst == {internal} && {SYN}'
    calls = tshark(play(name, "netns").capture, "ipv6.src", "ipv6.dst", where=where)
    assert {(each["ipv6.src"][0], each["ipv6.dst"][0]) for each in calls} == {(source, internal)}


def test_ipv6_is_there_at_once_forwards_and_has_rules_of_its_own(
    lab_command: Callable[..., Any], lab_process: Callable[..., Any], tmp_path: Path
) -> None:
    skip_without_netns()
    name = own_name("ipv6")
    router = {
        "engine": "router",
        "services": None,
        "rules": ["-6 fwmark 0x7 lookup 100 priority 77"],
        "tables": {100: ["-6 local default dev lo"]},
    }
    file = tmp_path / "router.yaml"
    dump(over_ipv6(in_a_row(router, {"engine": "router", "services": None})), file)
    assert lab_command("up", file, "--backend", "netns", "--name", name).returncode == 0
    try:

        def on(host: str, *command: str) -> str:
            said: str = lab_process("exec", "--lab", name, host, *command).stdout
            return said

        assert "77:\tfrom all fwmark 0x7 lookup 100" in on("FW1", "ip", "-6", "rule")
        assert "fwmark" not in on("FW1", "ip", "-4", "rule")
        assert "local default dev lo" in on("FW1", "ip", "-6", "route", "show", "table", "100")
        addresses = on("FW1", "ip", "-6", "-o", "addr", "show", "dev", "outside")
        assert "2001:db8:1::1/64" in addresses
        assert "tentative" not in addresses
        assert on("FW1", "sysctl", "-n", "net.ipv6.conf.all.forwarding").strip() == "1"
        assert on("NORTH", "python3", "-c", CALL, "2001:db8:3::10").strip() == "2001:db8:1::10"
    finally:
        assert lab_command("down", name).returncode == 0


def test_each_segment_has_only_what_is_on_it(
    play: Callable[..., Any], tshark: Callable[..., Any]
) -> None:
    """With the proxy, no packet between outside and inside addresses is on the outside."""
    capture = play("q196381", "netns").capture
    outside = tshark(capture, "ip.src", "ip.dst", where='frame.interface_name == "outside"')
    assert pairs(outside) == {(EXTERNAL, OUTSIDE), (OUTSIDE, EXTERNAL)}
    inside = tshark(capture, "ip.src", "ip.dst", where='frame.interface_name == "inside"')
    assert pairs(inside) == {
        (EXTERNAL, INTERNAL),  # the client's own address
        (INTERNAL, EXTERNAL),
        (INTERNAL, INSIDE),
        (INSIDE, INTERNAL),
    }


def test_a_tunnel_forwards_and_rewrites_nothing(
    play: Callable[..., Any], tshark: Callable[..., Any]
) -> None:
    """The same packets on both segments, one hop later: the TTL is all that differs."""
    capture = play("q196381-tunnel", "netns").capture
    fields = ("ip.src", "ip.dst", "ip.id", "tcp.seq_raw", "tcp.len", "tcp.flags")
    seen = {
        segment: [
            [packet[field] for field in fields]
            for packet in tshark(capture, *fields, where=f'frame.interface_name == "{segment}"')
        ]
        for segment in ("outside", "inside")
    }
    assert sorted(seen["outside"]) == sorted(seen["inside"])
    assert len(seen["outside"]) > 20
    ttls = tshark(
        capture, "ip.ttl", where=f'frame.interface_name == "inside" && ip.src == {EXTERNAL}'
    )
    assert {packet["ip.ttl"][0] for packet in ttls} == {"63"}


def test_the_packets_are_the_kernels_own(
    play: Callable[..., Any], tshark: Callable[..., Any]
) -> None:
    """Handshakes are whole, checksums right, and no frame is longer than Ethernet's."""
    capture = play("q196381", "netns").capture
    assert tshark(capture, "frame.number", where="frame.len > 1514") == []
    assert tshark(capture, "frame.number", where="tcp.analysis.lost_segment") == []
    same = ("frame.interface_id", "ip.src", "ip.id", "tcp.stream", "tcp.seq_raw", "tcp.flags")
    packets = [tuple(map(tuple, packet.values())) for packet in tshark(capture, *same)]
    assert len(packets) == len(set(packets))  # each once; what a kernel sends again has another id
    streams = {packet["tcp.stream"][0] for packet in tshark(capture, "tcp.stream")}
    answered = tshark(capture, "tcp.stream", where="tcp.flags.syn == 1 && tcp.flags.ack == 1")
    assert {packet["tcp.stream"][0] for packet in answered} == streams
    for status, found in (("Bad", False), ("Good", True)):
        where = f'tcp.checksum.status == "{status}" || ip.checksum.status == "{status}"'
        assert bool(tshark(capture, "frame.number", where=where, checksums=True)) is found


def test_a_router_has_its_routes_rules_and_sysctls(
    lab_command: Callable[..., Any], tmp_path: Path, lab_process: Callable[..., Any]
) -> None:
    skip_without_netns()
    name = own_name("router")
    given = [{"to": "198.51.100.128/25", "via": "192.0.2.2"}]
    router = {
        "engine": "router",
        "services": None,
        "interfaces": {
            "wan": {"address": "203.0.113.1"},
            "wan2": {"address": "203.0.113.2"},
            "transit": {"address": "192.0.2.1"},
        },
        "routes": given,
        "rules": ["fwmark 0x7 lookup 123 priority 77"],
        "sysctls": {"net.ipv4.conf.wan.rp_filter": 1},
    }
    file = tmp_path / "router.yaml"
    dump(in_a_row(fw1=router, fw2={"engine": "router", "services": None}), file)
    assert lab_command("up", file, "--backend", "netns", "--name", name).returncode == 0
    try:

        def on(host: str, *command: str) -> str:
            said: str = lab_process("exec", "--lab", name, host, *command).stdout
            return said

        assert "77:\tfrom all fwmark 0x7 lookup 123" in on("FW1", "ip", "rule")
        assert on("FW1", "sysctl", "-n", "net.ipv4.conf.wan.rp_filter").strip() == "1"
        assert "198.51.100.128/25 via 192.0.2.2 dev transit" in on("FW1", "ip", "route")
        assert "203.0.113.2/24" in on("FW1", "ip", "-o", "addr", "show", "dev", "wan2")
        assert on("NORTH", "python3", "-c", CALL, "198.51.100.10").strip() == "203.0.113.10"
    finally:
        assert lab_command("down", name).returncode == 0


@pytest.mark.parametrize("name", ["a name", "an-interface-with-a-long-name", "../x"])
def test_what_cannot_name_an_interface_is_refused(name: str) -> None:
    skip_without_netns()
    interfaces = {name: {"address": "203.0.113.1"}, "transit": {"address": "192.0.2.1"}}
    topology = in_a_row(fw1={"interfaces": interfaces, "services": None})
    with pytest.raises(ConfigurationError, match="names an interface in a namespace"):
        Netns().place(topology)


FOREIGN = {"engine": "nftables", "services": None, "text": "table ip t { }"}


def test_what_an_engine_needs_is_asked_for_first(monkeypatch: pytest.MonkeyPatch) -> None:
    skip_without_netns()
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ConfigurationError, match=r"not installed: nft; on Debian: apt install nft"):
        Netns().place(in_a_row(FOREIGN))


def test_the_ports_of_an_engines_own_file_stay() -> None:
    skip_without_netns()
    with pytest.raises(ConfigurationError, match=r"firewalls.FW1: .* its own file has the port"):
        Netns().place(in_a_row(FOREIGN), 10102)


def test_rules_and_tables_route_what_is_marked(
    lab_command: Callable[..., Any], tmp_path: Path
) -> None:
    skip_without_netns()
    topology = in_a_row(
        {
            **FOREIGN,
            "rules": ["fwmark 7 lookup 100"],
            "tables": {100: ["local default dev lo"]},
        }
    )
    dump(topology, tmp_path / "lab.yaml")
    name = own_name("tables")
    up = lab_command("up", tmp_path / "lab.yaml", "--backend", "netns", "--name", name)
    assert up.returncode == 0, up.stderr
    try:
        where = f"x400-{name}:FW1"
        rules = ip("-n", where, "rule")
        assert "fwmark 0x7 lookup 100" in rules
        assert ip("-n", where, "route", "show", "table", "100").split() == [
            *("local", "default", "dev", "lo", "scope", "host"),
        ]
        assert "table ip t\n" in ip("netns", "exec", where, "nft", "list", "tables")
    finally:
        assert lab_command("down", name).returncode == 0
    assert where not in ip("netns", "list")


def ip(*arguments: str) -> str:
    """What ip(8) prints."""
    return subprocess.run(["ip", *arguments], capture_output=True, text=True, check=True).stdout


def test_a_firewall_of_others_is_a_host_like_any_other(
    lab_command: Callable[..., Any], lab_process: Callable[..., Any]
) -> None:
    skip_without_netns()
    name = own_name("a-host")
    lab = ("--lab", name)
    up = ("up", "labs/q196381-nftables.yaml", "--backend", "netns", "--name", name)
    assert lab_command(*up).returncode == 0
    try:
        assert "running" in lab_command("ps", *lab).stdout
        assert lab_command("restart", "NFTABLES", *lab).returncode == 0
        said = lab_command("logs", "NFTABLES", *lab).stdout
        assert said.count("ready nftables") == 2
        tables = lab_process("exec", *lab, "NFTABLES", "nft", "list", "tables")
        assert tables.returncode == 0
        done = lab_command("set", *lab, "NFTABLES.text=x")
        assert (done.returncode, "there are: EXTERNAL, INTERNAL" in done.stderr) == (2, True)
    finally:
        assert lab_command("down", name).returncode == 0


def test_a_sites_file_leaves_nothing_in_run(
    lab_command: Callable[..., Any], lab_process: Callable[..., Any], tmp_path: Path
) -> None:
    """Debian's files name a socket and a PID file that this machine's own programs use."""
    skip_without_netns()
    name = own_name("a-run")
    site = Path(f"/run/{name}.sock")
    lab, file = ("--lab", name), tmp_path / "site.yaml"
    text = Path("labs/q196381-haproxy-own-address.yaml").read_text("utf-8")
    begun = "      defaults\n"
    assert begun in text
    socket = f"      global\n          stats socket {site}\n"
    file.write_text(text.replace(begun, socket + begun, 1), "utf-8")
    assert lab_command("up", str(file), "--backend", "netns", "--name", name).returncode == 0
    try:
        assert "ready haproxy" in lab_command("logs", "HAPROXY", *lab).stdout
        assert not site.exists()
        listeners = lab_process("exec", *lab, "HAPROXY", "ss", "-xl").stdout
        assert str(site) in listeners
    finally:
        assert lab_command("down", name).returncode == 0
    assert not site.exists()
