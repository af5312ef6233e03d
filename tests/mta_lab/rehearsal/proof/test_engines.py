"""Another line in a firewall's file: what it does is predicted, and the real firewall does it.

The files are those of the labs of Q196381, and the mail is that from outside.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from labkit.config import parse
from mta_lab.backends.registry import backend
from mta_lab.engines.registry import kind
from mta_lab.rehearsal.proof.prove import Playing, prove_scripts, scripts_of
from mta_lab.topology.files import Topology
from mta_lab.topology.firewalls import ForeignFirewall
from tests.mta_lab.engines.boxes import needs
from tests.mta_lab.rehearsal.changed import NOW, lab

INPUT = """
table ip filter {
    chain arriving {
        type filter hook input priority filter; policy accept;
        iifname "outside" tcp dport 102 drop
    }
}
"""


@dataclass(frozen=True)
class Changed:
    """A lab with another line, what becomes of the first call, and a line that has a say."""

    lab: str
    before: str
    after: str
    disposition: str
    because: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)

    def topology(self) -> Topology:
        topology = lab(f"q196381-{self.lab}")
        ((name, firewall),) = topology.foreign().items()
        assert self.before in firewall.text
        text = firewall.text.replace(self.before, self.after)
        changed = firewall.model_copy(update={"text": text, **self.fields})
        return topology.model_copy(update={"firewalls": {name: changed}})


PASSES = "ct status dnat tcp dport 102 accept"
TO = "dnat to 198.51.100.10"
SERVER = "server internal 198.51.100.10:102"
PROXY_PASS = "proxy_pass 198.51.100.10:102;"
ONE_SECOND = "timeout connect 1s"
CASES = {
    "a policy": Changed("nftables", PASSES, "", "blocked", "policy"),
    "a drop": Changed("nftables", PASSES, f"ip saddr 203.0.113.10 drop\n{PASSES}", "blocked"),
    "a reset": Changed("nftables", PASSES, "tcp dport 102 reject with tcp reset", "blocked"),
    "an ICMP error": Changed(
        "nftables", PASSES, "tcp dport 102 reject with icmp host-prohibited", "blocked"
    ),
    "a rule of another chain": Changed(
        "nftables",
        "chain passing {",
        "chain known {\nip saddr 203.0.113.0/24 drop\n}\nchain passing {",
        "refused",
    ),
    "a jump": Changed(
        "nftables",
        PASSES,
        f"jump known\n{PASSES}\n}}\nchain known {{\nip saddr 203.0.113.0/24 drop",
        "blocked",
    ),
    "a closed port": Changed("nftables", TO, f"{TO}:103", "blocked"),
    "the answers stopped": Changed(
        "nftables", "ct state established,related accept", "", "blocked"
    ),
    "a source of nobody's": Changed(
        "nftables-snat", "snat to 198.51.100.1", "snat to 198.51.100.77", "unreachable"
    ),
    "iptables drops": Changed(
        "iptables", "-A FORWARD -p tcp", "-A FORWARD -s 203.0.113.10/32 -j DROP\n-A FORWARD -p tcp",
        "blocked", "-A FORWARD -s 203.0.113.10/32 -j DROP",
    ),
    "HAProxy rejects the connection": Changed(
        "haproxy", SERVER, f"tcp-request connection reject if {{ src 203.0.113.10 }}\n{SERVER}",
        "blocked", "tcp-request connection",
    ),
    "HAProxy rejects the content": Changed(
        "haproxy", SERVER, f"tcp-request content reject if {{ src 203.0.113.0/24 }}\n{SERVER}",
        "blocked", "tcp-request content",
    ),
    "HAProxy has no server": Changed("haproxy", SERVER, f"{SERVER} disabled", "unreachable"),
    "HAProxy's server is not there": Changed(
        "haproxy-own-address", SERVER, SERVER.replace(":102", ":103"), "unreachable"
    ),
    "HAProxy has no way back": Changed(
        "haproxy", "timeout connect 5s", ONE_SECOND, "unreachable", "are not the box's own",
        {"rules": ()},
    ),
    "HAProxy behind a drop": Changed(
        "haproxy-own-address", "timeout connect 5s", ONE_SECOND, "blocked", "tcp dport 102 drop",
        {"netfilter": INPUT},
    ),
    "HAProxy does not listen there": Changed(
        "haproxy", "bind 203.0.113.1:102", "bind 203.0.113.1:103", "unreachable"
    ),
    "nginx denies": Changed(
        "nginx", PROXY_PASS, f"deny 203.0.113.0/24; {PROXY_PASS}", "blocked", "deny 203.0.113.0/24"
    ),
    "nginx allows": Changed(
        "nginx-own-address", PROXY_PASS, f"allow 203.0.113.10; deny all; {PROXY_PASS}", "delivered"
    ),
    "nginx's server is not there": Changed(
        "nginx-own-address", PROXY_PASS, PROXY_PASS.replace(":102", ":103"), "unreachable"
    ),
    "nginx has no way back": Changed(
        "nginx", "stream {", "stream {\nproxy_connect_timeout 1s;", "unreachable",
        "are not the box's own", {"rules": ()},
    ),
    "nginx has no mark": Changed(
        "nginx", "stream {", "stream {\nproxy_connect_timeout 1s;", "unreachable",
        "are not the box's own", {"netfilter": ""},
    ),
}  # fmt: skip


#: Cases in which the caller waits for its kernel to give up: half a minute, or a whole one.
SILENT = ("a policy", "a drop", "a jump", "a closed port", "the answers stopped")
SILENT += ("a source of nobody's", "HAProxy behind a drop", "iptables drops")
MARKED = [pytest.param(each, marks=[pytest.mark.proof] * (each in SILENT)) for each in CASES]


@pytest.mark.parametrize("case", MARKED)
def test_what_a_line_does_is_predicted_and_the_real_firewall_does_it(
    case: str, tmp_path: Path, lab_name: Callable[[str], str], needs_netns: Callable[[], None]
) -> None:
    needs_netns()
    changed = CASES[case]
    topology = changed.topology()
    (firewall,) = topology.foreign().values()
    for each in kind(firewall.engine).needs:
        needs(each.program)
    (script,) = (each for each in scripts_of(topology, NOW) if each.prediction.sender == "EXTERNAL")
    first = script.prediction.attempts[0]
    said = " ".join(f"{each.question} {each.reason.text}" for each in first.steps)
    assert first.disposition == changed.disposition, said
    assert changed.because in said
    name = lab_name(f"engines-{[*CASES].index(case)}")
    (flow,) = prove_scripts(topology, [script], Playing(backend("netns"), tmp_path, name))
    assert [each for each in flow.lines if each.agrees is False] == []


RULES_OF_IPV6 = """
table ip6 site {
    chain to_servers {
        type nat hook prerouting priority dstnat;
        iifname "outside" tcp dport 102 dnat to 2001:db8:100::10
        iifname "inside" tcp dport 102 dnat to 2001:db8:113::10
    }
    chain sources {
        type nat hook postrouting priority srcnat;
        oifname "outside" tcp dport 102 snat to 2001:db8:113::1
    }
}
"""
HAPROXY_OF_IPV6 = """
defaults
    mode tcp
    log global
    option tcplog
    timeout connect 5s
    timeout client 1h
    timeout server 1h
