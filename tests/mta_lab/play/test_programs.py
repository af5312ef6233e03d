"""Programs as hosts of a lab: ready when their port is bound, shown, entered, ended whole."""

import asyncio
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit.addresses import parse_address
from labkit.records import Record
from mta_lab.backends.loopback import Loopback
from mta_lab.lab.configuration import configure
from mta_lab.lab.directory import Lab, find, lab_directory
from mta_lab.lab.processes import processes_of
from mta_lab.play.hosts import Hosts
from mta_lab.topology.programs import Program
from tests.patience import PATIENCE

Cli = Callable[..., Any]

#: Listens half a second late, having said so in red; answers each caller with its address.
LATE = """
import socket, sys, time
time.sleep(0.5)
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind((sys.argv[1], int(sys.argv[2])))
print("\\x1b[31mready\\x1b[0m at", *sys.argv[1:], flush=True)
listener.listen()
while True:
    client, peer = listener.accept()
    print("called from", peer[0], flush=True)
    client.sendall(peer[0].encode())
    client.close()
"""
#: Calls, from its own address, and says what it was told.
CALL = """
import socket, sys
source, to, port = sys.argv[1:]
with socket.create_connection((to, int(port)), 60, (source, 0)) as called:
    print("told", called.recv(100).decode())
sys.exit(7)
"""
#: Starts a process that carries nothing of the lab, and goes.
DAEMON = 'setsid env -i sh -c "echo \\$\\$ >started; exec sleep 1000"; true'


def program(address: str, *command: str, **fields: Any) -> dict[str, Any]:
    return {"address": address, "command": [*command], **fields}


def topology(**programs: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": "programs",
        "title": "Programs behind a firewall",
        "networks": {"outside": "203.0.113.0/24", "inside": "198.51.100.0/24"},
        "firewalls": {
            "FW": {
                "interfaces": {
                    "outside": {"address": "203.0.113.1"},
                    "inside": {"address": "198.51.100.1"},
                },
                "services": [
                    {
                        "name": "in",
                        "listen": {"interface": "outside", "port": 102},
                        "destination": {"address": "198.51.100.20", "port": 102},
                        "onward_interface": "inside",
                    }
                ],
            }
        },
        "programs": programs,
    }


SERVER = program("198.51.100.20", "python3", "-c", LATE, "{address}", "{port}", port=102)
CLIENT = program("203.0.113.50", "python3", "-c", CALL, "{address}", "203.0.113.1", "102")
BARE = {"address": "203.0.113.60", "port": [102, 8080]}


@pytest.fixture(params=["loopback", "netns"])
def backend(request: pytest.FixtureRequest, needs_netns: Callable[[], None]) -> str:
    if request.param == "netns":
        needs_netns()
    return str(request.param)


@pytest.fixture
def up(
    backend: str, lab_command: Cli, lab_name: Callable[[str], str], write: Callable[..., Path]
) -> Iterator[Callable[..., Any]]:
    name = lab_name(f"programs-{backend}")

    def start(*options: str, without: str = "", **programs: dict[str, Any]) -> Any:
        document = topology(**programs)
        document.pop(without, None)
        file = write(document)
        return lab_command("up", str(file), "--backend", backend, "--name", name, *options)

    yield start
    lab_command("down", name)
    assert not [*processes_of(lab_directory(name))]


@pytest.fixture
def of_lab(
    backend: str, lab_command: Cli, lab_name: Callable[[str], str]
) -> Callable[..., list[Any]]:
    def ask(command: str, *arguments: str) -> list[Any]:
        done = lab_command(command, "--lab", lab_name(f"programs-{backend}"), "--json", *arguments)
        return [json.loads(line) for line in done.stdout.splitlines()]

    return ask


def on_the_wire(name: str, address: str) -> str:
    """Where a lab that is up has an address of its file: loopback has parts for several labs."""
    lab = find(lab_directory(name))
    assert lab
    return str(lab.placement.addresses[parse_address(address)])


def until_it_ended(of_lab: Callable[..., list[Any]], host: str) -> dict[str, Any]:
    """How `ps` shows a program once it has ended."""
    while True:
        found = next(each for each in of_lab("ps") if each["host"] == host)
        if found["ended"] is not None:
            return dict(found)


def test_up_waits_for_the_port_and_then_starts_who_calls(
    up: Callable[..., Any],
    of_lab: Callable[..., list[Any]],
    lab_name: Callable[[str], str],
    backend: str,
) -> None:
    done = up(CLIENT=CLIENT, SERVER=SERVER, BARE=BARE)  # the client could not be served at once
    assert done.returncode == 0, done.stderr
    assert until_it_ended(of_lab, "CLIENT")["ended"] == 7
    hosts = {each["host"]: each for each in of_lab("ps")}
    assert hosts["SERVER"]["process"] is not None
    assert hosts["SERVER"]["ended"] is None
    assert (hosts["BARE"]["runs"], hosts["BARE"]["process"]) == (False, None)
    (server,) = hosts["SERVER"]["addresses"]
    inside = on_the_wire(lab_name(f"programs-{backend}"), "198.51.100.1")
    said = of_lab("logs", "SERVER", "CLIENT")
    assert {"host": "CLIENT", "kind": "output", "text": f"told {inside}"} in said
    first = next(each["text"] for each in said if each["host"] == "SERVER")
    assert first.startswith(f"\x1b[31mready\x1b[0m at {server} ")  # exact in JSON


