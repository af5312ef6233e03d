"""Labs that stay up: looked into, changed, and removed without a trace, on both backends."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from mta_lab.cli import app
from mta_lab.lab.directory import labs_directory
from mta_lab.lab.processes import running

ROOT = Path(__file__).parents[2]
SEED = ROOT / "labs" / "q196381.yaml"
NAMESPACES = Path("/run/netns")

JONES, SMITH = "C=US;A= ;P=Contoso;O=Outside;S=Jones", "C=US;A= ;P=Contoso;O=Inside;S=Smith"


Command = Callable[..., subprocess.CompletedProcess[str]]


def lab_cli(*arguments: str) -> Result:
    """Run a command in this process, which spares it the start of another."""
    return CliRunner().invoke(app, arguments)


def records(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def traces(name: str) -> list[str]:
    """What is left of a lab: its processes, namespaces, directory."""
    mark = f"MTA_LAB_DIRECTORY={labs_directory() / name}".encode()
    processes = [process.name for process in running() if mark in environment(process).split(b"\0")]
    namespaces = [each.name for each in NAMESPACES.glob(f"x400-{name}*")]
    return processes + namespaces + [str(each) for each in labs_directory().glob(name)]


def environment(process: Path) -> bytes:
    try:
        return (process / "environ").read_bytes()
    except OSError:
        return b""


def kernel_state() -> dict[str, str]:
    """What a lab could leave in the network namespace that it is started in."""
    commands = (
        *("ip -br link", "ip -br addr", "ip rule", "ip route show table all"),
        *("nft list ruleset", "sysctl net.ipv4.ip_forward"),
    )
    return {
        command: subprocess.run(command.split(), capture_output=True, text=True, check=False).stdout
        for command in commands
    }


@pytest.fixture(scope="module", params=["loopback", "netns"])
def lab(
    request: pytest.FixtureRequest,
    lab_name: Callable[[str], str],
    needs_netns: Callable[[], None],
) -> Iterator[str]:
    """The seed, up."""
    if request.param == "netns":
        needs_netns()
    name, before = lab_name(request.param), kernel_state()
    up = lab_cli("up", str(SEED), "--backend", request.param, "--name", name)
    assert up.exit_code == 0, up.output
    yield name
    down = lab_cli("down", name)
    assert down.exit_code == 0, down.output
    assert traces(name) == []
    assert kernel_state() == before


def test_ps_tells_how_the_hosts_are(lab: str) -> None:
    hosts = records(lab_cli("ps", "--lab", lab, "--json").stdout)
    assert [host["host"] for host in hosts] == ["EXTERNAL", "INTERNAL", "firewall"]
    assert all(Path(f"/proc/{host['process']}").exists() for host in hosts)
    (connector,) = hosts[0]["connectors"]
    assert connector | {"name": "FIREWALL", "queued": 0, "state": "idle", "associations": 0} == (
        connector
    )
    table = lab_cli("ps", "--lab", lab).stdout
    assert "FIREWALL idle" in table
    assert "running" in table


def test_exec_submits_and_logs_tell(lab: str, lab_process: Command) -> None:
    """The seed's refusal, by hand: INTERNAL logs 1293 for a message from the outside."""
    following = subprocess.Popen(
        [sys.executable, "-m", "mta_lab", "logs", "--lab", lab, "-f", "--json", "INTERNAL"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    send = ("mta-emu", "send", SMITH, "--from", JONES, "--subject", "By hand")
    sent = lab_process("exec", "--lab", lab, "EXTERNAL", *send)
    assert sent.returncode == 0, sent.stderr
    assert following.stdout
    for line in following.stdout:
        record = json.loads(line)
        if record.get("id") == 1293:
            break
    following.send_signal(signal.SIGINT)
    following.wait(10)
    kinds = {each["kind"] for each in records(lab_cli("logs", "--lab", lab, "--json").stdout)}
    assert {"listening", "submitted", "event", "connection"} <= kinds
    assert "1293" in lab_cli("logs", "--lab", lab, "INTERNAL").stdout


def test_exec_is_on_the_host(
    lab: str, lab_process: Command, needs_netns: Callable[[], None]
) -> None:
    where = lab_process("exec", "--lab", lab, "INTERNAL", "--", "sh", "-c", "pwd; exit 7")
    assert where.stdout.strip() == str(labs_directory() / lab / "INTERNAL")
    assert where.returncode == 7
    nothing = lab_process("exec", "--lab", lab, "INTERNAL", "no-such-program")
    assert nothing.returncode == 127
    assert "no-such-program" in nothing.stderr
    assert "Traceback" not in nothing.stderr
    if "netns" in lab:
        look = ("sh", "-c", "ip -4 -br addr; ip route")
        shown = lab_process("exec", "--lab", lab, "INTERNAL", *look).stdout
        assert "198.51.100.10/24" in shown
        assert "default via 198.51.100.1 dev inside" in shown
        forwarding = ("sysctl", "-n", "net.ipv4.ip_forward")
        assert lab_process("exec", "--lab", lab, "firewall", *forwarding).stdout.strip() == "0"


@pytest.mark.parametrize("part", ["outside", "firewall"])
def test_capture_shows_a_segment_and_a_host(
    lab: str,
    lab_process: Command,
    tshark: Callable[..., Any],
    tmp_path: Path,
    part: str,
) -> None:
    if os.geteuid() != 0:
        pytest.skip("no CAP_NET_RAW here")
    file = tmp_path / "part.pcapng"
    hosts = {each["host"]: each for each in records(lab_cli("ps", "--lab", lab, "--json").stdout)}
    there = hosts["firewall"]["addresses"][0]
    port = lab_port(lab)
    with capturing(lab, part, file):
        ping = lab_process("exec", "--lab", lab, "EXTERNAL", "mta-emu", "ping", f"{there}:{port}")
    assert ping.stdout, ping.stderr
    seen = tshark(file, "ip.dst", "frame.interface_name", where=f"tcp.dstport == {port}", port=port)
    assert there in {packet["ip.dst"][0] for packet in seen}
    if "netns" in lab:
        assert {packet["frame.interface_name"][0] for packet in seen} >= {"outside"}
        assert ("inside" in {packet["frame.interface_name"][0] for packet in seen}) is (
            part == "firewall"
        )


@contextmanager
def capturing(lab: str, part: str, file: Path) -> Iterator[None]:
    with subprocess.Popen(
        [sys.executable, "-m", "mta_lab", "capture", "--lab", lab, part, "-w", file],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as capture:
        assert capture.stderr
        assert capture.stderr.readline().startswith(f"capturing {part} of lab {lab}")
        yield
        capture.send_signal(signal.SIGINT)
    assert capture.returncode == 0


@pytest.mark.parametrize("lab", ["netns"], indirect=True)
def test_arp_and_handshakes_are_the_kernels_own(
    lab: str, lab_process: Command, tshark: Callable[..., Any], tmp_path: Path
) -> None:
    """The firewall asks who has INTERNAL's address, is told, and the client's call goes there."""
    file = tmp_path / "inside.pcapng"
    for host in ("firewall", "INTERNAL"):  # have forgotten each other
        flushed = lab_process("exec", "--lab", lab, host, "ip", "neigh", "flush", "all")
        assert flushed.returncode == 0, flushed.stderr
    with capturing(lab, "inside", file):
        ping = ("mta-emu", "ping", "203.0.113.1:102", "--source", "203.0.113.10")
        assert lab_process("exec", "--lab", lab, "EXTERNAL", *ping).stdout

    arp = ("arp.opcode", "arp.src.proto_ipv4", "arp.dst.proto_ipv4", "eth.src", "eth.dst")
    asked, answered = (
        next([packet[field][0] for field in arp] for packet in tshark(file, *arp, where=where))
        for where in ("arp.opcode == 1", "arp.opcode == 2")
    )
    firewall, internal = "02:00:c6:33:64:01", "02:00:c6:33:64:0a"
    assert asked == ["1", "198.51.100.1", "198.51.100.10", firewall, "ff:ff:ff:ff:ff:ff"]
    assert answered == ["2", "198.51.100.10", "198.51.100.1", internal, firewall]

    tcp = ("tcp.flags", "ip.src", "ip.dst", "eth.src", "eth.dst", "tcp.len")
    opening = [[packet[field][0] for field in tcp] for packet in tshark(file, *tcp, where="tcp")]
    there = ["203.0.113.10", "198.51.100.10", firewall, internal, "0"]
    back = ["198.51.100.10", "203.0.113.10", internal, firewall, "0"]
    assert opening[:3] == [["0x0002", *there], ["0x0012", *back], ["0x0010", *there]]


def lab_port(lab: str) -> int:
    first = records(lab_cli("logs", "--lab", lab, "--json", "firewall").stdout)[0]
    return int(first["addresses"][0].rpartition(":")[2])


def test_set_changes_the_firewall_while_it_runs(lab: str, lab_process: Command) -> None:
    """With transparency off INTERNAL accepts the caller that it refuses with transparency on."""
    external, _, firewall = records(lab_cli("ps", "--lab", lab, "--json").stdout)
    there = f"{firewall['addresses'][0]}:{lab_port(lab)}"
    call = ("mta-emu", "ping", there, "--source", external["addresses"][0], "--two-way")
    call = (*call, "--mta-name", "EXTERNAL", "--password", "secret")
    for setting, outcome in (("off", "open"), ("on", "refused")):
        told = len(associations(lab))
        done = lab_cli("set", "--lab", lab, f"firewall.transparency={setting}")
        assert done.exit_code == 0, done.output
        answered = lab_process("exec", "--lab", lab, "EXTERNAL", *call)
        assert associations(lab)[told]["state"] == outcome, answered.stdout
    wrong = lab_cli("set", "--lab", lab, "firewall.limits.connections=0")
    assert wrong.exit_code == 2
    assert "limits.connections: " in wrong.output


def test_set_changes_an_mta_while_it_runs(lab: str) -> None:
    path = "EXTERNAL.connectors.FIREWALL.schedule.activation"
    for activation in ("never", "always"):
        done = lab_cli("set", "--lab", lab, f"{path}={activation}")
        assert done.exit_code == 0, done.output
        told = records(lab_cli("logs", "--lab", lab, "--json", "EXTERNAL").stdout)
        reloaded = [each for each in told if each["kind"] == "reloaded"][-1]
        assert reloaded["changed"] == ["FIREWALL"]
    wrong = lab_cli("set", "--lab", lab, "EXTERNAL.server.site=Elsewhere")
    assert wrong.exit_code == 2
    assert "EXTERNAL: server.site: changes only when the MTA is started again" in wrong.output


def test_set_changes_nothing_when_one_of_its_settings_is_wrong(lab: str) -> None:
    configuration = labs_directory() / lab / "EXTERNAL" / "config.yaml"
    before = configuration.read_text()
    right = "EXTERNAL.connectors.FIREWALL.schedule.activation=never"
    done = lab_cli("set", "--lab", lab, right, "INTERNAL.server.name_of_no_field=1")
    assert done.exit_code == 2
    assert "name_of_no_field" in done.output
    assert configuration.read_text() == before


@pytest.mark.parametrize(
    ("host", "killed"), [("EXTERNAL", False), ("firewall", False), ("INTERNAL", True)]
)
def test_restart_gives_a_host_another_process(lab: str, host: str, killed: bool) -> None:
    def process() -> int | None:
        told = records(lab_cli("ps", "--lab", lab, "--json").stdout)
        number: int | None = next(each["process"] for each in told if each["host"] == host)
        return number

    def listening() -> int:
        told = records(lab_cli("logs", "--lab", lab, "--json", host).stdout)
        return sum(each["kind"] == "listening" for each in told)

    before, said = process(), listening()
    assert before
    if killed:
        handle = os.pidfd_open(before)
        os.kill(before, signal.SIGKILL)
        select.select([handle], [], [])
        os.close(handle)
        assert process() is None
    done = lab_cli("restart", "--lab", lab, host)
    assert done.exit_code == 0, done.output
    assert process() not in (None, before)
    assert listening() == said + 1


def associations(lab: str) -> list[dict[str, Any]]:
    logged = records(lab_cli("logs", "--lab", lab, "--json", "INTERNAL").stdout)
    return [each for each in logged if each["kind"] == "association"]


def test_wrong_names_are_told(lab: str) -> None:
    for arguments, complaint in (
        (("exec", "--lab", lab, "NOBODY", "true"), "no host 'NOBODY'; there are: EXTERNAL, INT"),
        (("logs", "--lab", lab, "NOBODY"), "no host 'NOBODY'"),
        (("restart", "--lab", lab, "NOBODY"), "no host 'NOBODY'"),
        (("fault", "--lab", lab, "outside", "--for", "5"), "outside: what is to happen? --drop"),
        (("set", "--lab", lab, "NOBODY.x=1"), "begin with a host"),
        (("capture", "--lab", lab, "dmz", "-w", "/dev/null"), "no host or segment 'dmz'"),
        (("ps", "--lab", "nobody"), f"no lab 'nobody'; there are: {lab}"),
    ):
        done = lab_cli(*arguments)
        assert done.exit_code == 2, done.output
        assert complaint in done.output


@pytest.mark.parametrize("backend", ["loopback", "netns"])
def test_a_killed_lab_is_cleaned_up_by_the_next(
    lab_name: Callable[[str], str],
    needs_netns: Callable[[], None],
    tmp_path: Path,
    backend: str,
) -> None:
    """kill -9 in the middle of a run leaves all; the next `up` finds it, and `down` removes all."""
    if backend == "netns":
        needs_netns()
    name, before = lab_name(f"killed-{backend}"), kernel_state()
    arguments = [str(SEED), "--backend", backend, "--name", name]
    running = subprocess.Popen(
        [sys.executable, "-m", "mta_lab", "run", *arguments, "--capture", tmp_path],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert running.stderr
    assert "listening" in running.stderr.readline()
    running.kill()
    running.wait()
    left = traces(name)
    assert len([each for each in left if each.isdecimal()]) == 3
    up = lab_cli("up", *arguments)
    assert up.exit_code == 0, up.output
    assert not set(left) & {each for each in traces(name) if each.isdecimal()}
    assert lab_cli("down", name).exit_code == 0
    assert traces(name) == []
    assert kernel_state() == before


@pytest.mark.parametrize(
    ("backend", "number"), [("loopback", signal.SIGTERM), ("netns", signal.SIGINT)]
)
def test_an_interrupted_run_cleans_up(
    lab_name: Callable[[str], str],
    needs_netns: Callable[[], None],
    tmp_path: Path,
    backend: str,
    number: signal.Signals,
) -> None:
    if backend == "netns":
        needs_netns()
    name = lab_name(f"stopped-{backend}")
    arguments = [str(SEED), "--backend", backend, "--name", name]
    running = subprocess.Popen(
        [sys.executable, "-m", "mta_lab", "run", *arguments, "--capture", tmp_path],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert running.stderr
    assert "listening" in running.stderr.readline()
    running.send_signal(number)
    _, said = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "Traceback" not in said
    assert traces(name) == []
