"""The command `firewall-proxy`, as people run it."""

import json
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

CONFIGURATION = """
interfaces: {outside: {address: 127.0.113.6}, inside: {address: 127.0.100.6}}
services:
  - name: x400
    listen: {interface: outside, port: 0}
    destination: {address: 127.0.100.66, port: 10666}
    onward_interface: inside
    client_side_transparency: true
"""


def firewall_proxy(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "firewall_proxy", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    path = tmp_path / "fw.yaml"
    path.write_text(CONFIGURATION)
    return path


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
    assert process.wait(10) == 0


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


def test_check_tells_what_a_client_would_meet(configuration: Path) -> None:
    done = firewall_proxy("check", configuration, "--client", "127.0.113.66")
    assert done.returncode == 0
    assert "127.0.113.66" in done.stdout
    assert "transparency" in done.stdout


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
    assert process.wait(10) == 0
    assert listening["services"] == ["x400"]


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
    assert process.wait(10) == 0
    destination.close()


def test_check_as_json_has_the_reasons_and_their_places(configuration: Path) -> None:
    done = firewall_proxy("check", configuration, "--client", "127.0.113.66", "--json")
    assert done.returncode == 0
    (service,) = map(json.loads, done.stdout.splitlines())
    assert (service["service"], service["source_seen"]) == ("x400", "127.0.113.66")
    assert service["rewriting"]["place"] == {
        "path": "services.x400.client_side_transparency",
        "file": str(configuration),
        "line": 8,
        "since": "",
    }
    assert service["let_in"] is True
    assert service["reason"]["text"] == "there are no rules, so everybody is let in"


def test_the_schema_is_printed() -> None:
    done = firewall_proxy("schema")
    assert done.returncode == 0
    assert "services" in json.loads(done.stdout)["properties"]


def test_check_shows_an_ipv6_service_for_an_ipv6_client(tmp_path: Path) -> None:
    path = tmp_path / "fw.yaml"
    path.write_text(
        """
interfaces: {outside: {address: "2001:db8:1::1"}, inside: {address: "2001:db8:2::1"}}
services:
  - name: x400
    listen: {interface: outside, port: 102}
    destination: {address: "2001:db8:2::10", port: 102}
    onward_interface: inside
    client_side_transparency: true
rules: [{name: partner, from: "2001:db8:9::/48", action: allow}]
"""
    )
    for client, seen, let_in in ((None, "2001:db8::1", False), (PARTNER, PARTNER, True)):
        options = ("--client", client) if client else ()
        done = firewall_proxy("check", path, "--json", *options)
        assert done.returncode == 0, done.stderr
        fate = json.loads(done.stdout)
        assert fate["address"] == "[2001:db8:1::1]:102"
        assert fate["destination"] == "[2001:db8:2::10]:102"
        assert fate["source_seen"] == seen
        assert fate["let_in"] is let_in


PARTNER = "2001:db8:9::5"