def test_logs_writes_control_characters_out(
    up: Callable[..., Any], lab_command: Cli, lab_name: Callable[[str], str], backend: str
) -> None:
    assert up(SERVER=SERVER).returncode == 0
    shown = lab_command("logs", "--lab", lab_name(f"programs-{backend}"), "SERVER").stdout
    assert "\\x1b[31mready\\x1b[0m at" in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize("backend", ["netns"], indirect=True)  # on loopback there is none
def test_exec_enters_its_namespace(
    up: Callable[..., Any],
    lab_process: Callable[..., Any],
    lab_name: Callable[[str], str],
    backend: str,
) -> None:
    assert up(SERVER=SERVER, BARE=BARE).returncode == 0
    for host, address in (("SERVER", "198.51.100.20"), ("BARE", "203.0.113.60")):
        lab = ("--lab", lab_name(f"programs-{backend}"))
        done = lab_process("exec", *lab, host, "ip", "-br", "addr")
        assert f" {address}/24" in done.stdout


def test_down_ends_what_the_program_left(
    up: Callable[..., Any], lab_command: Cli, lab_name: Callable[[str], str], backend: str
) -> None:
    assert up(D=program("203.0.113.70", "sh", "-c", DAEMON)).returncode == 0
    name = lab_name(f"programs-{backend}")
    started = lab_directory(name) / "D" / "started"
    while not (started.exists() and started.read_text()):
        time.sleep(0.01)
    number = int(started.read_text())
    os.kill(number, 0)
    assert lab_command("down", name).returncode == 0
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


def test_restart_starts_it_again(
    up: Callable[..., Any],
    of_lab: Callable[..., list[Any]],
    lab_command: Cli,
    lab_name: Callable[[str], str],
    backend: str,
) -> None:
    assert up(SERVER=SERVER).returncode == 0
    before = next(each["process"] for each in of_lab("ps") if each["host"] == "SERVER")
    done = lab_command("restart", "--lab", lab_name(f"programs-{backend}"), "SERVER")
    assert done.returncode == 0, done.stderr
    after = next(each["process"] for each in of_lab("ps") if each["host"] == "SERVER")
    assert after not in (before, None)
    assert len(of_lab("logs", "SERVER")) == 2  # ready, twice


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (["no-such"], "status 127 before it listened at"),
        (["sh", "-c", "echo 'no \033[1mlicence' >&2; exit 5"], "ended with status 5"),
    ],
)
def test_one_that_ends_before_it_listens_fails_the_lab_with_its_last_words(
    up: Callable[..., Any], command: list[str], why: str
) -> None:
    done = up(BAD=program("203.0.113.70", *command, port=102))
    assert done.returncode == 1
    assert why in done.stderr
    last_words = done.stderr.partition(": ")[2]
    assert ("no-such" if command == ["no-such"] else "no \\x1b[1mlicence") in last_words


def test_one_that_never_listens_fails_it_in_time(up: Callable[..., Any]) -> None:
    lazy = program("203.0.113.70", "sleep", "1000", port=102)
    done = up("--timeout", "1", without="firewalls", LAZY=lazy)
    assert done.returncode == 1
    assert "after 1 s: LAZY does not listen at" in done.stderr


async def test_the_end_of_one_is_a_record_and_its_being_ended_is_none(lab: Lab) -> None:
    programs = {
        "QUICK": Program(address="127.0.113.70", command=["sh", "-c", "exit 4"]),
        "SLOW": Program(address="127.0.113.71", command=["sleep", "1000"]),
    }
    topology = lab.topology.model_copy(update={"mtas": {}, "firewalls": {}, "programs": programs})
    placement = lab.placement.model_copy(update={"topology": topology})
    lab = lab.model_copy(update={"placement": placement})
    configure(lab)
    heard: list[tuple[str, str]] = []
    said = asyncio.Event()

    def hear(host: str, record: Record) -> None:
        heard.append((host, str(record)))
        said.set()

    hosts = Hosts(lab, Loopback(), PATIENCE, hear)
    await hosts.start()
    async with asyncio.timeout(PATIENCE):
        await said.wait()
    assert (hosts.has_ended("QUICK"), hosts.has_ended("SLOW")) == (True, False)
    assert await hosts.stop() == []
    assert heard == [("QUICK", "has ended with status 4")]


def test_on_loopback_102_and_addresses_are_moved_in_the_command(
    lab_command: Cli, write: Callable[..., Path], lab_name: Callable[[str], str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    name = lab_name("moved")
    file = write(topology(CLIENT=program("203.0.113.50", "echo", "203.0.113.1", "102", "1020")))
    assert lab_command("up", str(file), "--name", name, "--port", str(port)).returncode == 0
    output = lab_directory(name) / "CLIENT" / "output.txt"
    while not output.read_text():
        time.sleep(0.01)
    assert output.read_text() == f"{on_the_wire(name, '203.0.113.1')} {port} 1020\n"
    assert lab_command("down", name).returncode == 0
