"""A trace as people read it, and as JSON."""

from labkit.addresses import End, parse_address
from labkit.config import parse
from mta_lab.rehearsal.trace import Trace, trace
from mta_lab.rehearsal.tracelines import outcome, trace_json, trace_lines
from mta_lab.topology.files import Topology
from tests.mta_lab.rehearsal.tracing import TOPOLOGY

CLIENT = End(parse_address("203.0.113.50"), 40000)


def through_the_proxy(port: int) -> Trace:
    firewalls = {"PROXY": TOPOLOGY["firewalls"]["PROXY"]}
    topology = parse({**TOPOLOGY, "firewalls": firewalls}, Topology, "t.yaml")
    return trace(topology, "CLIENT", CLIENT, End(parse_address("203.0.113.2"), port))


def test_each_device_has_its_lines_and_the_last_one_says_who_answers() -> None:
    lines = [*trace_lines(through_the_proxy(102))]
    assert lines[0] == "CLIENT sends 203.0.113.50:40000 to 203.0.113.2:102"
    assert lines[2] == "203.0.113.50:40000 to 203.0.113.2:102 arrives at outside of PROXY"
    assert any("the client's address is rewritten to 198.51.100.2" in each for each in lines)
    proxied = "-> accepted; a connection of its own by inside: 198.51.100.2, any port to"
    assert f"{proxied} 198.51.100.10:102" in lines
    assert lines[-1] == "=> connected: CORE has the connection, from 198.51.100.2"
    assert len(lines) == len({*lines})  # nothing is said twice


def test_an_end_on_the_way_is_said_with_its_place() -> None:
    assert outcome(through_the_proxy(109)) == "reset, at PROXY"


def test_json_has_every_device() -> None:
    said = trace_json(through_the_proxy(110))
    assert [each["host"] for each in said["devices"]] == ["CLIENT", "PROXY", "CORE"]
    proxy = said["devices"][1]
    assert (proxy["decision"], proxy["leaves"]["source"]) == ("proxied", "198.51.100.2")
    assert (said["answer"], said["by"], said["source_seen"]) == (
        "accepted, then closed",
        "CORE",
        None,
    )
