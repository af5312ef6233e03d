"""Two sheets make a topology, which has what they say and nothing else."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.config import ConfigurationError, as_yaml, document_of, load_text
from mta_lab.backends.registry import backend
from mta_lab.rehearsal.proof.prove import prove
from mta_lab.rehearsal.report import flows_of
from mta_lab.sheet.joining import join
from mta_lab.sheet.selector import BLANK, Notation, SheetSelector
from mta_lab.sheet.sheet import Sheet
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.files import Topology
from mta_lab.topology.reading import complete, load_topology
from tests.mta_lab.sheet.sheets import ONE, TWO, sheet

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PRINTABLE = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
PASSWORDS = st.none() | st.sampled_from(["", " "]) | st.text(PRINTABLE, max_size=64)
SELECTORS = (
    st.none()
    | st.just(BLANK)
    | st.builds(
        lambda text: SheetSelector(Notation.TEXT, text.encode()),
        st.text(PRINTABLE, min_size=1, max_size=32),
    )
    | st.builds(
        lambda octets: SheetSelector(Notation.HEX, octets), st.binary(min_size=1, max_size=32)
    )
)
SIDES = st.fixed_dictionaries(
    {"password": PASSWORDS, "t": SELECTORS, "s": SELECTORS, "p": SELECTORS}
)
LINKS = st.fixed_dictionaries(
    {
        "dialogue_mode": st.sampled_from(["monologue", "two-way-alternate"]),
        "conformance": st.sampled_from(["1984", "1988-x410", "1988-normal"]),
        "checkpoint_size": st.integers(0, 1024),
        "window_size": st.integers(1, 64),
        "lifetime": st.integers(0, 10_000),
    }
)
PROXY = {"method": "proxy", "inside": "203.0.113.1", "outside": "192.0.2.1"}
FAR = {"own": {"ipv4": {"before_nat": "198.51.100.10"}}}


def side(values: dict[str, Any]) -> dict[str, Any]:
    """A part of a sheet: its password, and its selectors as a file has them."""
    selectors = {name: str(values[name]) for name in ("t", "s", "p") if values[name] is not None}
    password = values["password"]
    return {"selectors": selectors, **({} if password is None else {"password": password})}


def became(first: Sheet, second: Sheet) -> list[Disposition]:
    return [flow.disposition for flow in flows_of(join(first, second), NOW)]


@given(SIDES, SIDES, SIDES, SIDES, LINKS, LINKS)
def test_the_topology_has_what_the_sheets_say(
    own: dict[str, Any],
    peer: dict[str, Any],
    other_own: dict[str, Any],
    other_peer: dict[str, Any],
    link: dict[str, Any],
    other_link: dict[str, Any],
) -> None:
    """Also when it was written and read again."""
    silent = sheet(ONE, own={"password": None})
    first = sheet(silent, own=side(own), peer=side(peer), link=link)
    second = sheet(TWO, own={"password": None, **side(other_own)}, peer=side(other_peer))
    second = sheet(second, link=other_link)
    made = join(first, second)
    read = complete(load_text(as_yaml(made), Path("x.yaml"), Topology))
    assert document_of(read) == document_of(made)
    for name, ours, theirs, mine, said in (
        ("ONE", own, other_peer, peer, other_own),
        ("TWO", other_own, peer, other_peer, own),
    ):
        config = read.mtas[name]
        (connector,) = config.connectors
        selectors = config.server.transport_stack.selectors
        for key in ("t", "s", "p"):
            assert getattr(selectors, key) == octets(ours[key], theirs[key])
            assert getattr(connector.stack.outgoing, key) == octets(mine[key], said[key])
        remote = connector.general.remote_mta_password
        assert remote == word(mine["password"], said["password"])
        sent = word(ours["password"], theirs["password"]).encode()
        assert config.local_credentials(connector) == (name, sent)
        agreed = link if name == "ONE" else other_link
        assert connector.override.checkpoint_size == agreed["checkpoint_size"]
        assert connector.override.window_size == agreed["window_size"]
        assert connector.override.lifetime == agreed["lifetime"]
        assert connector.advanced.conformance.value == agreed["conformance"]
        assert connector.advanced.two_way_alternate is (agreed["dialogue_mode"] != "monologue")


def octets(said: SheetSelector | None, otherwise: SheetSelector | None) -> bytes:
    """The selector that is used: the other sheet decides only what is left out."""
    found = otherwise if said is None else said
    return b"" if found is None else found.octets


def word(said: str | None, otherwise: str | None) -> str:
    found = otherwise if said is None else said
    return found or ""


def test_two_sheets_that_leave_all_to_each_other_deliver() -> None:
    assert became(ONE, TWO) == [Disposition.DELIVERED] * 2


def test_centres_on_other_networks_are_joined_by_a_router() -> None:
    made = join(ONE, sheet(TWO, **FAR))
    assert [*made.firewalls] == ["between"]
    assert became(ONE, sheet(TWO, **FAR)) == [Disposition.DELIVERED] * 2


def test_the_router_takes_an_address_that_nobody_has() -> None:
    taken = sheet(ONE, own={"ipv4": {"before_nat": "203.0.113.254"}})
    made = join(taken, sheet(TWO, **FAR))
    assert str(made.host_addresses()["between"][0]) == "203.0.113.253"


def test_calls_over_ipv6_use_those_addresses() -> None:
    both = [
        sheet(each, own={"ipv6": {"before_nat": f"2001:db8::{number}"}}, link={"over": "ipv6"})
        for number, each in enumerate((ONE, TWO), 1)
    ]
    made = join(*both)
    assert str(made.mtas["ONE"].connectors[0].stack.address) == "2001:db8::2"
    assert became(*both) == [Disposition.DELIVERED] * 2


def test_each_connector_names_its_own_proxy_or_the_far_outside() -> None:
    """Q199326: the far centre sees the proxy, and calls it."""
    behind = sheet(ONE, firewalls=[PROXY])
    made = join(behind, sheet(TWO, **FAR))
    assert str(made.mtas["ONE"].connectors[0].stack.address) == "203.0.113.1"
    assert str(made.mtas["TWO"].connectors[0].stack.address) == "192.0.2.1"
    assert became(behind, sheet(TWO, **FAR)) == [Disposition.DELIVERED] * 2


def test_transparency_makes_the_seed() -> None:
    """Q196381: mail of the far centre waits until this one calls."""
    behind = sheet(ONE, firewalls=[{**PROXY, "client_side_transparency": True}])
    assert became(behind, sheet(TWO, **FAR)) == [Disposition.DELIVERED, Disposition.COLLECTED]


def test_two_proxies_in_a_row_pass_it_on() -> None:
    outer = {"method": "proxy", "inside": "192.0.2.2", "outside": "198.51.100.1"}
    behind = sheet(ONE, firewalls=[PROXY, outer])
    assert became(behind, sheet(TWO, **FAR)) == [Disposition.DELIVERED] * 2


def test_a_firewall_that_passes_packets_is_a_router() -> None:
    behind = sheet(ONE, firewalls=[{**PROXY, "method": "pass-through"}])
    made = join(behind, sheet(TWO, **FAR))
    assert [each.engine for each in made.firewalls.values()] == ["router", "router"]
    assert became(behind, sheet(TWO, **FAR)) == [Disposition.DELIVERED] * 2


NAT = {**PROXY, "method": "nat"}


@pytest.mark.parametrize("outer", [[], [{**NAT, "inside": "192.0.2.2", "outside": "192.0.1.2"}]])
def test_a_firewall_with_nat_is_known_by_its_outside(
    outer: list[dict[str, str]], needs_netns: Callable[[], None]
) -> None:
    """The Stack page names the far centre itself, for the firewall opens no connection."""
    needs_netns()  # where nftables reads the rules
    firewalls = [NAT, *outer]
    outside = firewalls[-1]["outside"]
    addresses = {"before_nat": "203.0.113.10", "after_nat": outside}
    behind = sheet(ONE, own={"ipv4": addresses}, firewalls=firewalls)
    far = sheet(TWO, **FAR)
    made = join(behind, far)
    assert {made.firewalls[name].engine for name in made.foreign()} == {"nftables"}
    assert str(made.mtas["ONE"].connectors[0].stack.address) == "198.51.100.10"
    assert str(made.mtas["TWO"].connectors[0].stack.address) == outside
    flows = flows_of(made, NOW)
    assert [each.disposition for each in flows] == [Disposition.DELIVERED] * 2
    assert [{*map(str, each.sources.values())} for each in flows] == [{outside}, {"198.51.100.10"}]


def test_a_proxy_inside_a_firewall_with_nat_leads_to_the_mta(
    needs_netns: Callable[[], None],
) -> None:
    needs_netns()
    outer = {**NAT, "inside": "192.0.2.2", "outside": "192.0.1.2"}
    behind = sheet(ONE, firewalls=[PROXY, outer])
    made = join(behind, sheet(TWO, **FAR))
    assert str(made.mtas["ONE"].connectors[0].stack.address) == "203.0.113.1"
    assert "dnat to 192.0.2.1\n" in made.foreign()["ONE-firewall-2"].text
    assert became(behind, sheet(TWO, **FAR)) == [Disposition.DELIVERED] * 2


def test_packets_show_the_address_after_nat(
    tmp_path: Path, lab_name: Callable[[str], str], needs_netns: Callable[[], None]
) -> None:
    """TWO has the address before NAT for ONE in the second proof: it refuses ONE's calls."""
    needs_netns()
    behind = sheet(ONE, firewalls=[NAT])
    for named, delivered in (("192.0.2.1", True), ("203.0.113.10", False)):
        file = tmp_path / "link.yaml"
        far = sheet(TWO, **FAR, peer={"address": named})
        file.write_text(as_yaml(join(behind, far)), "utf-8")
        topology = load_topology(file)
        name = lab_name(topology.name)
        proof = prove(topology, backend("netns"), tmp_path / name, NOW, name=name)
        assert [each for flow in proof.flows for each in flow.lines if each.agrees is False] == []
        first = {each.what: each.observed for each in proof.flows[0].lines}
        assert first["source seen by TWO"] == "192.0.2.1"
        assert (first["ONE calls over TWO"] == "accepted") is delivered
        assert proof.agrees


