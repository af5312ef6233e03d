"""Which connections of a capture are the MTAs', which are others', and what is said of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mta_emu.decode.capture import Capture
from mta_emu.decode.dissector import Dissection, Dissector, dissect, examine
from mta_emu.decode.otherusers import UNKNOWN
from mta_emu.decode.steps import Side
from mta_emu.osi.session.spdu import Pi, Spdu, Unit
from mta_emu.osi.tpkt import frame
from tests.mta_emu.decode.conftest import Wire
from tests.mta_emu.decode.rawwire import RawWire
from tests.mta_emu.decode.rawwire import save as save_raw

CALLING, CALLED = Side
CR, CC = frame(bytes.fromhex("06e00000000100")), frame(bytes.fromhex("06d00001000200"))
S7 = bytes.fromhex("32 01 0000 0001 000e 0000 04 01 12 0a 10 02 0001 0001 84 000000")
RDP = frame(bytes.fromhex("0ee00000000000 01 00 0800 03000000"))
T125 = bytes.fromhex("7f 65 82 01 94 04 01 01")


def opened(port: int = 102) -> Wire:
    return Wire(port=port).open()


def osi(port: int, application_context: str) -> Wire:
    """A session connect with an AARQ that names an application context."""
    oid = bytes.fromhex(application_context)
    name = b"\xa1" + bytes((len(oid) + 2, 6, len(oid))) + oid
    aarq = b"\x60" + bytes((len(name),)) + name
    value = b"\x30" + bytes((len(aarq) + 5,)) + b"\x02\x01\x01\xa0" + bytes((len(aarq),)) + aarq
    user_data = b"\x61" + bytes((len(value),)) + value
    contexts = bytes.fromhex("a4 11 30 0f 02 01 01 06 04 52 01 00 01 30 04 06 02 51 01")
    inner = contexts + user_data
    cp = bytes.fromhex("a0 03 80 01 01") + b"\xa2" + bytes((len(inner),)) + inner
    connect = Unit(
        Spdu.CN,
        {Pi.USER_REQUIREMENTS: b"\x00\x02", Pi.VERSION_NUMBER: b"\x02"},  # duplex
        b"\x31" + bytes((len(cp),)) + cp,
    )
    return opened(port).say(CALLING, CR).say(CALLED, CC).tsdu(CALLING, connect)


def others(found: Dissection) -> list[tuple[str, int]]:
    return [(each.user.name, each.number) for each in found.others]


@pytest.mark.parametrize("port", [102, 4711])
@pytest.mark.parametrize(
    ("first", "data", "name"),
    [
        (CR, S7, "S7"),
        (CR, T125, "RDP or T.120"),
        (RDP, None, "RDP"),
    ],
)
def test_others_are_named_and_not_judged(
    save: Callable[..., Path], port: int, first: bytes, data: bytes | None, name: str
) -> None:
    wire = opened(port).say(CALLING, first).say(CALLED, CC)
    if data:
        wire.tsdu(CALLING, data)
    wire.say(CALLED, b"\x16\x03\x01 whatever follows")
    found = examine(save(wire), (102,))
    assert found.associations == []
    assert others(found) == [(name, 1)]
    assert found.broken == 0


@pytest.mark.parametrize(
    ("context", "name"),
    [("28 ca 22 02 03", "MMS"), ("28 c2 7b 01 01", "FTAM"), ("55 03 01", "X.500 DAP")],
)
def test_osi_applications_are_named_by_their_contexts(
    save: Callable[..., Path], context: str, name: str
) -> None:
    found = examine(save(osi(102, context)))
    assert found.associations == []
    assert others(found) == [(name, 1)]


def test_each_user_is_said_once_with_a_count(save: Callable[..., Path]) -> None:
    packets = []
    for isn in (10, 20_000, 400_000):  # three connections between the same ends
        wire = Wire(isn=isn).open().say(CALLING, CR).say(CALLED, CC).tsdu(CALLING, S7)
        packets += wire.packets
    found = examine(save(packets))
    assert others(found) == [("S7", 3)]
    assert str(found.others[0].first.called) == "198.51.100.10:102"


def test_what_begins_like_x400_and_has_no_session_is_judged_only_where_asked(
    save: Callable[..., Path],
) -> None:
    wire = opened(4711).say(CALLING, CR).say(CALLED, CC)
    for _ in range(50):
        wire.tsdu(CALLING, b"\xee no session")
    path = save(wire)
    found = examine(path)
    assert found.associations == []
    assert [each.user for each in found.others] == [UNKNOWN]
    found = examine(path, (4711,))
    (association,) = found.associations
    (finding,) = association.findings
    assert (finding.layer, finding.count) == ("session", 1)
    assert [note.text for note in association.notes] == [
        "49 TSDUs after it are not read",
        "the capture ends before the association does",
    ]


def test_another_s7_from_the_middle(save: Callable[..., Path]) -> None:
    wire = opened().say(CALLING, CR).say(CALLED, CC)
    for _ in range(4):
        wire.tsdu(CALLING, S7).tsdu(CALLED, S7)
    found = examine(save(wire.packets[7:]))
    assert found.associations == []
    assert others(found) == [("S7", 1)]


def test_what_is_not_judged_costs_next_to_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted in SPDUs that are looked at: ten thousand TSDUs of a PLC need none."""
    looked_at: list[Any] = []
    monkeypatch.setattr("mta_emu.decode.association.decode_tsdu", looked_at.append)
    wire = RawWire().open().say(CALLING, CR).say(CALLED, CC)
    for number in range(10_000):
        wire.say((CALLING, CALLED)[number % 2], frame(b"\x02\xf0\x80" + S7))
    found = examine(save_raw(tmp_path / "s7.pcap", wire.packets))
    assert others(found) == [("S7", 1)]
    assert looked_at == []


