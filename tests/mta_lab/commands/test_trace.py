"""`mta-lab trace`: one SYN through a bare configuration."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from labkit.sockets import tcp_sockets
from mta_lab.backends.wiring import NAMES
from mta_lab.engines.answer import Answer, Answered
from mta_lab.lab.namespaces import entered
from mta_lab.rehearsal.proof.syn import Shown
from tests.mta_lab.engines.boxes import needs
from tests.mta_lab.rehearsal.tracing import TOPOLOGY
from tests.patience import PATIENCE

CALLING = 0x02  # TCP_SYN_SENT of net/tcp_states.h

Command = Callable[..., Any]
BOX = ("--interface", "outside=203.0.113.1/24", "--interface", "inside=192.0.2.1/24")
V6 = ("--interface", "outside=2001:db8:1::1/64", "--interface", "inside=2001:db8:2::1/64")
RULES = """\
table ip nat {
    chain pre {
        type nat hook prerouting priority dstnat;
        ip daddr 203.0.113.1 tcp dport 102 dnat to 192.0.2.2:10102
    }
    chain post {
        type nat hook postrouting priority srcnat;
        oifname inside masquerade
    }
}
table inet filter {
    chain forward {
        type filter hook forward priority filter; policy drop;
        tcp dport 10102 accept
    }
}
"""


@pytest.fixture
def rules(needs_netns: Callable[[], None], tmp_path: Path) -> Path:
    needs_netns()
    file = tmp_path / "site.nft"
    file.write_text(RULES, "utf-8")
    return file


def nftables(cli: Command, rules: Path, *further: str) -> Any:
    caller = ("--from", "203.0.113.50", "--to", "203.0.113.1")
    return cli("trace", "--engine", "nftables", "--config", str(rules), *BOX, *caller, *further)


def test_every_rule_that_had_a_say_has_its_line(cli: Command, rules: Path) -> None:
    done = nftables(cli, rules)
    assert done.exit_code == 0, done.output
    assert done.output.splitlines() == [
        "203.0.113.50:40000 to 203.0.113.1:102 arrives at outside",
        "  rule: ip daddr 203.0.113.1 tcp dport 102 dnat to 192.0.2.2:10102 "
        f"({rules}:4 ip nat pre handle 3)",
        f"  rule: tcp dport 10102 accept ({rules}:14 inet filter forward handle 2)",
        "  the route to 192.0.2.2 leads out by inside",
        f'  rule: oifname "inside" masquerade ({rules}:8 ip nat post handle 4)',
        "-> forwarded by inside: 192.0.2.1:40000 to 192.0.2.2:10102",
        "The answer comes back:",
        f"  the policy of chain inet filter forward is drop ({rules} inet filter forward)",
        "-> stopped: silence",
    ]


def test_json_is_one_object(cli: Command, rules: Path) -> None:
    said = json.loads(nftables(cli, rules, "--source-port", "2000", "--json").stdout)
    assert said["arrives"]["source_port"] == 2000
    assert said["decision"] == "forwarded"
    assert said["leaves"] == {
        "interface": "inside",
        "source": "192.0.2.1",
        "source_port": 2000,
        "destination": "192.0.2.2",
        "destination_port": 10102,
    }
    assert said["reasons"][0]["place"]["line"] == 4
    assert (said["answer"]["decision"], said["answer"]["how"]) == ("stopped", "silence")


def test_what_is_not_modelled_is_named(cli: Command, rules: Path) -> None:
    rules.write_text(RULES.replace("tcp dport 10102 accept", "ip ttl 64 accept"), "utf-8")
    done = nftables(cli, rules)
    assert done.exit_code == 0
    assert f"-> not modelled: ip ttl: ip ttl 64 accept at {rules}:14" in done.output


@pytest.mark.parametrize(
    ("box", "caller", "called", "last"),
    [
        (BOX, "203.0.113.50", "192.0.2.2:25", "192.0.2.2:25 answers if it listens, and sees 203."),
        (BOX, "203.0.113.50", "203.0.113.1", "-> stopped: reset by a closed port of the firewall"),
        (BOX, "203.0.113.50", "198.51.100.1", "-> stopped: icmp type 3 code 0"),
        (V6, "2001:db8:1::9", "[2001:db8:2::2]:25", "[2001:db8:2::2]:25 answers if it listens"),
        (V6, "2001:db8:1::9", "2001:db8:2::2", "[2001:db8:2::2]:102 answers if it listens"),
    ],
)
def test_a_router(cli: Command, box: tuple[str, ...], caller: str, called: str, last: str) -> None:
    done = cli("trace", "--engine", "router", *box, "--from", caller, "--to", called)
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[-1].startswith(last)


def test_strict_reverse_path_filtering(cli: Command) -> None:
    options = (
        "--arrives",
        "outside",
        "--rp-filter",
        "1",
        "--from",
        "192.0.2.9",
        "--to",
        "192.0.2.2",
    )
    done = cli("trace", "--engine", "router", *BOX, *options)
    assert "rp_filter is strict" in done.output
    assert done.output.endswith("-> stopped: silence\n")


@pytest.mark.parametrize(
    ("further", "complaint"),
    [
        (("--from", "nobody", "--to", "192.0.2.2"), "--from: nobody: must be an IP address"),
        (("--from", "203.0.113.5", "--to", "192.0.2.2:0"), "--to: '192.0.2.2:0': must be HOST"),
        (("--from", "203.0.113.5", "--to", "2001:db8::1"), "--to: 2001:db8::1: --from is IPv4"),
        (("--from", "198.51.100.1", "--to", "192.0.2.2"), "no route leads back to 198.51.100.1"),
        (
            ("--from", "203.0.113.5", "--to", "192.0.2.2", "--arrives", "dmz"),
            "no interface has this name; there are: outside, inside",
        ),
        (
            ("--from", "203.0.113.5", "--to", "192.0.2.2", "--route", "0.0.0.0/0=dmz"),
            "no such interface; there are: outside, inside",
        ),
        (
            ("--from", "203.0.113.5", "--to", "192.0.2.2", "--route", "0.0.0.0"),
            "no such interface",
        ),
        (
            ("--from", "203.0.113.5", "--to", "192.0.2.2", "--interface", "x=fe80::1%eth0/64"),
            "--interface: x=fe80::1%eth0/64: write NAME=ADDRESS/LENGTH",
        ),
        (
            ("--from", "203.0.113.5", "--to", "[fe80::1%eth0]:102"),
            "has a zone (%eth0), which means something on one host only",
        ),
        (
            ("--from", "203.0.113.5", "--to", "192.0.2.2", "--interface", "dmz"),
            "write NAME=ADDRESS/LENGTH",
        ),
    ],
)
def test_wrong_options_exit_2(cli: Command, further: tuple[str, ...], complaint: str) -> None:
    done = cli("trace", "--engine", "router", *BOX, *further)
    assert done.exit_code == 2
    assert complaint in done.output


def test_an_unknown_engine_exits_2(cli: Command) -> None:
    options = ("--from", "203.0.113.5", "--to", "192.0.2.2")
    done = cli("trace", "--engine", "proxi", *BOX, *options)
    assert done.exit_code == 2
    assert "did you mean proxy?" in done.output


HAPROXY = """\
defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
listen x400
    bind 203.0.113.1:102
    source 0.0.0.0 usesrc clientip
    server core 192.0.2.2:102 send-proxy