def test_packets_show_that_empty_is_no_space_and_hex_is_text(
    tmp_path: Path, lab_name: Callable[[str], str]
) -> None:
    """Through a proxy: ONE has an empty password, for which TWO has a space in the second proof."""
    selectors = {"t": "hex:00ff", "s": "text:S", "p": "blank"}
    behind = sheet(ONE, own={"password": "", "selectors": selectors}, firewalls=[PROXY])
    alike = {"t": "hex:00ff", "s": "hex:53"}
    for password, delivered in (("", True), (" ", False)):
        far = sheet(TWO, **FAR, peer={"password": password, "selectors": alike})
        file = tmp_path / "link.yaml"  # places are compared, too: a file has lines
        file.write_text(as_yaml(join(behind, far)), "utf-8")
        topology = load_topology(file)
        name = lab_name(topology.name)
        proof = prove(topology, backend("loopback"), tmp_path / name, NOW, name=name)
        lines = [line for flow in proof.flows for line in flow.lines if line.agrees is False]
        assert lines == []
        assert (proof.agrees, proof.delivered) == (True, delivered)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (ONE, "need names of their own"),
        (sheet(TWO, centre="one"), "need names of their own"),
        (sheet(TWO, centre="between"), "need names of their own"),
        (sheet(TWO, own={"domain": ONE.own.domain.model_dump()}), "give each an own.organization"),
        (
            sheet(TWO, own={"ipv6": {"before_nat": "2001:db8::2"}}, link={"over": "ipv6"}),
            "link.over: ONE says ipv4, TWO says ipv6",
        ),
        (sheet(TWO, own={"ipv4": {"before_nat": "203.0.113.10"}}), "is taken by"),
    ],
)
def test_what_cannot_be_joined_is_said(other: Sheet, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        join(ONE, other)
