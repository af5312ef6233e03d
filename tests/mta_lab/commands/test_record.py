"""`mta-lab record`: the networks of a topology, on a machine that is in them."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mta_lab.cli import app

SEED = Path(__file__).parents[3] / "labs" / "q196381.yaml"

#: A machine in the network outside, as the firewall; what it says to itself passes lo.
MACHINE = """
ip link set lo up
ip addr add 203.0.113.1/24 dev lo
exec "$@"
"""
TALK = """
import socket
listener = socket.create_server(("203.0.113.1", 102))
client = socket.create_connection(("203.0.113.1", 102), source_address=("203.0.113.1", 0))
server, _ = listener.accept()
client.close()
server.recv(1)
"""


def test_it_captures_until_it_is_told_to_end(
    needs_netns: Callable[[], None], tmp_path: Path, tshark: Callable[..., Any]
) -> None:
    needs_netns()
    command = [sys.executable, "-m", "mta_lab", "record", str(SEED), "--to", str(tmp_path)]
    command += ["--json", "--ready", str(tmp_path / "ready")]
    with subprocess.Popen(
        ["unshare", "--net", "sh", "-c", MACHINE, "sh", *command],
        stdout=subprocess.PIPE,
        text=True,
        cwd=SEED.parents[1],
    ) as recording:
        assert recording.stdout
        beginning = json.loads(recording.stdout.readline())
        assert beginning["networks"] == ["outside", "inside"]
        there = ["nsenter", f"--net=/proc/{recording.pid}/ns/net", sys.executable, "-c", TALK]
        subprocess.run(there, check=True)
        assert (tmp_path / "ready").exists()
        recording.send_signal(signal.SIGTERM)
        end = json.loads(recording.stdout.readline())
    assert recording.returncode == 0
    file = Path(beginning["file"])
    assert file.name.startswith("q196381-")
    packets = tshark(file, "ip.src", "frame.interface_name", where="tcp.flags.syn == 1")
    assert end["packets"] >= len(packets) >= 2
    assert end["lost"] == 0
    assert packets[0] == {"ip.src": ["203.0.113.1"], "frame.interface_name": ["outside"]}


def test_a_machine_in_none_of_the_networks_has_nothing_to_record(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["record", str(SEED), "--to", str(tmp_path)])
    assert done.exit_code == 2
    assert "this machine is in none of the networks" in done.output
    assert [*tmp_path.iterdir()] == []


def test_without_the_right_to_see_packets_it_says_what_is_needed(
    needs_netns: Callable[[], None], tmp_path: Path
) -> None:
    needs_netns()
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed")
    command = [sys.executable, "-m", "mta_lab", "record", str(SEED), "--to", str(tmp_path)]
    command = ["setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw", *command]
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", MACHINE, "sh", *command],
        capture_output=True,
        text=True,
        check=False,
        cwd=SEED.parents[1],
        env=os.environ,
    )
    assert done.returncode == 2
    assert "CAP_NET_RAW" in done.stderr
