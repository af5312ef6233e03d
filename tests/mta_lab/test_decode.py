"""Our decoder on the lab's own captures, beside Wireshark."""

from collections.abc import Callable
from typing import Any

import pytest

from mta_emu.decode.dissector import dissect

TOPOLOGIES = (
    "q196381",
    "q196381-tunnel",
    "q196381-second-connector",
    "q196381-transparency-off",
)


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_every_frame_is_as_wireshark_sees_it(
    play: Callable[[str], Any], agree_with_tshark: Callable[..., int], name: str
) -> None:
    played = play(name)
    assert agree_with_tshark(played.capture, played.port) > 20


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_every_association_keeps_the_protocol(play: Callable[[str], Any], name: str) -> None:
    played = play(name)
    associations = dissect(played.capture, (played.port,))
    assert associations
    for association in associations:
        assert association.findings == []
        assert association.notes == []
