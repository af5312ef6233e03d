"""Captures that were once decoded wrong, in ../shared/faults: the right verdict of each."""

from pathlib import Path

import pytest

from mta_emu.decode.dissector import Dissection, examine
from mta_emu.decode.steps import Side
from tests.shared import shared

FAULTS = shared("faults")
ONE_WAY = FAULTS / "06-one-way-capture-is-called-broken"
TPKT = FAULTS / "12-other-tpkt-users-are-judged"
UNOPENED = FAULTS / "13-packets-the-decoder-does-not-open"
MARKUP = FAULTS / "02-rich-markup-crash"


def primitives(found: Dissection) -> list[str]:
    (association,) = found.associations
    return [step.layers[-1].primitive for step in association.steps]


def test_both_directions_of_a_faultless_transfer() -> None:
    found = examine(ONE_WAY / "both.pcap")
    assert (found.broken, found.complete) == (0, True)
    assert primitives(found).count("MESSAGE-TRANSFER") == 2


def test_one_of_them() -> None:
    found = examine(ONE_WAY / "one-direction.pcap")
    (association,) = found.associations
    assert association.findings == []
    assert [note.text for note in association.notes] == [
        "nothing from 127.0.100.88:102 is in the capture"
    ]
    assert primitives(found).count("MESSAGE-TRANSFER") == 2
    assert {step.sender for step in association.steps} == {Side.CALLING}
    assert not found.complete


def test_a_remote_desktop() -> None:
    found = examine(TPKT / "rdp.pcap")
    assert found.associations == []
    assert [(each.user.name, each.number) for each in found.others] == [("RDP", 1)]
    found = examine(TPKT / "rdp.pcap", (3389,))
    assert (found.associations, found.broken) == ([], 0)


@pytest.mark.parametrize("path", sorted(UNOPENED.glob("*.pcap")), ids=lambda path: path.name)
def test_what_lies_in_something_is_opened(path: Path) -> None:
    """The same transfer in each: as it is without a tunnel, and with nothing missing."""
    found = examine(path)
    assert (found.broken, found.complete, found.capture.unread) == (0, True, {})
    assert primitives(found) == primitives(examine(ONE_WAY / "both.pcap"))


def test_an_mta_name_that_looks_like_markup() -> None:
    found = examine(MARKUP / "mta-name.pcap")
    names = {association.mta_names.get(Side.CALLING) for association in found.associations}
    assert "[/x]" in names
