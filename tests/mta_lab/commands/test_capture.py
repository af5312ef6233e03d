"""`mta-lab capture`: the packets of a segment or a host, while the lab is up."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

Objects = Callable[..., list[dict[str, Any]]]
Command = Callable[..., Any]
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("part", "number"), [("outside", signal.SIGINT), ("firewall", signal.SIGTERM)]
)
def test_capture_shows_a_segment_and_a_host(
    lab: str,
    lab_process: Command,
    tshark: Callable[..., Any],
    tmp_path: Path,
    part: str,
    number: signal.Signals,
    objects: Objects,
    lab_port: int,
) -> None:
    if os.geteuid() != 0:
        pytest.skip("no CAP_NET_RAW here")
    file = tmp_path / "part.pcapng"
    hosts = {each["host"]: each for each in objects("ps")}
    there = hosts["firewall"]["addresses"][0]
    with capturing(lab, part, file, number):
        ping = lab_process(
            "exec", "--lab", lab, "EXTERNAL", "mta-emu", "ping", f"{there}:{lab_port}"
        )
    assert ping.stdout, ping.stderr
    seen = tshark(
        file, "ip.dst", "frame.interface_name", where=f"tcp.dstport == {lab_port}", port=lab_port
    )
    assert there in {packet["ip.dst"][0] for packet in seen}
    if "netns" in lab:
        assert {packet["frame.interface_name"][0] for packet in seen} >= {"outside"}
        assert ("inside" in {packet["frame.interface_name"][0] for packet in seen}) is (
            part == "firewall"
        )


@contextmanager
def capturing(
    lab: str, part: str, file: Path, number: signal.Signals = signal.SIGINT
) -> Iterator[None]:
    """Capture in the background, as a script does: there SIGINT is ignored at the start."""
    capture_it = ["-m", "mta_lab", "capture", "--lab", lab, part, "-w", file]
    with subprocess.Popen(
        ["sh", "-c", "trap '' INT; exec \"$@\"", "sh", sys.executable, *capture_it],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as capture:
        assert capture.stderr
        assert capture.stderr.readline().startswith(f"capturing {part} of lab {lab}")
        yield
        capture.send_signal(number)
        assert capture.stderr.read().endswith(" packets\n")
    assert capture.returncode == 0


@pytest.mark.parametrize("lab", ["netns"], indirect=True)
def test_arp_and_handshakes_are_the_kernels_own(
    lab: str, lab_process: Command, tshark: Callable[..., Any], tmp_path: Path, objects: Objects
) -> None:
    """The firewall asks for INTERNAL's address, gets it, and the client's call goes there."""
    file = tmp_path / "inside.pcapng"
    for host in ("firewall", "INTERNAL"):  # have forgotten each other
        flushed = lab_process("exec", "--lab", lab, host, "ip", "neigh", "flush", "all")
        assert flushed.returncode == 0, flushed.stderr
    with capturing(lab, "inside", file):
        ping = ("mta-emu", "ping", "203.0.113.1:102", "--source", "203.0.113.10")
        assert lab_process("exec", "--lab", lab, "EXTERNAL", *ping).stdout

    arp = ("arp.opcode", "arp.src.proto_ipv4", "arp.dst.proto_ipv4", "eth.src", "eth.dst")
    asked, answered = (
        next([packet[field][0] for field in arp] for packet in tshark(file, *arp, where=where))
        for where in ("arp.opcode == 1", "arp.opcode == 2")
    )
    firewall, internal = "02:00:c6:33:64:01", "02:00:c6:33:64:0a"
    assert asked == ["1", "198.51.100.1", "198.51.100.10", firewall, "ff:ff:ff:ff:ff:ff"]
    assert answered == ["2", "198.51.100.10", "198.51.100.1", internal, firewall]

    tcp = ("tcp.flags", "ip.src", "ip.dst", "eth.src", "eth.dst", "tcp.len")
    opening = [[packet[field][0] for field in tcp] for packet in tshark(file, *tcp, where="tcp")]
    there = ["203.0.113.10", "198.51.100.10", firewall, internal, "0"]
    back = ["198.51.100.10", "203.0.113.10", internal, firewall, "0"]
    assert opening[:3] == [["0x0002", *there], ["0x0012", *back], ["0x0010", *there]]


@pytest.mark.parametrize("lab", ["loopback"], indirect=True)
def test_without_the_right_to_see_packets_it_says_what_is_needed(
    lab: str, cli: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As an ordinary user finds it: the kernel refuses the packet socket."""

    def refused(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("mta_lab.lab.points.socket.socket", refused)
    done = cli("capture", "--lab", lab, "inside", "-w", str(tmp_path / "x.pcapng"))
    assert done.exit_code == 2
    assert "to see packets takes the capability CAP_NET_RAW: use sudo" in done.output
