"""What the kernel saw: complete, once, only ours. Needs CAP_NET_RAW."""

import socket
import subprocess
import threading
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, ip_address, ip_network
from pathlib import Path

import pytest

from labkit.addresses import End
from labkit.sockets import listening_socket
from mta_lab.capture import Recorder
from mta_lab.capture.scene import Scene
from mta_lab.lab.points import CapturePoint

Tshark = Callable[..., list[dict[str, list[str]]]]

SERVER, CLIENT, STRANGER = "127.0.100.210", "127.0.113.210", "127.0.7.7"
SIZE = 4_000_000
LO = (CapturePoint("lo", ("outside", "inside")),)


def scene(port: int) -> Scene:
    return Scene(
        {"outside": IPv4Network("127.0.113.0/24"), "inside": IPv4Network("127.0.100.0/24")},
        {IPv4Address(CLIENT): ["EXTERNAL"], IPv4Address(SERVER): ["INTERNAL", "mail.example"]},
        port,
    )


def exchange(listener: socket.socket, source: str, octets: bytes) -> None:
    """Send `octets` from `source` to `listener` and read them there to the end."""
    with socket.create_connection(listener.getsockname()[:2], source_address=(source, 0)) as client:
        served, _ = listener.accept()
        sender = threading.Thread(target=lambda: (client.sendall(octets), client.shutdown(1)))
        sender.start()
        with served:
            while served.recv(65536):
                pass
        sender.join()


def octets_in(packets: list[dict[str, list[str]]]) -> int:
    """How many octets of a stream are in packets; a busy machine's TCP sends some again."""
    found: set[int] = set()
    for packet in packets:
        begin, length = int(packet["tcp.seq"][0]), int(packet["tcp.len"][0])
        found.update(range(begin, begin + length))
    return len(found)


@pytest.fixture
def listener() -> socket.socket:
    with socket.create_server((SERVER, 0)) as sock:
        yield sock


@pytest.fixture
def recorder(tmp_path: Path, listener: socket.socket) -> Recorder:
    recorder = Recorder(tmp_path / "seen.pcapng", LO, scene(listener.getsockname()[1]))
    if recorder.needs_taps:
        pytest.skip("no CAP_NET_RAW here")
    return recorder


def test_every_packet_once(
    tmp_path: Path, listener: socket.socket, recorder: Recorder, tshark: Tshark
) -> None:
    exchange(listener, STRANGER, b"not ours")
    exchange(listener, CLIENT, b"x" * SIZE)
    capture = recorder.finish([])

    assert (capture.method, capture.dropped) == ("kernel", 0)
    fields = ("ip.src", "ip.dst", "ip.id", "tcp.seq", "tcp.len", "tcp.stream")
    packets = tshark(capture.file, *fields)
    assert len(packets) == capture.packets
    assert {packet["tcp.stream"][0] for packet in packets} == {"0"}
    ends = [(packet["ip.src"][0], packet["ip.dst"][0]) for packet in packets]
    assert {*ends} == {(SERVER, CLIENT), (CLIENT, SERVER)}
    assert octets_in([each for each in packets if each["ip.src"] == [CLIENT]]) == SIZE
    ended = tshark(capture.file, "ip.src", where="tcp.flags.fin == 1")
    assert {packet["ip.src"][0] for packet in ended} == {SERVER, CLIENT}
    assert not tshark(capture.file, "frame.number", where="tcp.analysis.lost_segment")
    # what the kernel sends again has another identification
    numbered = {(packet["ip.src"][0], packet["ip.id"][0]) for packet in packets}
    assert len(numbered) == len(packets)


def test_each_network_is_an_interface(
    listener: socket.socket, recorder: Recorder, tshark: Tshark
) -> None:
    exchange(listener, CLIENT, b"x")
    capture = recorder.finish([])
    summary = subprocess.run(["capinfos", capture.file], capture_output=True, text=True, check=True)
    assert "Captured by mta-lab on lo" in summary.stdout
    for name, network in (("outside", "127.0.113.0/24"), ("inside", "127.0.100.0/24")):
        assert f"Name = {name}\n" in summary.stdout
        assert f"Description = {network}, what the kernel saw on lo\n" in summary.stdout
    # a packet between two networks belongs to that of the host that was called
    interfaces = {
        each["frame.interface_name"][0] for each in tshark(capture.file, "frame.interface_name")
    }
    assert interfaces == {"inside"}


def test_ipv6_is_captured_too(tmp_path: Path, tshark: Tshark) -> None:
    six = ip_address("::1")
    with listening_socket(End(six, 0)) as listening:
        listening.setblocking(True)
        port = listening.getsockname()[1]
        seen = Scene({"six": ip_network("::1/128")}, {six: ["BOTH"]}, port)
        recorder = Recorder(tmp_path / "six.pcapng", (CapturePoint("lo", ("six",)),), seen)
        if recorder.needs_taps:
            pytest.skip("no CAP_NET_RAW here")
        exchange(listening, "::1", b"x" * SIZE)
        capture = recorder.finish([])
    packets = tshark(capture.file, "ipv6.addr", "tcp.seq", "tcp.len", "tcp.port", "tcp.dstport")
    assert (len(packets), capture.dropped) == (capture.packets, 0)
    assert {address for packet in packets for address in packet["ipv6.addr"]} == {"::1"}
    assert all(str(port) in packet["tcp.port"] for packet in packets)
    assert octets_in([each for each in packets if each["tcp.dstport"] == [str(port)]]) == SIZE


def test_decode_as_only_off_port_102(tmp_path: Path, recorder: Recorder) -> None:
    port = recorder.finish([]).port
    assert port != 102
    recorder = Recorder(tmp_path / "102.pcapng", LO, scene(102))
    assert recorder.finish([]).decode_as is None


def test_without_a_place_to_capture_the_sockets_are_asked(tmp_path: Path) -> None:
    """As on Docker engines elsewhere, whose packets pass no interface of this machine."""
    recorder = Recorder(tmp_path / "none.pcapng", (), scene(102))
    assert recorder.needs_taps
    assert recorder.finish([]).method == "sockets"
