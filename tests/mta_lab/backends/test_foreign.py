"""Firewalls of others at work, each in a network namespace of its own."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import pytest

from labkit.clock import Clock
from labkit.config import EXIT_BAD_CONFIGURATION, dump
from labkit.records import Record
from mta_lab.engines.records import RECORDS, Decided, Ready, SynOutcome
from mta_lab.lab.enginehost import EngineHost, EngineText
from mta_lab.topology.firewalls import ForeignEngine
from tests.mta_lab.engines.boxes import needs
from tests.patience import PATIENCE

#: Each refuses one caller of the address that it has there, 127.0.0.1.
NFTABLES = """\
table ip site {
    chain arriving {
        type filter hook input priority 0; policy accept;
        ip saddr 127.0.0.9 tcp dport 102 reject with tcp reset
        tcp dport 102 accept
    }
}
"""
IPTABLES = """\
*filter
:INPUT ACCEPT [0:0]
-A INPUT -s 127.0.0.9/32 -p tcp -m tcp --dport 102 -j REJECT --reject-with tcp-reset
-A INPUT -p tcp -m tcp --dport 102 -j ACCEPT
COMMIT
"""
HAPROXY = """\
defaults
    mode tcp
    log global
    option tcplog
    timeout connect 5s
    timeout client 5s
    timeout server 5s
listen x400
    bind 127.0.0.1:102
    tcp-request content reject if { src 127.0.0.9 }
    server core 127.0.0.1:202
"""
NGINX = """\
load_module modules/ngx_stream_module.so;
user root;
pid nginx.pid;
events { }
stream {
    server {
        listen 127.0.0.1:102;
        deny 127.0.0.9;
        proxy_pass 127.0.0.1:202;
    }
}
"""
TEXTS: dict[ForeignEngine, str] = {
    "nftables": NFTABLES,
    "iptables": IPTABLES,
    "haproxy": HAPROXY,
    "nginx": NGINX,
}
PROGRAMS = {"nftables": "nft", "iptables": "iptables-restore", "haproxy": "haproxy"}
CALL = """
import socket, sys
with socket.socket() as client:
    client.bind((sys.argv[1], 0))
    client.settimeout(60)
    try:
        client.connect(("127.0.0.1", 102))
        client.recv(1)
    except ConnectionError:
        pass
"""
#: lo is up, and 127.0.0.1 answers at port 202 and hangs up; then comes the command.
SERVE = """
import os, socket, subprocess, sys, threading
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
servers = [socket.create_server(("127.0.0.1", port)) for port in map(int, sys.argv[1].split(","))]
def serve(server):
    while True:
        server.accept()[0].close()
for server in servers:
    threading.Thread(target=serve, args=(server,), daemon=True).start()
host = subprocess.Popen(sys.argv[2:])
import signal
signal.signal(signal.SIGTERM, lambda *_: host.terminate())
sys.exit(host.wait())
"""


class Running:
    """A firewall's host that runs."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def says(self) -> Record:
        """The next record."""
        return RECORDS.read(cast("IO[str]", self.process.stdout).readline())

    def call(self, source: str) -> None:
        """Call 127.0.0.1, port 102, from `source`."""
        net = f"--net=/proc/{self.process.pid}/ns/net"
        subprocess.run(["nsenter", net, sys.executable, "-c", CALL, source], check=True)

    def ends(self) -> int:
        """The status after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


def config(directory: Path, engine: ForeignEngine, text: str) -> Path:
    made = EngineHost(
        engine=engine,
        interfaces=("lo",),
        configuration=EngineText(text=text, file="site.file", directory=str(directory)),
        clock=Clock(),
    )
    dump(made, directory / "config.yaml")
    return directory / "config.yaml"


@contextmanager
def running(directory: Path, engine: ForeignEngine, text: str, ports: str) -> Iterator[Running]:
    host = [sys.executable, "-m", "mta_lab.backends.foreign", str(config(directory, engine, text))]
    command = ["unshare", "--net", sys.executable, "-c", SERVE, ports, *host]
    with subprocess.Popen(
        command, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Running(process)
        finally:
            process.kill()


@pytest.fixture(name="_root", autouse=True)
def _root(needs_netns: Callable[[], None]) -> None:
    needs_netns()


#: What becomes of the caller who may, and of the one who may not, and the lines that decide.
RULES = ((SynOutcome.TAKEN, "5"), (SynOutcome.STOPPED, "4"))
DECIDES: dict[ForeignEngine, tuple[tuple[SynOutcome, str], ...]] = {
    "nftables": RULES,
    "iptables": ((SynOutcome.TAKEN, "4"), (SynOutcome.STOPPED, "3")),
    "haproxy": ((SynOutcome.PROXIED, "11"), (SynOutcome.CLOSED, "9")),
    "nginx": ((SynOutcome.PROXIED, "9"), (SynOutcome.CLOSED, "7")),
}


@pytest.mark.parametrize("engine", TEXTS)
def test_it_says_which_line_decided_and_ends_when_it_shall(
    tmp_path: Path, engine: ForeignEngine
) -> None:
    needs(PROGRAMS.get(engine, engine))
    ports = "102" if engine in ("nftables", "iptables") else "202"
    with running(tmp_path, engine, TEXTS[engine], ports) as host:
        assert isinstance(host.says(), Ready)
        for source, wanted in zip(("127.0.0.1", "127.0.0.9"), DECIDES[engine], strict=True):
            host.call(source)
            found = host.says()
            assert isinstance(found, Decided)
            assert found.source.startswith(f"{source}:")
            line = found.place.removeprefix("site.file:").partition(" ")[0]
            assert (found.engine, found.outcome, line) == (engine, *wanted)
        assert host.ends() == 0


@pytest.mark.parametrize(
    ("engine", "complaint"),
    [
        ("nftables", "site.file:1:"),
        ("iptables", "site.file"),
        ("haproxy", "site.file:1: "),
        ("nginx", "site.file:1: "),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_its_line(
    tmp_path: Path, engine: ForeignEngine, complaint: str
) -> None:
    needs(PROGRAMS.get(engine, engine))
    with running(tmp_path, engine, "nonsense { 1", "202") as host:
        _, errors = host.process.communicate(timeout=PATIENCE)
        assert host.process.returncode == EXIT_BAD_CONFIGURATION
    assert complaint in errors


def test_a_program_that_cannot_start_is_refused_in_its_own_words(tmp_path: Path) -> None:
    """HAProxy reads the file, and the address is another's."""
    needs("haproxy")
    text = HAPROXY.replace("bind 127.0.0.1:102", "bind 192.0.2.77:102")
    with running(tmp_path, "haproxy", text, "202") as host:
        _, errors = host.process.communicate(timeout=PATIENCE)
        assert host.process.returncode == EXIT_BAD_CONFIGURATION
    assert "192.0.2.77:102" in errors
