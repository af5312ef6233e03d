"""A SYN through a topology, device by device."""

from typing import Any

import pytest

from labkit.addresses import End, parse_address, split
from labkit.config import parse
from labkit.fields import address_of, parse_host
from mta_lab.engines.decision import Forwarded, Proxied
from mta_lab.rehearsal.trace import Trace, trace
from mta_lab.topology.files import Topology
from tests.mta_lab.engines.boxes import needs
from tests.mta_lab.rehearsal.tracing import CALLS, IPV6_CALLS, IPV6_TOPOLOGY, TOPOLOGY

CLIENT = End(parse_address("203.0.113.50"), 40000)


def traced(to: str, **fields: Any) -> Trace:
    needs("nft")
    topology = parse({**TOPOLOGY, **fields}, Topology, "t")
    name, port = split(to, 102)
    address = address_of(parse_host(name), topology.hosts)
    assert address
    (own,) = topology.host_addresses()["CLIENT"]
    return trace(topology, "CLIENT", End(own, 40000), End(address, port))


@pytest.mark.parametrize(("to", "answer", "by", "seen"), IPV6_CALLS)
def test_who_answers_over_ipv6(to: str, answer: str, by: str, seen: str | None) -> None:
    found = traced(to, **IPV6_TOPOLOGY)
    assert (str(found.answered), found.by) == (answer, by)
    assert found.source_seen == (parse_address(seen) if seen else None)


@pytest.mark.parametrize(("to", "answer", "by", "seen"), CALLS)
def test_who_answers_and_how(to: str, answer: str, by: str, seen: str | None) -> None:
    found = traced(to)
    assert (str(found.answered), found.by) == (answer, by)
    assert found.source_seen == (parse_address(seen) if seen else None)


def test_each_device_has_its_decision_the_route_on_and_the_answer_s_way() -> None:
    client, rules, core = traced("198.51.100.10:106").devices
    assert (client.decision, client.syn.interface, core.decision) == (None, "outside", None)
    assert client.route
    assert client.route.text == "the way from CLIENT to network inside is through RULES"
    assert isinstance(rules.decision, Forwarded)
    assert any("masquerade" in each.text for each in rules.decision.reasons)
    assert (rules.syn.source_port, str(rules.decision.syn.source)) == (40000, "198.51.100.1")
    assert isinstance(rules.answer, Forwarded)
    assert str(core.syn.source) == "198.51.100.1"


def test_a_proxy_begins_a_connection_of_its_own() -> None:
    _, proxy, _ = traced("203.0.113.2").devices
    assert isinstance(proxy.decision, Proxied)
    assert proxy.answer is None


@pytest.mark.parametrize("engine", ["haproxy", "nginx"])
@pytest.mark.parametrize(
    ("used", "spare", "answer"),
    [
        (102, "", "connected"),
        (102, "backup", "connected"),
        (9, "", "accepted, then closed"),
        (9, "backup", "not modelled"),
    ],
)
def test_a_spare_server_is_not_modelled_where_the_one_in_use_does_not_answer(
    engine: str, used: int, spare: str, answer: str
) -> None:
    needs("haproxy")
    lines = [f"198.51.100.10:{used}", *(["198.51.100.10:102"] if spare else [])]
    if engine == "nginx":
        servers = "".join(f"server {line}{' backup' * n};\n" for n, line in enumerate(lines))
        text = (
            f"stream {{\nupstream u {{\n{servers}}}\nserver {{ listen 102; proxy_pass u; }}\n}}\n"
        )
    else:
        servers = "".join(
            f"server s{n} {line} check{' backup' * n}\n" for n, line in enumerate(lines)
        )
        times = "timeout connect 5s\ntimeout client 5s\ntimeout server 5s\n"
        text = f"defaults\nmode tcp\n{times}listen x\nbind :102\n{servers}"
    interfaces = {"outside": {"address": "203.0.113.2"}, "inside": {"address": "198.51.100.2"}}
    firewalls = {"SPARE": {"engine": engine, "interfaces": interfaces, "text": text}}
    assert str(traced("203.0.113.2", firewalls=firewalls).answered) == answer


def test_a_host_alone_has_no_route() -> None:
    found = traced("192.0.2.1", firewalls={})
    assert (str(found.answered), found.by) == ("no route", "CLIENT")


def test_what_no_model_reads_is_no_answer() -> None:
    firewalls = {**TOPOLOGY["firewalls"]}
    firewalls["RULES"] = {**firewalls["RULES"], "sysctls": {"net.ipv4.tcp_syncookies": 2}}
    found = traced("198.51.100.10", firewalls=firewalls)
    assert (str(found.answered), found.by) == ("not modelled", "RULES")


def test_answers_that_come_back_another_way_are_not_modelled_or_lost() -> None:
    programs = {**TOPOLOGY["programs"]}
    programs["CORE"] = {
        **programs["CORE"],
        "routes": [{"to": "203.0.113.0/24", "via": "198.51.100.2"}],
    }
    found = traced("198.51.100.10", programs=programs)
    assert str(found.answered) == "not modelled"
