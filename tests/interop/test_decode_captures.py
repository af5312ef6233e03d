"""Our decoder on traffic that nobody here sent: the same as Wireshark sees, and judged right."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from mta_emu.decode.dissector import dissect, examine
from mta_emu.decode.joining import chains
from mta_emu.decode.steps import Severity, Side
from tests.shared import shared

CAPTURES = shared("captures")
PORT = 10102
PEERS = sorted((CAPTURES / "peer").glob("*.pcap"))

EXPLICIT = (
    "mts: types of extensions with EXPLICIT tags, as PP writes them: "
    "content-correlator, internal-trace-information"
)
WINDOW = (
    "rtse: 4 checkpoints wait for their confirmation: at most the window of 3; ISODE sets one more"
)
#: What the peers' captures hold that is not as the standards have it: who, and what.
DEVIATIONS: dict[str, list[tuple[Side, str]]] = {
    "pp_msg_88n_100k": [(Side.CALLING, WINDOW), (Side.CALLING, EXPLICIT)],
    "pp_original_extension_encoding_to_emu_88n": [(Side.CALLING, EXPLICIT)] * 2,
    "m2_pp_to_emu_88n_twa": [
        (
            Side.CALLED,
            "rtse: RTAB with the tag 0x36, as PP writes it: must be 0xb6, context-specific",
        )
    ],
}
BROKEN: dict[str, list[tuple[Side, str]]] = {
    "isode_rtse_garbage_to_emu_exception_report": [
        (Side.CALLING, "rtse: BER tag 0x04 where an EXTERNAL must be")
    ],
}
#: How often a proposed checkpoint size of 0 is answered with another: legal, and a note.
CHOSEN = {"ping_emu_to_pp_checkpoint0": 6, "connector_checkpoint_size_0_to_pp": 4}


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


@pytest.mark.parametrize("path", PEERS, ids=lambda path: path.stem)
def test_what_peers_do_is_judged_right(path: Path) -> None:
    found = examine(path)
    said = [
        (finding.severity, finding.sender, f"{finding.layer}: {finding.text}")
        for association in found.associations
        for finding in association.findings
    ]
    assert said == [
        (severity, sender, text)
        for severity, known in ((Severity.DEVIATION, DEVIATIONS), (Severity.BROKEN, BROKEN))
        for sender, text in known.get(path.stem, [])
    ]
    notes = Counter(
        note.text.partition(":")[0]
        for association in found.associations
        for note in association.notes
    )
    assert notes["checkpoint size 7 KB is agreed"] == CHOSEN.get(path.stem, 0)
    assert {each.user.name for each in found.others} <= {"another OSI application"}
    assert {each.user.sign for each in found.others} <= {
        "application context 0.9.2342.60200172.200.1"  # of PP's own queue manager
    }


@pytest.mark.parametrize("path", PEERS, ids=lambda path: path.stem)
def test_every_frame_of_peers_is_as_wireshark_sees_it(
    path: Path, agree_with_tshark: Callable[..., int]
) -> None:
    port = 10104 if path.stem == "pp_msg_88n_100k" else 102
    assert agree_with_tshark(path, port, forgetful=True) > 0


@pytest.mark.parametrize(
    ("name", "joined"),
    [
        ("seed_isode_rtse_twa_pickup_88n", [[1, 2], [3, 4]]),
        ("seed_pp_inside_88n_transparency_on", [[1, 2], [3, 4]]),
        ("bind_refusals_isode_to_emu", [[each] for each in range(1, 9)]),
    ],
)
def test_calls_through_our_firewall_are_joined(name: str, joined: list[list[int]]) -> None:
    found = examine(CAPTURES / "peer" / f"{name}.pcap").associations
    numbers = {id(each): number for number, each in enumerate(found, 1)}
    assert [[numbers[id(leg)] for leg in chain] for chain in chains(found)] == joined
