"""`mta-lab exec` and `mta-lab logs`: on a host, and what it said."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labkit.config import dump
from mta_lab.lab.directory import labs_directory
from tests.mta_lab.conftest import own_name
from tests.mta_lab.topologies import in_a_row, mta

Objects = Callable[..., list[dict[str, Any]]]
Command = Callable[..., Any]
ROOT = Path(__file__).parents[3]
JONES, SMITH = "C=US;A= ;P=Contoso;O=Outside;S=Jones", "C=US;A= ;P=Contoso;O=Inside;S=Smith"


def test_exec_submits_and_logs_tell(
    lab: str, lab_process: Command, objects: Objects, cli: Command
) -> None:
    """The seed's refusal, by hand: INTERNAL logs 1293 for a message from the outside."""
    follow = [sys.executable, "-m", "mta_lab", "logs", "--lab", lab, "-f", "--json"]
    following = subprocess.Popen(  # in the background, as a script does: SIGINT is ignored there
        ["sh", "-c", "trap '' INT; exec \"$@\"", "sh", *follow],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    send = ("mta-emu", "send", SMITH, "--from", JONES, "--subject", "By hand")
    sent = lab_process("exec", "--lab", lab, "EXTERNAL", *send)
    assert sent.returncode == 0, sent.stderr
    assert following.stdout
    missing = {("listening", None), ("submitted", None), ("event", 1293), ("connection", None)}
    for line in following.stdout:
        record = json.loads(line)
        missing.discard((record["kind"], record.get("id")))
        if not missing:
            break
    following.send_signal(signal.SIGINT)
    assert following.wait() == 130
    kinds = {each["kind"] for each in objects("logs")}
    assert {"listening", "submitted", "event", "connection"} <= kinds
    assert "1293" in cli("logs", "--lab", lab, "INTERNAL").stdout


@pytest.mark.parametrize("backend", ["loopback", "netns"])
def test_names_resolve_on_the_host(
    backend: str,
    tmp_path: Path,
    lab_process: Command,
    cli: Command,
    needs_netns: Callable[[], None],
) -> None:
    """The topology's, and those in the MTA's own hosts file; every command knows them on netns."""
    if backend == "netns":
        needs_netns()
    name, file = own_name(f"names-{backend}"), tmp_path / "names.yaml"
    mtas = {
        "NORTH": mta("203.0.113.10", "203.0.113.1", "NORTH"),
        "SOUTH": mta("198.51.100.10", "198.51.100.1", "SOUTH"),
    }
    mtas["NORTH"]["server"]["hosts"] = {"me.example": "203.0.113.10"}
    dump(in_a_row(mtas=mtas, hosts={"core.example": "203.0.113.10"}), file)
    options = ("--backend", backend, "--name", name, "--port", "10102")
    assert cli("up", str(file), *options).exit_code == 0
    try:
        for host in ("core.example", "me.example"):
            ping = ("mta-emu", "ping", f"{host}:10102", "--json")
            said = lab_process("exec", "--lab", name, "NORTH", *ping).stdout
            layers = [json.loads(line) for line in said.splitlines()]
            assert ("tcp", "ok") in [(each["layer"], each["outcome"]) for each in layers], said
        if backend == "netns":
            known = lab_process("exec", "--lab", name, "NORTH", "getent", "hosts", "core.example")
            assert known.stdout.split() == ["203.0.113.10", "core.example"]
        assert "core.example" not in Path("/etc/hosts").read_text("utf-8")
    finally:
        assert cli("down", name).exit_code == 0


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
