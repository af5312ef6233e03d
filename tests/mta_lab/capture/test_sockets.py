"""Captures built from taps, judged by tshark: TCP without a flaw, and every octet in its place."""

import base64
import json
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, ip_address, ip_network
from pathlib import Path

import pytest

from mta_lab.capture.scene import Scene
from mta_lab.capture.sockets import COMMENT, write_conversations

Tshark = Callable[..., list[dict[str, list[str]]]]
Line = tuple[float, str, bytes]  # wall seconds, what, data

EXTERNAL = "127.0.113.10:40001"
FIREWALL = "127.0.113.1:102"
SCENE = Scene(
    {"outside": IPv4Network("127.0.113.0/24")}, {IPv4Address("127.0.113.10"): ["EXTERNAL"]}, 102
)

TPKT_OF_70000 = b"".join(
    b"\x03\x00\xff\xff\x02\xf0\x80" + bytes([n]) * (0xFFFF - 7) for n in range(1, 3)
)


def tap(path: Path, local: str, remote: str, lines: Iterable[Line]) -> Path:
    with path.open("a", encoding="ascii") as stream:
        for time, what, data in lines:
            line = {"time": time, "local": local, "remote": remote, "what": what}
            if data:
                line["data"] = base64.b64encode(data).decode()
            stream.write(json.dumps(line) + "\n")
    return path


def conversation(client: bytes, server: bytes, *, opened: bool = True) -> list[Line]:
    """One exchange, told from the client's end or, `opened` false, from the server's."""
    first, second = ("sent", "received") if opened else ("received", "sent")
    end = [(4.0, "eof", b""), (5.0, "close", b"")]
    return [
        (1.0, "open" if opened else "accept", b""),
        (2.0, first, client),
        (3.0, second, server),
        *end,
    ]


def stream(packets: list[dict[str, list[str]]], sender: str) -> bytes:
    address, port = sender.split(":")
    return b"".join(
        bytes.fromhex(packet["tcp.payload"][0])
        for packet in packets
        if packet["ip.src"] == [address]
        and packet["tcp.srcport"] == [port]
        and "tcp.payload" in packet
    )


FIELDS = ("ip.src", "ip.dst", "tcp.srcport", "tcp.payload", "tcp.flags.str", "tcp.analysis.flags")


