import subprocess
from collections.abc import Callable

import pytest

from labkit.errors import ConfigurationError
from mta_lab.engines.nftables import reader
from tests.mta_lab.engines.nftables.rules import FILE, forward, ruleset


@pytest.fixture(autouse=True)
def _root(needs_netns: Callable[[], None]) -> None:
    needs_netns()


def test_rules_have_their_text_file_and_line() -> None:
    found = ruleset(forward("tcp dport 102 accept", "", "ip saddr 203.0.113.50 drop"))
    (chain,) = found.chains.values()
    assert [rule.text for rule in chain.rules] == [
        "tcp dport 102 accept",
        "ip saddr 203.0.113.50 drop",
    ]
    assert [str(rule.place) for rule in chain.rules] == [
        "site.nft:4 inet site forward handle 2",
        "site.nft:6 inet site forward handle 3",
    ]


def test_a_rule_may_name_an_interface_of_the_box() -> None:
    assert ruleset(forward("iif outside accept"))


def test_what_nft_refuses_has_nfts_words_and_the_files_name() -> None:
    with pytest.raises(ConfigurationError, match=f"{FILE}:4:1.*syntax error"):
        ruleset(forward("tpc dport 102 accept"))


def test_no_hook_leads_to_the_chains_of_a_dormant_table() -> None:
    """nft 1.0.6 writes one letter for the flags of a table in its JSON."""
    awake = forward("drop")
    assert [chain.hook for chain in ruleset(awake).chains.values()] == ["forward"]
    dormant = awake.replace("{", "{ flags dormant;", 1)
    assert [chain.hook for chain in ruleset(dormant).chains.values()] == [""]


def test_the_machine_itself_is_left_alone() -> None:
    before = subprocess.run(["nft", "list", "ruleset"], capture_output=True, check=True).stdout
    ruleset(forward("accept"))
    after = subprocess.run(["nft", "list", "ruleset"], capture_output=True, check=True).stdout
    assert before == after


def test_without_root_it_says_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(ConfigurationError, match="needs root"):
        reader.read(forward("accept"), FILE, [])


def test_without_nft_it_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ConfigurationError, match=r"nft.*apt install .*nftables"):
        reader.read(forward("accept"), FILE, [])