"""
NGINX = """\
events { }
stream {
    server {
        listen 203.0.113.1:102;
        deny 203.0.113.50;
        proxy_pass 192.0.2.2:102;
    }
}
"""


def test_a_file_is_needed_and_must_be_text(cli: Command, tmp_path: Path) -> None:
    options = ("--from", "203.0.113.5", "--to", "192.0.2.2")
    done = cli("trace", "--engine", "nginx", *BOX, *options)
    assert (done.exit_code, done.output) == (2, "--config: engine nginx needs its file\n")
    file = tmp_path / "nginx.conf"
    for octets, complaint in ((None, "No such file"), (b"\xff", "not UTF-8")):
        if octets:
            file.write_bytes(octets)
        done = cli("trace", "--engine", "nginx", *BOX, *options, "--config", str(file))
        assert done.exit_code == 2
        assert complaint in done.output


def test_haproxy_keeps_the_source(cli: Command, tmp_path: Path) -> None:
    needs("haproxy")
    file = tmp_path / "haproxy.cfg"
    file.write_text(HAPROXY, "utf-8")
    options = ("--config", str(file), "--from", "203.0.113.50")
    done = cli("trace", "--engine", "haproxy", *BOX, *options, "--to", "203.0.113.1")
    assert done.output.splitlines()[-2:] == [
        "-> accepted; a connection of its own by inside: 203.0.113.50, any port to "
        "192.0.2.2:102, with a PROXY protocol v1 header",
        "192.0.2.2:102 answers if it listens, and sees 203.0.113.50 as the source",
    ]
    beyond = cli("trace", "--engine", "haproxy", *BOX, *options, "--to", "192.0.2.2")
    assert "the box does not forward" in beyond.output
    beyond = cli(
        "trace", "--engine", "haproxy", *BOX, *options, "--to", "192.0.2.2", "--ip-forward", "1"
    )
    assert "-> forwarded by inside" in beyond.output


def test_nginx_denies(cli: Command, tmp_path: Path) -> None:
    file = tmp_path / "nginx.conf"
    file.write_text(NGINX, "utf-8")
    options = ("--config", str(file), "--from", "203.0.113.50", "--to", "203.0.113.1", "--json")
    said = json.loads(cli("trace", "--engine", "nginx", *BOX, *options).stdout)
    assert (said["decision"], said["how"]) == ("stopped", "accepted, then closed")
    assert said["reasons"][-1]["place"]["line"] == 5


def test_a_topology_is_traced_from_host_to_answer(cli: Command, write: Callable[..., Path]) -> None:
    needs("nft")
    file = write(TOPOLOGY)
    done = cli("trace", str(file), "--from", "CLIENT", "--to", "core.example:106")
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0] == "CLIENT sends 203.0.113.50:40000 to 198.51.100.10:106"
    assert any(f"masquerade ({file}:" in each for each in lines)
    assert lines[-1] == "=> connected: CORE has the connection, from 198.51.100.1"


def test_a_proof_says_whether_packets_agree(
    cli: Command, write: Callable[..., Path], needs_netns: Callable[[], None]
) -> None:
    needs_netns()
    firewalls = {"PROXY": TOPOLOGY["firewalls"]["PROXY"]}
    document = {**TOPOLOGY, "name": f"t{os.getpid()}", "firewalls": firewalls}
    call = ("--from", "CLIENT", "--to", "203.0.113.2", "--prove", "--timeout", "60", "--json")
    said = cli("trace", str(write(document)), *call)
    assert said.exit_code == 0, said.output
    assert json.loads(said.stdout)["shown"]["source_seen"] == "198.51.100.2"


def test_a_difference_exits_1(
    cli: Command, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = Shown(Answered(Answer.CLOSED))
    monkeypatch.setattr("mta_lab.rehearsal.proof.syn.show", lambda *_: closed)
    firewalls = {"PROXY": TOPOLOGY["firewalls"]["PROXY"]}
    file = write({**TOPOLOGY, "firewalls": firewalls})
    done = cli("trace", str(file), "--from", "CLIENT", "--to", "203.0.113.2", "--prove")
    assert done.exit_code == 1
    assert done.output.endswith("on packets: accepted, then closed; not as predicted\n")


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--from", "NOBODY", "--to", "192.0.2.1"), "--from: no host 'NOBODY'; there are: "),
        (("--from", "CLIENT", "--to", "nobody.example"), "no such name is known on CLIENT"),
        (("--from", "CLIENT", "--to", "2001:db8::1"), "CLIENT has no address of IPv6"),
        (("--from", "CLIENT", "--to", "192.0.2.1:x"), "--to: 192.0.2.1:x: "),
        (("--from", "CLIENT"), "--from and --to say who calls whom"),
        (
            ("--from", "CLIENT", "--to", "192.0.2.1", "--rp-filter", "1"),
            "a topology says all about its firewalls itself",
        ),
        (
            ("--from", "CLIENT", "--to", "192.0.2.1", "--engine", "router"),
            "give a topology, or --engine",
        ),
    ],
)
def test_wrong_options_of_a_topology_exit_2(
    cli: Command, write: Callable[..., Path], options: tuple[str, ...], complaint: str
) -> None:
    document = {**TOPOLOGY, "firewalls": {}}
    done = cli("trace", str(write(document)), *options)
    assert done.exit_code == 2
    assert complaint in done.output


def test_a_bare_box_is_not_proved(cli: Command) -> None:
    options = ("--from", "203.0.113.5", "--to", "192.0.2.2", "--prove")
    done = cli("trace", "--engine", "router", *BOX, *options)
    assert (done.exit_code, done.output) == (2, "--prove takes a topology FILE\n")


def test_a_file_is_read_with_its_own_line_ends(cli: Command, rules: Path) -> None:
    """iptables-restore and nft refuse those of Windows."""
    rules.write_bytes(RULES.replace("\n", "\r\n").encode("ascii"))
    done = nftables(cli, rules)
    assert done.exit_code == 2
    assert f"{rules}:1: has a carriage return" in done.stderr


def test_a_lab_is_traced_on_the_wire_to_an_address_of_its_file(
    cli: Command, lab: str, lab_port: int
) -> None:
    call = (lab, "--from", "EXTERNAL", "--to", "203.0.113.1")
    done = cli("trace", *call, "--json")
    assert done.exit_code == 0, done.output
    first, *_, last = json.loads(done.stdout)["devices"]
    assert first["arrives"]["destination"] in ("203.0.113.1", "127.0.113.1")
    assert first["arrives"]["destination_port"] == lab_port
    assert last["host"] == "INTERNAL"
    refused = cli("trace", *call, "--prove")
    assert refused.exit_code == 2
    assert "is a lab that is up; --prove plays a file: give FILE|NAME" in refused.output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_proof_that_is_ended_leaves_nothing(
    number: signal.Signals,
    write: Callable[..., Path],
    traces: Callable[[str], list[str]],
    needs_netns: Callable[[], None],
) -> None:
    """While the call waits for an answer that never comes."""
    needs_netns()
    name = f"t{os.getpid()}"
    file = write({**TOPOLOGY, "name": name})
    silent = ("--from", "CLIENT", "--to", "core.example:105", "--prove", "--timeout", "1000")
    command = [sys.executable, "-m", "mta_lab", "trace", str(file), *silent]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        while not calls(NAMES / f"x400-{name}-trace:CLIENT"):
            assert running.poll() is None
            time.sleep(0.01)
        running.send_signal(number)
        assert running.wait(PATIENCE) == 130
    assert traces(f"{name}-trace") == []


def calls(client: Path) -> bool:
    """Whether a call from a namespace waits for its answer."""
    with suppress(OSError), entered(client):  # which is not there yet
        return any(each.state == CALLING for each in tcp_sockets())
    return False
