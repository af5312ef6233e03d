"""Firewalls that forward and forget: what the kernel's settings and a ruleset make of a silence."""

from typing import Any

import pytest

from labkit.config import document_of, parse
from mta_lab.rehearsal.forgetting import LOOSE, TIMEOUT
from mta_lab.rehearsal.play import PredictedPlay, play
from mta_lab.topology.files import Topology
from tests.mta_lab.rehearsal.changed import NOW, lab

FORGOTTEN = "trap-idle-conntrack"


def played(
    *, pause: int = 15, keepalive: int = 60, sysctls: dict[str, Any] | None = None, rule: str = ""
) -> PredictedPlay:
    """The lab's play, with another pause, memory, or a rule more in its chain."""
    topology = lab(FORGOTTEN, f"EXTERNAL.server.transport_stack.keepalive={keepalive}")
    document = document_of(topology)
    document["play"][3]["await"] = {"seconds": pause}
    site = document["firewalls"]["SITE"]
    site["sysctls"] = {TIMEOUT: 10, LOOSE: 0} if sysctls is None else sysctls
    site["text"] = site["text"].replace("ct state new", f"{rule}\nct state new")
    return play(parse(document, Topology, "test"), NOW)


def becomes(found: PredictedPlay) -> list[str]:
    assert (found.not_modelled, found.failed) == ("", [])
    return [each.disposition for each in found.predictions]


def test_mail_after_a_longer_silence_stays_and_the_reason_names_the_setting() -> None:
    found = played()
    assert becomes(found) == ["delivered", "stalled"]
    step = found.predictions[1].legs[0].steps[-1]
    assert step.reason.place
    assert step.reason.place.path.endswith(TIMEOUT)
    assert "SITE has forgotten the connection" in step.reason.text


@pytest.mark.parametrize(
    "changed",
    [
        {"pause": 5},
        {"keepalive": 2},  # of one side is enough
        {"sysctls": {}},  # the kernel's own five days
        {"sysctls": {TIMEOUT: 20, LOOSE: 0}},
    ],
)
def test_mail_within_the_memory_or_with_keepalive_is_delivered(changed: dict[str, Any]) -> None:
    assert becomes(played(**changed)) == ["delivered", "delivered"]


@pytest.mark.parametrize(
    "changed",
    [
        {"sysctls": {TIMEOUT: 10}},  # the kernel picks connections up again
        {"sysctls": {TIMEOUT: 10, LOOSE: 1}},
        {"rule": "ct state invalid accept"},
        {"rule": "ct state invalid reject"},
        {"rule": 'ct state invalid iifname "inside" accept'},
        {"keepalive": 10},  # at the very second
        {"pause": 130},  # TCP gives the peer up
    ],
)
def test_what_else_a_silence_may_come_to_is_not_modelled(changed: dict[str, Any]) -> None:
    assert TIMEOUT in played(**changed).not_modelled


def test_nobody_says_how_a_forgotten_connection_ends() -> None:
    """Both sides would find out, each at its own time."""
    assert "what becomes of a connection that SITE forgets" in played(pause=301).not_modelled
