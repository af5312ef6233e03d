"""Faults: what they are, and what they do to real packets between namespaces."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from labkit.config import ConfigurationError
from mta_lab.backends.loopback import Loopback
from mta_lab.cli import app
from mta_lab.topology.reading import load_topology
from tests.patience import PATIENCE

LABS = Path(__file__).parents[3] / "labs"
SEED = LABS / "q196381.yaml"
#: The lab by the version of IP, and where the firewall is in it.
SIX = LABS / "q196381-ipv6.yaml"
VERSIONS = {"ipv4": (SEED, "203.0.113.1"), "ipv6": (SIX, "2001:db8:113::1")}
#: What each script begins with.
BEGIN = """
import socket, sys, time
HERE = sys.argv.pop(1)
FAMILY = socket.AF_INET6 if ":" in HERE else socket.AF_INET
"""
BRIEFLY = 0.6  # seconds that a connection may take which must not come about

#: In the namespace of EXTERNAL: how a connection to an address and port goes, and how long it took.
CONNECT = """
begun = time.monotonic()
try:
    socket.create_connection((HERE, int(sys.argv[1])), timeout=float(sys.argv[2])).close()
    outcome = "open"
except OSError as error:
    outcome = type(error).__name__
print(outcome, time.monotonic() - begun)
"""
#: In the firewall's: say how many octets came over TCP and, at their end, how many datagrams.
COUNT = """
listener = socket.create_server((HERE, 7777), family=FAMILY)
datagrams = socket.socket(FAMILY, socket.SOCK_DGRAM)
datagrams.setsockopt(socket.SOL_SOCKET, 33, 1 << 22)  # SO_RCVBUFFORCE: room for all
datagrams.bind((HERE, 7778))
print("ready", flush=True)
client, _ = listener.accept()
octets = 0
while got := client.recv(65536):
    octets += len(got)
datagrams.setblocking(False)
count = 0
try:
    while datagrams.recv(100):
        count += 1
except BlockingIOError:
    print(octets, count)
"""
OCTETS = 7000  # in packets of 1500
LARGEST = "1300"  # IPv6 has no link that passes less than 1280
#: In the firewall's: say how many of so many octets came over TCP in time.
TAKE = """
listener = socket.create_server((HERE, 102), family=FAMILY)
print("ready", flush=True)
client, _ = listener.accept()
client.settimeout(float(sys.argv[2]))
octets = 0
try:
    while octets < int(sys.argv[1]) and (got := client.recv(65536)):
        octets += len(got)
except TimeoutError:
    pass
print(octets)
"""
#: In EXTERNAL's: send so many octets, and wait until they are acknowledged or it is too late.
GIVE = """
with socket.create_connection((HERE, 102)) as out:
    out.sendall(bytes(int(sys.argv[1])))
    out.settimeout(float(sys.argv[2]) + 1)
    out.recv(1)
"""
#: In EXTERNAL's: datagrams, then octets over TCP to the end; say how long the octets took.
SEND = """
datagrams = socket.socket(FAMILY, socket.SOCK_DGRAM)
for _ in range(int(sys.argv[1])):
    datagrams.sendto(b"x", (HERE, 7778))
begun = time.monotonic()
with socket.create_connection((HERE, 7777)) as out:
    out.sendall(bytes(int(sys.argv[2])))
    out.shutdown(socket.SHUT_WR)
    out.recv(1)
