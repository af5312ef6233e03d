"""Ports of a firewall's machine for its own connections: who has one, and who gets none."""

import os
import subprocess
import sys
from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from mta_lab.rehearsal import ports
from mta_lab.rehearsal.call import call
from mta_lab.rehearsal.play import play
from mta_lab.rehearsal.prediction import Attempt
from mta_lab.rehearsal.world import World
from mta_lab.topology.firewalls import ProxyFirewall
from tests.mta_lab.rehearsal.changed import NOW, lab
from tests.patience import PATIENCE

TRAP = "trap-ports-used-up"
RESET = (9224, 1294, 301)

#: Opens connections from one address to one end till no port is free; prints how many.
COUNTS = """
import errno, socket, sys
with open("/proc/sys/net/ipv4/ip_local_port_range", "w") as setting:
    setting.write(sys.argv[1])
listeners = [socket.create_server(("127.0.0.1", int(port))) for port in sys.argv[2:]]
clients = []
try:
    while True:
        clients.append(client := socket.socket())
        client.setsockopt(socket.SOL_IP, socket.IP_BIND_ADDRESS_NO_PORT, 1)
        client.bind(("127.0.0.9", 0))
        client.connect(("127.0.0.1", 102))
except OSError as error:
    assert error.errno == errno.EADDRNOTAVAIL, error
    print(len(clients) - 1)
"""


def firewall(written: int | str, port: int = 102) -> ProxyFirewall:
    """The trap's firewall with a range, and one service, at a port."""
    found = lab(TRAP).firewalls["firewall"]
    assert isinstance(found, ProxyFirewall)
    listen = found.services[0].listen.model_copy(update={"port": port})
    service = found.services[0].model_copy(update={"listen": listen})
    update = {"sysctls": {ports.LOCAL_PORTS: written}, "services": (service,)}
    return found.model_copy(update=update)


def world(written: str, *settings: str) -> World:
    """The trap, with a range."""
    topology = lab(TRAP, *settings)
    its = topology.firewalls["firewall"]
    changed = {"firewall": its.model_copy(update={"sysctls": {ports.LOCAL_PORTS: written}})}
    return World(topology.model_copy(update={"firewalls": changed}))


def called(of: World, name: str = "EXTERNAL") -> Attempt:
    """Make the next call, and let it stay open if it is accepted."""
    attempt = call(of, name, of.mtas[name].connectors[0])
    if attempt.accepted:
        of.open.append(attempt)
    return attempt


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("40000 40001", range(40000, 40002)),
        ("40000\t40000", range(40000, 40001)),
        (40000, None),
        ("many", None),
        ("40001 40000", range(0)),
    ],
)
def test_a_range_is_read_as_sysctl_writes_it(written: int | str, read: range | None) -> None:
    assert ports.given(firewall(written)) == read


@pytest.mark.parametrize(
    ("written", "become"),
    [
        ("40000 40000", ["delivered", "blocked"]),
        ("40000 40001", ["delivered", "delivered", "blocked"]),
        ("40000 40002", ["delivered", "delivered", "not modelled"]),
        ("101 102", ["delivered", "blocked"]),  # services listen at 102
    ],
)
def test_as_many_calls_pass_as_there_are_ports(written: str, become: list[str]) -> None:
    at_work = world(written)
    assert [called(at_work).disposition for _ in become] == become


@pytest.mark.parametrize(
    ("transparent", "seen"), [("true", "203.0.113.10"), ("false", "198.51.100.1")]
)
def test_the_caller_without_a_port_is_accepted_and_reset(transparent: str, seen: str) -> None:
    setting = f"firewall.services.x400-inbound.client_side_transparency={transparent}"
    at_work = world("40000 40001", setting)
    *_, last = (called(at_work) for _ in range(3))
    assert (last.disposition, last.connected, last.via) == ("blocked", True, ())
    assert (last.caller_events, last.called) == (RESET, None)
    assert last.reason.text == (
        f"no port of 40000 40001 is free for {seen} to 198.51.100.10:102: 2 connections have them"
    )
    assert last.reason.place
    assert last.reason.place.path == f"firewalls.firewall.sysctls.{ports.LOCAL_PORTS}"
    assert {each.network for each in last.travels} == {"outside"}


def test_the_way_back_has_the_range_for_itself() -> None:
    at_work = world("40000 40000", "EXTERNAL.connectors.FIREWALL.schedule.activation=always")
    assert [called(at_work).disposition for _ in range(2)] == ["delivered", "blocked"]
    assert called(at_work, "INTERNAL").disposition == "delivered"


def test_another_client_of_a_transparent_proxy_has_the_range_for_itself() -> None:
    at_work = world("40000 40000")
    mine = called(at_work)
    other = IPv4Address("203.0.113.11")
    steps = tuple(
        replace(each, travels=replace(each.travels, source=other)) if each.travels else each
        for each in mine.steps
    )
    theirs, proxies = replace(mine, steps=steps), at_work.topology.proxies()
    assert ports.missing(proxies, mine.steps, mine.via, [theirs], []) is None
    assert ports.missing(proxies, mine.steps, mine.via, [theirs, mine], []) is not None


def test_whether_an_ended_connection_keeps_its_port_is_not_modelled() -> None:
    at_work = world("40000 40001")
    first, _ = called(at_work), called(at_work)
    at_work.forget(first)
    last = called(at_work)
    assert (last.disposition, last.caller_events) == ("not modelled", ())
    assert ports.LOCAL_PORTS in last.reason.text


def test_the_trap_is_one_call_too_many() -> None:
    played = play(lab(TRAP), NOW)
    assert played.failed == []
    assert played.logged == {"EXTERNAL": RESET}


@pytest.mark.parametrize(
    ("written", "port"),
    [
        ("40000 40000", 102),
        ("40000 40001", 102),
        ("40000 40002", 102),
        ("40000 40003", 102),
        ("40000 40004", 102),
        ("40000 40003", 40001),
    ],
)
def test_linux_has_as_many_ports(written: str, port: int) -> None:
    if os.geteuid() != 0:
        pytest.skip("a network namespace needs root")
    script = 'ip link set lo up && exec "$0" -c "$@"'
    listens = dict.fromkeys(["102", str(port)])
    command = ["unshare", "--net", "sh", "-c", script, sys.executable, COUNTS, written, *listens]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    if "Operation not permitted" in done.stderr or "not found" in done.stderr:
        pytest.skip(f"cannot be prepared here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    its = firewall(written, port)
    fewest, most = ports.for_one_destination(its, ports.given(its) or range(0))
    assert fewest <= int(done.stdout) <= most
