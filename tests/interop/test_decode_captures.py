"""Our decoder on traffic that nobody here sent: the same as Wireshark sees, and judged right."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mta_emu.decode.dissector import dissect

CAPTURES = Path(__file__).parents[3] / "shared" / "captures"
PORT = 10102


@pytest.mark.parametrize("path", sorted(CAPTURES.glob("*.pcap")), ids=lambda path: path.name)
def test_every_frame_is_as_wireshark_sees_it(
    path: Path, agree_with_tshark: Callable[[Path, int], int]
) -> None:
    assert agree_with_tshark(path, PORT) > 0


@pytest.mark.parametrize("path", sorted(CAPTURES.glob("*.pcap")), ids=lambda path: path.name)
def test_real_stacks_keep_the_protocol(path: Path) -> None:
    (association,) = dissect(path)  # found by how it begins: the port is not X.400's
    assert association.findings == []
    assert association.notes == []
    assert association.x410
