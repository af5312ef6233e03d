"""`firewall-proxy serve`, as people run it."""

import json
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.firewall_proxy.command import CONFIGURATION, firewall_proxy
from tests.patience import PATIENCE


def test_serve_logs_a_connection_and_ends_at_sigterm(configuration: Path) -> None:
    command = [sys.executable, "-m", "firewall_proxy", "serve", str(configuration), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    listening = json.loads(process.stdout.readline())
    assert listening["kind"] == "listening"
    assert listening["services"] == ["x400"]
    host, port = listening["addresses"][0].split(":")
    client = socket.create_connection((host, int(port)), source_address=("127.0.113.66", 0))
    with client, pytest.raises(ConnectionResetError):
        client.recv(1)
    connection = json.loads(process.stdout.readline())
    assert connection["outcome"] == "refused"
    assert connection["source"].startswith("127.0.113.66:")
    assert connection["onward_source"].startswith("127.0.113.66:")
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0


def test_a_wrong_configuration_exits_2_with_the_path(configuration: Path) -> None:
    configuration.write_text(
        CONFIGURATION.replace("onward_interface: inside", "onward_interface: dmz")
    )
    done = firewall_proxy("serve", configuration)
    assert done.returncode == 2
    assert (
        f"{configuration}:7: services.x400.onward_interface: no interface has this name"
        in done.stderr
    )
    assert "there are: outside, inside" in done.stderr


def test_an_address_that_is_not_ours_exits_1(configuration: Path) -> None:
    configuration.write_text(CONFIGURATION.replace("127.0.113.6}", "192.0.2.77}"))
    done = firewall_proxy("serve", configuration)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_sighup_reads_the_configuration_again(configuration: Path) -> None:
    command = [sys.executable, "-m", "firewall_proxy", "serve", str(configuration), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    listening = json.loads(process.stdout.readline())
    configuration.write_text(CONFIGURATION + "\nlimits: {connections: 0}\n")
    process.send_signal(signal.SIGHUP)
    refused = json.loads(process.stdout.readline())
    assert refused["kind"] == "reload-refused"
    assert f"{configuration}:10: limits.connections: " in refused["reason"]
    configuration.write_text(CONFIGURATION.replace("name: x400", "name: mail"))
    process.send_signal(signal.SIGHUP)
    again = json.loads(process.stdout.readline())
    assert (again["kind"], again["services"]) == ("listening", ["mail"])
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0
    assert listening["services"] == ["x400"]


def test_a_configuration_that_is_watched_is_read_again_when_it_is_written(
    configuration: Path,
) -> None:
    command = [sys.executable, "-m", "firewall_proxy", "serve", str(configuration), "--json"]
    process = subprocess.Popen([*command, "--watch"], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert json.loads(process.stdout.readline())["services"] == ["x400"]
    new = configuration.with_suffix(".new")
    new.write_text(CONFIGURATION.replace("name: x400", "name: mail"))
    new.replace(configuration)
    assert json.loads(process.stdout.readline())["services"] == ["mail"]
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0


def test_at_the_limit_of_open_files_clients_are_answered_and_it_recovers(
    configuration: Path,
) -> None:
    """A client that nobody has a file for is reset at once; it is said, not once per client."""
    command = [sys.executable, "-m", "firewall_proxy", "serve", str(configuration), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    host, port = json.loads(process.stdout.readline())["addresses"][0].split(":")
    destination = socket.create_server(("127.0.100.66", 10666))

    def call() -> socket.socket:
        return socket.create_connection((host, int(port)), source_address=("127.0.113.66", 0))

    open_files = len(list(Path(f"/proc/{process.pid}/fd").iterdir()))
    before = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (open_files, before[1]))
    for _ in range(5):
        with call() as client, pytest.raises(ConnectionResetError):
            client.recv(1)
    refused = json.loads(process.stdout.readline())
    assert (refused["kind"], refused["outcome"]) == ("connection", "limit")
    assert refused["reason"] == "this process may have no more open files"
    resource.prlimit(process.pid, resource.RLIMIT_NOFILE, before)
    with call() as client:
        client.sendall(b"again")
        accepted, _ = destination.accept()
        with accepted:
            assert accepted.recv(5) == b"again"
    assert json.loads(process.stdout.readline())["outcome"] in ("closed", "reset-by-destination")
    process.send_signal(signal.SIGTERM)
    repeated = json.loads(process.stdout.readline())
    assert (repeated["kind"], repeated["count"]) == ("repeated", 4)
    assert process.wait(PATIENCE) == 0
    destination.close()