@pytest.mark.parametrize("opened", [True, False])
@pytest.mark.parametrize("size", [1, 1460, 1461, 3 * 1460])
def test_octets_survive_in_order(tmp_path: Path, tshark: Tshark, opened: bool, size: int) -> None:
    client, server = bytes(range(256)) * (size // 256) + b"c" * (size % 256), b"s" * size
    ends = (EXTERNAL, FIREWALL) if opened else (FIREWALL, EXTERNAL)
    lines = conversation(client, server, opened=opened)
    file = tmp_path / "built.pcapng"
    written = write_conversations(file, SCENE, [tap(tmp_path / "tap", *ends, lines)])

    packets = tshark(file, *FIELDS)
    assert written == len(packets)
    assert stream(packets, EXTERNAL) == client
    assert stream(packets, FIREWALL) == server
    assert [packet for packet in packets if "tcp.analysis.flags" in packet] == []


@pytest.mark.parametrize("opened", [True, False])
@pytest.mark.parametrize("size", [1, 1440, 1441, 3 * 1440])
def test_octets_over_ipv6_survive_in_order(
    tmp_path: Path, tshark: Tshark, opened: bool, size: int
) -> None:
    six = ip_network("2001:db8::/64")
    scene = Scene({"outside": six}, {ip_address("2001:db8::10"): ["EXTERNAL"]}, 102)
    ends = ("[2001:db8::10]:40001", "[2001:db8::1]:102")
    lines = conversation(b"c" * size, b"s" * size, opened=opened)
    tapped = tap(tmp_path / "tap", *(ends if opened else reversed(ends)), lines)
    file = tmp_path / "built.pcapng"
    written = write_conversations(file, scene, [tapped])
    fields = ("ipv6.src", "ipv6.plen", "tcp.srcport", "tcp.payload", "tcp.analysis.flags")
    packets = tshark(file, *fields)
    assert written == len(packets)
    assert [packet for packet in packets if "tcp.analysis.flags" in packet] == []
    assert max(int(packet["ipv6.plen"][0]) for packet in packets) <= 1460  # an MTU of 1500
    for sender, port, octet in (("2001:db8::10", "40001", b"c"), ("2001:db8::1", "102", b"s")):
        sent = [each for each in packets if each["ipv6.src"] == [sender]]
        assert {each["tcp.srcport"][0] for each in sent} == {port}
        payloads = [bytes.fromhex(each.get("tcp.payload", [""])[0]) for each in sent]
        assert b"".join(payloads) == octet * size


def test_large_bursts_stay_within_the_window(tmp_path: Path, tshark: Tshark) -> None:
    lines = conversation(TPKT_OF_70000, TPKT_OF_70000)
    file = tmp_path / "built.pcapng"
    write_conversations(file, SCENE, [tap(tmp_path / "tap", EXTERNAL, FIREWALL, lines)])
    packets = tshark(
        file, *FIELDS, "tcp.window_size", "tcp.analysis.bytes_in_flight", "tpkt.length"
    )
    assert [packet for packet in packets if "tcp.analysis.flags" in packet] == []
    assert sum(len(packet.get("tpkt.length", [])) for packet in packets) == 4
    assert (
        max(int(p["tcp.analysis.bytes_in_flight"][0]) for p in packets if "tcp.payload" in p)
        <= 2920
    )


def test_two_taps_of_one_connection_make_one_conversation(tmp_path: Path, tshark: Tshark) -> None:
    taps = [
        tap(tmp_path / "b", FIREWALL, EXTERNAL, conversation(b"hello", b"bye", opened=False)),
        tap(tmp_path / "a", EXTERNAL, FIREWALL, conversation(b"hello", b"bye")),
    ]
    file = tmp_path / "built.pcapng"
    write_conversations(file, SCENE, taps)
    packets = tshark(file, *FIELDS, "tcp.stream")
    assert {packet["tcp.stream"][0] for packet in packets} == {"0"}
    assert stream(packets, EXTERNAL) == b"hello"


def test_conversations_are_interleaved_by_time(tmp_path: Path, tshark: Tshark) -> None:
    other = "127.0.113.10:40002"
    path = tmp_path / "tap"
    tap(path, EXTERNAL, FIREWALL, [(1.0, "open", b""), (3.0, "sent", b"later")])
    tap(path, other, FIREWALL, [(2.0, "open", b""), (2.5, "sent", b"sooner")])
    file = tmp_path / "built.pcapng"
    write_conversations(file, SCENE, [path])
    packets = tshark(file, *FIELDS, "frame.time_epoch")
    times = [float(packet["frame.time_epoch"][0]) for packet in packets]
    assert times == sorted(times)
    payloads = [packet["tcp.payload"][0] for packet in packets if "tcp.payload" in packet]
    assert [bytes.fromhex(payload) for payload in payloads] == [b"sooner", b"later"]


@pytest.mark.parametrize(
    ("ending", "flags"),
    [
        ([(2.0, "eof", b""), (3.0, "close", b"")], ["FA", "A", "FA", "A"]),
        ([(2.0, "close", b"")], ["FA", "A", "FA", "A"]),
        ([(2.0, "given up", b"why"), (3.0, "reset", b"")], ["RA"]),
        ([(2.0, "reset", b""), (3.0, "sent", b"lost"), (4.0, "close", b"")], ["RA"]),
        ([], []),  # the process was killed
    ],
)
def test_endings(tmp_path: Path, tshark: Tshark, ending: list[Line], flags: list[str]) -> None:
    lines = [(1.0, "open", b""), *ending]
    file = tmp_path / "built.pcapng"
    write_conversations(file, SCENE, [tap(tmp_path / "tap", EXTERNAL, FIREWALL, lines)])
    packets = tshark(file, "tcp.flags.str", "tcp.analysis.flags")
    letters = ["".join(filter(str.isalpha, packet["tcp.flags.str"][0])) for packet in packets]
    spelled = [{"AS": "SA", "AF": "FA", "AR": "RA"}.get(each, each) for each in letters]
    assert spelled == ["S", "SA", "A", *flags]
    assert [packet for packet in packets if "tcp.analysis.flags" in packet] == []


def test_a_half_written_line_ends_the_tap(tmp_path: Path) -> None:
    path = tap(tmp_path / "tap", EXTERNAL, FIREWALL, [(1.0, "open", b"")])
    with path.open("a") as stream:
        stream.write('{"time": 2.0, "loc')
    assert write_conversations(tmp_path / "built.pcapng", SCENE, [path]) == 3


def test_the_file_says_that_it_was_built(tmp_path: Path) -> None:
    file = tmp_path / "built.pcapng"
    write_conversations(file, SCENE, [])
    assert COMMENT.encode() in file.read_bytes()[:512]