print(time.monotonic() - begun)
"""


def lab_cli(*arguments: str) -> Any:
    return CliRunner().invoke(app, arguments)


@pytest.fixture(scope="module", params=VERSIONS)
def lab(
    request: pytest.FixtureRequest,
    lab_name: Callable[[str], str],
    needs_netns: Callable[[], None],
) -> Iterator[str]:
    needs_netns()
    name = lab_name(f"faults-{request.param}")
    file, _ = VERSIONS[request.param]
    up = lab_cli("up", str(file), "--backend", "netns", "--name", name)
    assert up.exit_code == 0, up.output
    yield name
    assert lab_cli("down", name).exit_code == 0


@pytest.fixture
def fault(lab: str) -> Iterator[Callable[..., None]]:
    places = set()

    def bring_about(place: str, *options: str) -> None:
        places.add(place)
        done = lab_cli("fault", "--lab", lab, place, *options)
        assert done.exit_code == 0, done.output

    yield bring_about
    for place in places:
        bring_about(place, "--lift")
    assert connect(lab)[0] == "open"


def version(lab: str) -> str:
    return next(each for each in VERSIONS if each in lab)


def python(lab: str, host: str, script: str, *arguments: object) -> subprocess.Popen[str]:
    _, firewall = VERSIONS[version(lab)]
    return subprocess.Popen(
        [
            *("nsenter", f"--net=/run/netns/x400-{lab}:{host}"),
            *(sys.executable, "-c", BEGIN + script, firewall, *map(str, arguments)),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )


def connect(lab: str, port: int = 102, patience: float = PATIENCE) -> tuple[str, float]:
    with python(lab, "EXTERNAL", CONNECT, port, patience) as process:
        outcome, seconds = process.communicate()[0].split()
    return outcome, float(seconds)


def send(lab: str, datagrams: int, octets: int) -> tuple[float, int, int]:
    """How many seconds the octets took, how many of them came, how many of the datagrams."""
    with python(lab, "firewall", COUNT) as receiver:
        assert receiver.stdout
        assert receiver.stdout.readline() == "ready\n"
        with python(lab, "EXTERNAL", SEND, datagrams, octets) as sender:
            seconds = float(sender.communicate()[0])
        came, counted = receiver.communicate()[0].split()
    return seconds, int(came), int(counted)


@pytest.mark.parametrize("place", ["outside", "x400-inbound"])
def test_a_reset_is_at_once_and_a_black_hole_says_nothing(
    lab: str, fault: Callable[..., None], place: str
) -> None:
    fault(place, "--reset")
    assert connect(lab)[0] == "ConnectionRefusedError"
    fault(place, "--lift")
    fault(place, "--black-hole")
    outcome, seconds = connect(lab, patience=BRIEFLY)
    assert outcome == "TimeoutError"
    assert seconds >= BRIEFLY


def test_a_fault_of_a_service_is_of_no_other_port(lab: str, fault: Callable[..., None]) -> None:
    fault("x400-inbound", "--black-hole")
    assert connect(lab, port=103)[0] == "ConnectionRefusedError"  # nobody listens, and that is told


@pytest.mark.parametrize("place", ["outside", "x400-inbound"])
def test_a_delay_is_there_each_way(lab: str, fault: Callable[..., None], place: str) -> None:
    fault(place, "--delay", "0.15")
    outcome, seconds = connect(lab)
    assert outcome == "open"
    assert seconds >= 2 * 0.15


def test_a_rate_is_the_most_there_is(lab: str, fault: Callable[..., None]) -> None:
    fault("outside", "--rate", "400000")
    seconds, came, _ = send(lab, 0, 50_000)
    assert came == 50_000
    assert seconds > 0.8 * 50_000 * 8 / 400_000


def test_a_share_is_dropped_and_tcp_makes_up_for_it(lab: str, fault: Callable[..., None]) -> None:
    fault("outside", "--drop", "20")
    _, came, datagrams = send(lab, 1000, 5_000)
    assert came == 5_000
    assert 700 < datagrams < 900  # 800, and eight standard deviations


@pytest.mark.parametrize("place", ["outside", "x400-inbound"])
def test_large_packets_are_lost_or_their_sender_is_told(
    lab: str, fault: Callable[..., None], place: str
) -> None:
    """7 KB do not arrive; with ICMP the sender's kernel learns the size, and they do."""
    ip = ("nsenter", f"--net=/run/netns/x400-{lab}:EXTERNAL", "ip", f"-{version(lab)[-1]}")
    subprocess.run((*ip, "route", "flush", "cache"), check=True)  # sizes that an earlier ICMP told
    fault(place, "--larger-than", LARGEST)
    assert connect(lab)[0] == "open"
    assert at_the_firewall(lab, BRIEFLY) == 0
    fault(place, "--larger-than", LARGEST, "--icmp")
    assert at_the_firewall(lab, PATIENCE) == OCTETS


