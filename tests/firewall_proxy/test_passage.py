"""A passage on a machine that runs out of ports.

In a network namespace of its own, because such a machine is of no use to other tests.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.patience import PATIENCE

CONFIGURATION = """
interfaces: {outside: {address: 127.0.113.1}, inside: {address: 127.0.100.1}}
services:
  - name: x400
    listen: {interface: outside, port: 1102}
    destination: {address: 127.0.100.10, port: 1102}
    onward_interface: inside
    client_side_transparency: true
"""
#: Four clients from one address, which stay, on ports that nobody else is given.
CLIENTS = """
import select, socket, subprocess, sys
from contextlib import suppress
command = [sys.executable, "-m", "firewall_proxy", "serve", sys.argv[1], "--json"]
firewall = subprocess.Popen(command, stdout=subprocess.PIPE)
print(firewall.stdout.readline().decode(), end="", flush=True)
destination = socket.create_server(("127.0.100.10", 1102))
clients = []
for number in range(4):
    client = socket.create_connection(("127.0.113.1", 1102),
                                      source_address=("127.0.113.66", 50000 + number))
    clients.append(client)
    with suppress(ConnectionError):
        client.sendall(b"x")
    ready, _, _ = select.select([client, destination], [], [])  # it is refused, or passed on
    if destination in ready:
        clients.append(destination.accept()[0])
firewall.terminate()
print(firewall.stdout.read().decode(), end="")
"""


@pytest.fixture
def records(tmp_path: Path, request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """What the firewall records on a machine that is prepared by a shell command."""
    if os.geteuid() != 0:
        pytest.skip("a network namespace needs root")
    configuration = tmp_path / "fw.yaml"
    configuration.write_text(CONFIGURATION)
    script = f'ip link set lo up && {request.param} && exec "$0" -c "$1" "$2"'
    command = ["unshare", "--net", "sh", "-c", script, sys.executable, CLIENTS, str(configuration)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    if "Operation not permitted" in done.stderr or "not found" in done.stderr:
        pytest.skip(f"cannot be prepared here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()][1:]


@pytest.mark.parametrize(
    "records",
    ["echo 40000 40001 > /proc/sys/net/ipv4/ip_local_port_range"],
    indirect=True,
    ids=["no ports"],
)
def test_no_free_port_is_a_limit_of_this_machine(records: list[dict[str, Any]]) -> None:
    (refused,) = [each for each in records if each.get("outcome") == "limit" and "seconds" in each]
    assert "from 127.0.113.66 to 127.0.100.10:1102" in refused["reason"]
    assert "this machine has no free port for it" in refused["reason"]
    assert (refused["onward_source"], refused["onward_destination"]) == (None, None)
    assert [each["count"] for each in records if each["kind"] == "repeated"] == [1]
    stopped = [each for each in records if each.get("outcome") == "stopped"]
    assert len(stopped) == 2


@pytest.mark.parametrize("records", ["true"], indirect=True, ids=["nothing wrong"])
def test_where_nothing_is_wrong_all_pass(records: list[dict[str, Any]]) -> None:
    assert [each["outcome"] for each in records] == ["stopped"] * 4
    assert all(each["onward_source"].startswith("127.0.113.66:") for each in records)
