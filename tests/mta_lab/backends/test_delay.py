"""What is delayed: the keys of a filter, worked out by hand, and frames on a wire."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from mta_lab.backends.delay import filter_keys, protocol_of


def test_packets_of_a_service_are_those_from_it_and_to_it() -> None:
    """203.0.113.1 is cb007101, port 102 is 66; an IPv4 header has 20 octets, its source at 12."""
    assert filter_keys(("203.0.113.1", 102)) == [
        ["0xcb007101/0xffffffff+12", "0x00660000/0xffff0000+20"],
        ["0xcb007101/0xffffffff+16", "0x00000066/0x0000ffff+20"],
    ]


def test_an_ipv6_address_is_four_words_and_its_header_has_40_octets() -> None:
    """Source at 8, destination at 24 (RFC 8200 3)."""
    words = ("0x20010db8", "0x00000000", "0x00000000", "0x00000001")
    source, destination = (
        [f"{word}/0xffffffff+{at + 4 * number}" for number, word in enumerate(words)]
        for at in (8, 24)
    )
    assert filter_keys(("2001:db8::1", 102)) == [
        [*source, "0x00660000/0xffff0000+40"],
        [*destination, "0x00000066/0x0000ffff+40"],
    ]
    assert [protocol_of((each, 102)) for each in ("2001:db8::1", "192.0.2.1")] == [0x86DD, 0x0800]


#: In a namespace of its own: a wire, and `delay.py` at one end. Prints a line for each frame
#: that comes through: its name, and how many seconds it took.
_WIRE = """
import json, select, socket, subprocess, sys, time

def run(command): subprocess.run(command.split(), check=True)

run("ip link add near type veth peer name far")
for end in ("near", "far"):
    run(f"sysctl -qw net.ipv6.conf.{end}.disable_ipv6=1")
    run(f"ip link set {end} up")
line = {"namespace": "/proc/self/ns/net", "interface": "near", "seconds": 0.5}
service = json.loads(sys.argv[1])
delay = subprocess.Popen(
    [sys.executable, "-m", "mta_lab.backends.delay", json.dumps([line | {"service": service}])],
    stdout=subprocess.PIPE, text=True)
print(delay.stdout.readline(), end="")
out, come = (socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) for _ in "12")
out.bind(("near", 0))
come.bind(("far", 0))

def frame(port):
    ip = bytes.fromhex("4500002800000000400600000a000001cb007101")
    tcp = (40000).to_bytes(2, "big") + port.to_bytes(2, "big") + bytes(16)
    return bytes(12) + b"\\x08\\x00" + ip + tcp

begun = time.monotonic()
sent = {"service": frame(102), "other": frame(25)}
for each in sent.values():
    out.send(each)
while sent and select.select([come], [], [], 5)[0]:
    found = come.recv(2000)
    for name in [name for name, each in sent.items() if found.startswith(each)]:
        print(name, time.monotonic() - begun)
        del sent[name]
delay.terminate()
"""


@pytest.mark.parametrize(
    ("service", "delayed"), [(None, {"service", "other"}), (["203.0.113.1", 102], {"service"})]
)
def test_frames_of_the_line_arrive_later_and_others_at_once(
    needs_netns: Callable[[], None], service: list[object] | None, delayed: set[str]
) -> None:
    needs_netns()
    done = subprocess.run(
        ["unshare", "--net", sys.executable, "-c", _WIRE, json.dumps(service)],
        capture_output=True,
        text=True,
        check=False,
    )
    said, *arrived = done.stdout.splitlines()
    assert said == "delaying", done.stderr
    took = {name: float(seconds) for name, seconds in map(str.split, arrived)}
    assert took.keys() == {"service", "other"}
    assert {name for name, seconds in took.items() if seconds >= 0.5} == delayed