def test_dissect_gives_the_associations(
    make_talk: Callable[..., Any], save: Callable[..., Path]
) -> None:
    path = save(make_talk().open().close())
    found = examine(path)
    assert [each.mta_names for each in dissect(path)] == [
        each.mta_names for each in found.associations
    ]
    assert (found.complete, found.broken, found.deviations) == (True, 0, 0)


def test_a_capture_that_ends_early_is_not_complete(
    make_talk: Callable[..., Any], save: Callable[..., Path]
) -> None:
    path = save(make_talk().open().close())
    path.write_bytes(path.read_bytes()[:-3])
    assert not examine(path).complete
    assert not examine(save(make_talk().open())).complete


# Captures of one direction


def one_way(talk: Any, side: Side) -> list[Any]:
    source = "203.0.113.10" if side is CALLING else "198.51.100.10"
    return [packet for packet in talk.wire.packets if packet["IP"].src == source]


@pytest.mark.parametrize("port", [102, 4711])
@pytest.mark.parametrize("side", Side)
def test_one_direction_is_read_and_nobody_blamed(
    make_wire: Callable[..., Any],
    make_talk: Callable[..., Any],
    save: Callable[..., Path],
    port: int,
    side: Side,
) -> None:
    talk = make_talk(make_wire(port=port)).open().transfer(CALLING, b"\xa0\x00" * 3).close()
    found = examine(save(one_way(talk, side)))
    (association,) = found.associations
    absent = association.ends[side.other]
    assert [note.text for note in association.notes] == [f"nothing from {absent} is in the capture"]
    assert [each for each in association.findings if each.layer != "mts"] == []
    assert not found.complete
    names = {CALLING: "EXTERNAL", CALLED: "INTERNAL"}
    assert association.mta_names == {side: names[side]}
    assert {step.sender for step in association.steps} == {side}


def test_what_one_direction_shows_by_itself_is_still_judged(
    make_talk: Callable[..., Any], save: Callable[..., Path]
) -> None:
    talk = make_talk().open()
    talk.wire.say(CALLING, b"\x16\x03 no TPKT")
    (association,) = examine(save(one_way(talk, CALLING))).associations
    (finding,) = association.findings
    assert (finding.layer, finding.text) == (
        "transport",
        "TPKT version 22: must be 3 (RFC 1006 6)",
    )


def test_what_is_found_grows_until_the_capture_ends(save: Callable[..., Path]) -> None:
    wire = opened().say(CALLING, CR).say(CALLED, CC)
    for _ in range(50):
        wire.tsdu(CALLING, b"\xee no session")
    capture, dissector = Capture(save(wire)), Dissector()
    steps, frames = [], []
    for segment in capture.segments():
        dissector.feed(segment)
        frames.append(dissector.last_frame)
        steps.append(sum(len(each.steps) for each in dissector.found(capture).associations))
    assert steps == sorted(steps)
    assert frames == [*range(1, len(frames) + 1)]
    (association,) = dissector.found(capture).associations
    assert association.notes == []
    dissector.ended()
    assert "49 TSDUs after it are not read" in [note.text for note in association.notes]
