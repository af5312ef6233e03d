"""What is known of other MTAs, and what a connector to one has by it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from labkit.config import ConfigurationError, dump
from mta_emu.mta.policy.names import source_address
from mta_emu.osi.rtse.primitives import Mode
from mta_lab.rehearsal.report import flows_of
from mta_lab.sheet.joining import join
from mta_lab.sheet.profiles import PROFILES, Dialogue, ProfileName, not_spoken
from mta_lab.sheet.sheet import load_sheet
from mta_lab.topology.disposition import Disposition
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