listen x400-inbound
    bind [2001:db8:113::1]:102
    source [::] usesrc clientip
    server internal [2001:db8:100::10]:102
listen x400-outbound
    bind [2001:db8:100::1]:102
    server external [2001:db8:113::10]:102
"""
NGINX_OF_IPV6 = """
load_module modules/ngx_stream_module.so;
user root;
pid nginx.pid;
events { }
stream {
    server {
        listen [2001:db8:113::1]:102;
        proxy_bind $remote_addr transparent;
        proxy_pass [2001:db8:100::10]:102;
    }
    server { listen [2001:db8:100::1]:102; proxy_pass [2001:db8:113::10]:102; }
}
"""
BACK_OF_IPV6 = {
    "netfilter": """
table ip6 transparency {
    chain answers {
        type filter hook prerouting priority mangle;
        meta l4proto tcp socket transparent 1 meta mark set 1
    }
}
""",
    "rules": ["-6 fwmark 1 lookup 100"],
    "tables": {100: ["-6 local default dev lo"]},
}
OF_IPV6: dict[str, dict[str, Any]] = {
    "nftables": {"text": RULES_OF_IPV6},
    "haproxy": {"text": HAPROXY_OF_IPV6, **BACK_OF_IPV6},
    "nginx": {"text": NGINX_OF_IPV6, **BACK_OF_IPV6},
}


@pytest.mark.parametrize("engine", OF_IPV6)
def test_the_same_of_ipv6(
    engine: str, tmp_path: Path, lab_name: Callable[[str], str], needs_netns: Callable[[], None]
) -> None:
    needs_netns()
    for each in kind(engine).needs:
        needs(each.program)
    interfaces = {
        "outside": {"address": "2001:db8:113::1"},
        "inside": {"address": "2001:db8:100::1"},
    }
    document = {"engine": engine, "interfaces": interfaces, **OF_IPV6[engine]}
    firewall = parse(document, ForeignFirewall, "test")
    topology = lab("q196381-ipv6").model_copy(update={"firewalls": {"FW": firewall}})
    (script,) = (each for each in scripts_of(topology, NOW) if each.prediction.sender == "EXTERNAL")
    name = lab_name(f"ipv6-{engine}")
    (flow,) = prove_scripts(topology, [script], Playing(backend("netns"), tmp_path, name))
    assert [each for each in flow.lines if each.agrees is False] == []
    assert flow.predicted == "collected"
    assert any(each.what.endswith(" at FW") for each in flow.lines)
