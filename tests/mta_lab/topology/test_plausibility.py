"""What in a topology is hardly meant, each with the line that says it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from labkit.addresses import parse_address
from labkit.reason import Reason
from mta_lab.topology.plausibility import findings
from mta_lab.topology.reading import load_topology
from tests.mta_lab.topologies import in_a_row, mta, over_ipv6

LABS = Path(__file__).parents[3] / "labs"
SEED = (LABS / "q196381.yaml").read_text("utf-8")

#: The labs that are about what is found.
DELIBERATE = {
    "q140958-monologue": "dialogue mode",
    "q152932-s-selector-x410": "selectors",
    "q152934-incoming-defaults": "selectors",
    "q154301-connection-refused": "service",
    "q157630-fewer-retries": "service",
    "q157630-retry-and-report": "service",
    "q159182-wrong-answer": "password",
    "q166308-wrong-mta-name": "MTA name",
    "q166308-wrong-password": "password",
    "q166308-wrong-selector": "selectors",
    "q169159-foreign-mta-name": "MTA name",
    "q171113-two-way-not-allowed": "dialogue mode",
    "q190022-both-remote-initiated": "schedule",
    "q193322-reroute": "service",
    "q193380-no-ptr-record": "name",
    "q199326-wrong-method": "service",
}


@pytest.fixture
def found(tmp_path: Path) -> Callable[..., list[Reason]]:
    """The findings in the seed after replacements, each of which must have something to replace."""

    def lint(*replacements: tuple[str, str]) -> list[Reason]:
        text = SEED
        for before, after in replacements:
            assert before in text
            text = text.replace(before, after, 1)
        file = tmp_path / "lab.yaml"
        file.write_text(text, "utf-8")
        return findings(load_topology(file))

    return lint


@pytest.mark.parametrize("name", sorted(path.stem for path in LABS.glob("*.yaml")))
def test_the_catalogue_is_plausible(name: str) -> None:
    checks = [finding.check for finding in findings(load_topology(LABS / f"{name}.yaml"))]
    assert checks == ([DELIBERATE[name]] if name in DELIBERATE else [])


@pytest.mark.parametrize(
    ("before", "after", "said", "text"),
    [
        (
            "stack: {address: 203.0.113.1}",
            "stack: {address: 203.0.113.77}",
            "203.0.113.77",
            "connector FIREWALL of EXTERNAL names 203.0.113.77, an address that no host has",
        ),
        (
            "stack: {address: 203.0.113.1}",
            "stack: {address: fw.contoso.example}",
            "fw.contoso",
            "connector FIREWALL of EXTERNAL names fw.contoso.example, which resolves to nothing",
        ),
        (
            "listen: {interface: outside, port: 102}",
            "listen: {interface: outside, port: 0}",
            "port: 0",
            "service x400-inbound listens on port 0, which stands for any free port",
        ),
        (
            "listen: {interface: outside, port: 102}",
            "listen: {interface: outside, port: 103}",
            "stack: {address: 203.0.113.1}",
            "connector FIREWALL of EXTERNAL calls 203.0.113.1, where nobody listens at port 102",
        ),
        (
            "stack: {address: 203.0.113.1}",
            "stack: {address: 203.0.113.1, port: 1102}",
            "1102}",
            "connector FIREWALL of EXTERNAL calls 203.0.113.1, where nobody listens at port 1102",
        ),
        (
            "destination: {address: 203.0.113.10, port: 102}",
            "destination: {address: 203.0.113.10, port: 103}",
            "port: 103",
            "service x400-outbound passes on to 203.0.113.10:103, where no host listens",
        ),
        (
            "transport_stack: {name: TCP, address: 203.0.113.10}",
            "transport_stack: {name: TCP, address: 203.0.113.10, other_addresses: [203.0.113.255]}",
            "203.0.113.255",
            "EXTERNAL has 203.0.113.255, which is the broadcast address of 203.0.113.0/24",
        ),
        (
            "inside: {address: 198.51.100.1}",
            "inside: {address: 198.51.100.1}\n      more: {address: 198.51.100.0}",
            "more: {",
            "firewall has 198.51.100.0, "
            "which is the address of the network itself of 198.51.100.0/24",
        ),
        (
            "  inside: 198.51.100.0/24",
            "  inside: 198.51.100.0/24\n  dmz: 198.51.100.128/25",
            "dmz: ",
            "network dmz 198.51.100.128/25 overlaps with network inside 198.51.100.0/24",
        ),
        (
            "\nplay:",
            "\nhosts: {mail.contoso.example: 203.0.113.9}\nplay:",
            "mail.contoso",
            "the name mail.contoso.example stands for 203.0.113.9, an address that no host has",
        ),
        (
            "\nplay:",
            "    tunnels: [{name: t, between: [203.0.113.10, 198.51.100.9], port: 102}]\nplay:",
            "tunnels: [",
            "tunnel t leads to 198.51.100.9, an address that no host has",
        ),
        (
            "      diagnostics_logging: {x400_service: minimum}\n",
            "",
            "EXTERNAL: [1290",
            "EXTERNAL does not log event 301: "
            "it takes the level minimum of the category X.400 Service",
        ),
    ],
)
def test_each_finding_has_the_line_that_was_written(
    found: Callable[..., list[Reason]], before: str, after: str, said: str, text: str
) -> None:
    findings_here = {finding.text: finding for finding in found((before, after))}
    assert text in findings_here
    place = findings_here[text].place
    assert place
    assert place.file.endswith("lab.yaml")
    assert said in SEED.replace(before, after, 1).splitlines()[place.line - 1]


def test_an_address_of_two_networks_is_looked_at_in_both(
    found: Callable[..., list[Reason]],
) -> None:
    seen = found(
        ("  inside: 198.51.100.0/24", "  inside: 198.51.100.0/24\n  dmz: 198.51.100.10/31")
    )
    assert [finding.check for finding in seen] == ["networks"]


@pytest.mark.parametrize(
    ("address", "reserved"), [("2001:db8:1::", True), ("2001:db8:1::ffff:ffff:ffff:ffff", False)]
)
def test_the_first_address_of_ipv6_is_its_routers(address: str, reserved: bool) -> None:
    topology = over_ipv6(in_a_row(mtas={"NORTH": mta("203.0.113.10", "203.0.113.1", "NORTH")}))
    stack = topology.mtas["NORTH"].server.transport_stack
    moved = stack.model_copy(update={"address": parse_address(address)})
    server = topology.mtas["NORTH"].server.model_copy(update={"transport_stack": moved})
    mtas = {"NORTH": topology.mtas["NORTH"].model_copy(update={"server": server})}
    texts = [each.text for each in findings(topology.model_copy(update={"mtas": mtas}))]
    said = f"NORTH has {address}, which is the address of all its routers of 2001:db8:1::/64"
    assert (said in texts) is reserved
    assert not any("broadcast" in text for text in texts)