def at_the_firewall(lab: str, patience: float) -> int:
    """How many octets come at the firewall's own service, whose one end is ours for a moment."""
    assert lab_cli("set", "--lab", lab, "firewall.services=[]").exit_code == 0
    try:
        with python(lab, "firewall", TAKE, OCTETS, patience) as receiver:
            assert receiver.stdout
            assert receiver.stdout.readline() == "ready\n"
            with python(lab, "EXTERNAL", GIVE, OCTETS, patience):
                return int(receiver.communicate()[0])
    finally:
        restored = f"firewall.services={json.dumps(services(VERSIONS[version(lab)][0]))}"
        assert lab_cli("set", "--lab", lab, restored).exit_code == 0


def services(file: Path) -> list[dict[str, Any]]:
    document = YAML(typ="safe", pure=True).load(file.read_text("utf-8"))
    found: list[dict[str, Any]] = document["firewalls"]["firewall"]["services"]
    return found


def test_a_fault_lasts_as_long_as_it_is_told(lab: str, fault: Callable[..., None]) -> None:
    fault("outside", "--reset", "--for", "0.1")
    assert connect(lab)[0] == "open"


def test_faults_of_several_kinds_are_there_at_once(lab: str, fault: Callable[..., None]) -> None:
    fault("outside", "--delay", "0.1")
    fault("outside", "--rate", "400000")
    fault("x400-inbound", "--reset")
    outcome, seconds = connect(lab)
    assert outcome == "ConnectionRefusedError"
    assert seconds >= 0.2


def test_what_is_not_there_has_no_fault(lab: str) -> None:
    done = lab_cli("fault", "--lab", lab, "dmz", "--reset")
    assert done.exit_code == 2
    assert "no network or service 'dmz'; there are: outside, inside, x400-inbound" in done.output


# In a play


@pytest.fixture
def broken_seed(tmp_path: Path) -> Path:
    """With transparency off mail goes straight through; here the service resets for a time."""
    document = YAML(typ="safe", pure=True).load(
        (LABS / "q196381-transparency-off.yaml").read_text()
    )
    send_in, send_out = (step for step in document["play"] if "send" in step)
    document["play"] = [
        {"fault": {"on": "x400-inbound", "reset": True}},
        send_in,
        {"await": "settled"},
        {"queued": {"EXTERNAL": 5}},
        {"fault": {"on": "x400-inbound", "lift": True}},
        send_out,
        {"await": "settled"},
        {"queued": {"EXTERNAL": 0}},
    ]
    document["expect"] = {
        "flows": [
            {"from": "EXTERNAL", "to": "INTERNAL", "disposition": "collected", "collected": 5},
            {"from": "INTERNAL", "to": "EXTERNAL", "disposition": "delivered"},
        ]
    }
    path = tmp_path / "broken.yaml"
    YAML(typ="safe", pure=True).dump(document, path)
    return path


def test_a_play_brings_faults_about_and_lifts_them(
    broken_seed: Path,
    lab_name: Callable[[str], str],
    needs_netns: Callable[[], None],
    tmp_path: Path,
) -> None:
    needs_netns()
    options = ("--backend", "netns", "--name", lab_name("broken"), "--capture", str(tmp_path))
    done = lab_cli("run", str(broken_seed), *options)
    assert done.exit_code == 0, done.output


def test_loopback_says_that_it_has_no_faults(broken_seed: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"play\.0\.fault: .* --backend netns"):
        Loopback().place(load_topology(broken_seed), 10102)
