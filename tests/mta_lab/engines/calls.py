"""Real connections through a proxy that runs on the box: who answers, and what the server sees."""

import os
import select
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from mta_lab.engines.decision import Decision, Engine, How, NotModelled, Proxied, Stopped, Syn
from mta_lab.lab.namespaces import entered
from tests.mta_lab.engines.boxes import INSIDE, OUTSIDE, routes
from tests.mta_lab.engines.wire import CLIENTS, FURTHER, Wire
from tests.patience import PATIENCE

#: What nginx needs before a file that names neither its module nor paths of this machine.
NGINX_HERE = """\
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
user root;
pid {directory}/pid;
error_log {directory}/error.log;
"""
_GREETING = b"hello\r\n"


@dataclass(frozen=True)
class Heard:
    """What became of a call. `source` and `to` are what the server saw, when it saw anything."""

    answer: str  # "served", "closed" or "refused"
    source: str = ""
    to: tuple[str, int] = ("", 0)
    header: str = ""


def predicted(decision: Decision) -> Heard | None:
    """The same from a decision; None for what is not modelled."""
    match decision:
        case NotModelled():
            return None
        case Proxied(syn=syn, header=header):
            to = (str(syn.destination), syn.destination_port)
            return Heard("served", str(syn.source), to, header)
        case Stopped(accepted=True):
            return Heard("closed")
        case Stopped(how=How.CLOSED_PORT):
            return Heard("refused")
    raise AssertionError(f"no such call is made: {decision}")


def call(wire: Wire, syn: Syn) -> Heard:
    """Call from outside, wait for the first thing that happens, and hang up."""
    with entered(wire.outside):
        client = socket.socket()
    with closing(client):
        client.bind((str(syn.source), 0))
        client.settimeout(PATIENCE)
        try:
            client.connect((str(syn.destination), syn.destination_port))
            client.sendall(_GREETING)
        except ConnectionRefusedError:
            return Heard("refused")
        except OSError:
            return Heard("closed")
        ready, _, _ = select.select([client, *wire.listening], [], [], PATIENCE)
        assert ready, f"{syn}: neither served nor closed"
        served = [each for each in ready if each is not client]
        if not served:
            return Heard("closed")
        server, (source, *_) = served[0].accept()
        with closing(server):
            server.settimeout(PATIENCE)
            first = server.recv(4096)
            headers = {b"PROXY ": "v1", b"\r\n\r\n\x00\r": "v2"}
            to = server.getsockname()
            return Heard("served", source, (to[0], to[1]), headers.get(first[:6], ""))


def assert_as_predicted(wire: Wire, model: Engine, text: str) -> None:
    """Each call from outside becomes what the model of the configuration `text` says."""
    for each in calls([OUTSIDE, INSIDE], [102, 103], CLIENTS):
        decision = model.decide(each, routes(FURTHER))
        wanted = predicted(decision)
        assert wanted, f"{decision}\n{text}"
        assert call(wire, each) == wanted, f"{each}\n{decision}\n{text}"


@contextmanager
def transparent(wire: Wire) -> Iterator[None]:
    """Let what comes back from inside be the box's own, whoever it is addressed to."""
    here = ["nsenter", f"--net={wire.box}", "ip"]
    route = ["local", "default", "dev", "lo", "table", "100"]
    rule = ["iif", "inside", "lookup", "100"]
    try:
        subprocess.run([*here, "route", "add", *route], check=True)
        subprocess.run([*here, "rule", "add", *rule], check=True)
        yield
    finally:
        subprocess.run([*here, "rule", "delete", *rule], check=False)
        subprocess.run([*here, "route", "delete", *route], check=False)


@contextmanager
def running(wire: Wire, command: Sequence[str], pidfile: Path) -> Iterator[None]:
    """Run a daemon on the box; its command returns when it listens, and `pidfile` has its id."""
    done = subprocess.run(
        ["nsenter", f"--net={wire.box}", *command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    daemon = os.pidfd_open(int(pidfile.read_text("ascii")))
    try:
        yield
    finally:
        signal.pidfd_send_signal(daemon, signal.SIGTERM)
        select.select([daemon], [], [], PATIENCE)
        os.close(daemon)


def calls(destinations: Sequence[str], ports: Sequence[int], sources: Sequence[str]) -> list[Syn]:
    """A call from each source to each port of each destination."""
    return [
        Syn("outside", ip_address(source), 40000, ip_address(to), port)
        for source in sources
        for to in destinations
        for port in ports
    ]
