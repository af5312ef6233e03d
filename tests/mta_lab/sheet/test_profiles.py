"""What is known of other MTAs, and what a connector to one has by it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from labkit.config import ConfigurationError, dump
from mta_emu.decode.dissector import dissect
from mta_emu.mta.policy.names import source_address
from mta_emu.osi.rtse.primitives import Mode
from mta_lab.backends.registry import backend
from mta_lab.rehearsal.proof.proof import ProvedFlow
from mta_lab.rehearsal.proof.prove import prove
from mta_lab.rehearsal.report import flows_of
from mta_lab.sheet.joining import join
from mta_lab.sheet.profiles import PROFILES, Dialogue, ProfileName, not_spoken
from mta_lab.sheet.sheet import load_sheet
from mta_lab.topology.changed import with_settings
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.files import Topology
from tests.mta_lab.sheet.sheets import ONE, TWO, sheet

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_every_name_has_a_profile() -> None:
    assert {*PROFILES} == {*ProfileName}
    assert all(each.known for each in PROFILES.values())


@pytest.mark.parametrize(
    ("name", "dialogue_mode", "mode", "wrong"),
    [
        ("exchange", "two-way-alternate", "1984", {}),
        ("pp", "two-way-alternate", "1988-normal", {}),
        ("hp-nonstop", "two-way-alternate", "1988-normal", {"dialogue_mode": "monologue"}),
        ("hp-nonstop", "monologue", "1988-normal", {}),
        ("openmail", "monologue", "1988-normal", {"conformance": "1988-x410 or 1984"}),
        ("openmail", "two-way-alternate", "1984", {}),
    ],
)
def test_what_is_not_spoken_names_what_is(
    name: str, dialogue_mode: str, mode: str, wrong: dict[str, str]
) -> None:
    profile = PROFILES[ProfileName(name)]
    assert dict(not_spoken(profile, Dialogue(dialogue_mode), Mode(mode))) == wrong


def test_a_sheet_that_its_peer_does_not_speak_is_refused(tmp_path: Path) -> None:
    dump(sheet(ONE, peer={"profile": "openmail"}), tmp_path / "x.yaml")
    with pytest.raises(ConfigurationError, match="must be 1988-x410 or 1984"):
        load_sheet(tmp_path / "x.yaml")


@pytest.mark.parametrize("name", ProfileName)
def test_a_connector_to_one_has_the_presets_and_delivers(name: ProfileName) -> None:
    profile = PROFILES[name]
    link = {
        "dialogue_mode": profile.dialogue_modes[0],
        "conformance": profile.conformances[0].value,
    }
    first = sheet(ONE, peer={"profile": name}, link=link)
    made = join(first, sheet(TWO, link=link))
    (connector,) = made.mtas["ONE"].connectors
    assert connector.advanced.allow_exchange_contents is (name == "exchange")
    assert connector.general.remote_clients_support_mapi is (name == "exchange")
    moved = [each.disposition.moves for each in flows_of(made, NOW)]
    assert moved == [True, True]


@pytest.mark.parametrize("name", ["pp", "hp-nonstop"])
def test_calls_come_from_one_address_where_the_peer_knows_callers_by_it(name: str) -> None:
    link = {"dialogue_mode": "monologue"}
    both = {"ipv6": {"before_nat": "2001:db8::1"}}
    made = join(sheet(ONE, own=both, peer={"profile": name}, link=link), sheet(TWO, link=link))
    config = made.mtas["ONE"]
    override = config.server.registry.stack_ip_address_override
    assert {key: str(value) for key, value in override.items()} == {"TWO": "203.0.113.10"}
    assert "Override" in source_address(config, config.connectors[0], 1).reason.text
    assert [each.disposition for each in flows_of(made, NOW)] == [Disposition.DELIVERED] * 2


# What each preset does, on packets

Name = Callable[[str], str]


def link_to(name: ProfileName) -> dict[str, str]:
    """The link that a new sheet has for such a peer."""
    profile = PROFILES[name]
    return {
        "dialogue_mode": profile.dialogue_modes[0],
        "conformance": profile.conformances[0].value,
    }


def played(topology: Topology, captures: Path, name: Name) -> dict[str, ProvedFlow]:
    """What packets show of the mail of each centre, which is as predicted."""
    proof = prove(topology, backend("loopback"), captures, NOW, name=name(topology.name))
    assert [line for flow in proof.flows for line in flow.lines if line.agrees is False] == []
    return {flow.sender: flow for flow in proof.flows}


def said(flow: ProvedFlow) -> dict[str, dict[str, Any]]:
    """What the first caller says in the PDUs that open its association."""
    port = int(flow.decode_as.partition("==")[2].partition(",")[0]) if flow.decode_as else 102
    association, *_ = dissect(Path(flow.capture), (port,))
    found: dict[str, dict[str, Any]] = {}
    for step in association.steps:
        for layer in step.layers:
            found.setdefault(layer.pdu, layer.parameters)
    return found


@pytest.mark.parametrize(
    ("profile", "mode", "dialogue_mode"),
    [
        ("exchange", "normal", "two-way alternate"),
        ("pp", "normal", "two-way alternate"),
        ("hp-nonstop", "normal", "monologue"),
        ("openmail", "x410-1984", "two-way alternate"),
    ],
)
def test_packets_show_the_mode_and_the_dialogue_that_the_peer_speaks(
    profile: str, mode: str, dialogue_mode: str, tmp_path: Path, lab_name: Name
) -> None:
    """X.410 mode has no association control below RTSE."""
    name = ProfileName(profile)
    link = link_to(name)
    made = join(sheet(ONE, peer={"profile": name}, link=link), sheet(TWO, link=link))
    for flow in played(made, tmp_path, lab_name).values():
        assert flow.observed is Disposition.DELIVERED
        opening = said(flow)
        assert opening["CP"]["mode"] == mode
        assert opening["RTORQ"]["dialogue_mode"] == dialogue_mode
        assert ("AARQ" in opening) is (mode == "normal")


@pytest.mark.parametrize("name", ProfileName)
def test_packets_show_whether_the_case_of_a_name_matters(
    name: ProfileName, tmp_path: Path, lab_name: Name
) -> None:
    """Between Exchange servers it does not (Q165111), towards others it does (Q169159)."""
    link = link_to(name)
    made = join(
        sheet(ONE, peer={"profile": name, "mta_name": "two"}, link=link), sheet(TWO, link=link)
    )
    flow = played(made, tmp_path, lab_name)["TWO"]
    called = next(line for line in flow.lines if " calls over " in line.what)
    assert called.observed == ("accepted" if name == "exchange" else "refused")
    events = {line.what: line.observed for line in flow.lines}
    assert events.get("events of ONE") == (None if name == "exchange" else "51")


@pytest.mark.parametrize("name", ProfileName)
def test_packets_show_that_all_calls_come_from_the_address_that_the_peer_knows(
    name: ProfileName, tmp_path: Path, lab_name: Name
) -> None:
    """The host has got a new address, and the agreed one besides (Q197378)."""
    link = link_to(name)
    made = join(sheet(ONE, peer={"profile": name}, link=link), sheet(TWO, link=link))
    multihomed = with_settings(
        made,
        {
            "ONE.server.transport_stack.address": "203.0.113.11",
            "ONE.server.transport_stack.other_addresses": ["203.0.113.10"],
        },
    )
    lines = played(multihomed, tmp_path, lab_name)["ONE"].lines
    found = {line.what: line.observed for line in lines}
    assert found["ONE calls over TWO"] == ("accepted" if PROFILES[name].one_address else "refused")
    agreed = "203.0.113.10" if PROFILES[name].one_address else "203.0.113.11"
    assert found["source seen by TWO"] == agreed
