"""Reliable transfer from between its ends: what was agreed, and what goes against it."""

from typing import Any

import pytest

from mta_emu.decode.presentation import RTSE_SYNTAX, Presentation, Value
from mta_emu.decode.rtse import Reading, Rtse, apdu
from mta_emu.decode.steps import Complaint, Kind, Severity, Side
from mta_emu.decode.x410 import Apdu
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.session.spdu import Pi, Spdu, Unit

CALLING, CALLED = Side
OPEN = ("open", b"\x05\x00")


def read(rtse: Rtse, spdu: Spdu, name: str = "", value: Any = None, **about: Any) -> Reading:
    """Read an SPDU with an APDU, or with parameters."""
    unit = Unit(spdu, about.get("parameters", {}))
    found = Apdu(name, value) if name else None
    return rtse.read(about.get("sender", CALLING), unit, found)


def rtorq(checkpoint: int = 1, window: int = 3, mode: int = 1, **more: Any) -> dict[str, Any]:
    sizes = {"checkpointSize": checkpoint, "windowSize": window}
    return sizes | {"dialogueMode": mode, "connectionDataRQ": OPEN} | more


def rtoac(checkpoint: int = 1, window: int = 3) -> dict[str, Any]:
    return {"checkpointSize": checkpoint, "windowSize": window, "connectionDataAC": OPEN}


def agreed(checkpoint: int = 1, window: int = 3, mode: int = 1) -> Rtse:
    """An open association in an activity."""
    rtse = Rtse(None, complete=True)
    read(rtse, Spdu.CN, "rtorq-apdu", rtorq(checkpoint, window, mode))
    read(rtse, Spdu.AC, "rtoac-apdu", rtoac(checkpoint, window), sender=CALLED)
    read(rtse, Spdu.AS)
    return rtse


def checkpoint(rtse: Rtse, serial: int) -> Reading:
    return read(rtse, Spdu.MIP, parameters={Pi.SERIAL_NUMBER: str(serial).encode()})


def confirm(rtse: Rtse, serial: int) -> Reading:
    parameters = {Pi.SERIAL_NUMBER: str(serial).encode()}
    return read(rtse, Spdu.MIA, parameters=parameters, sender=CALLED)


# Opening


def test_a_request_and_its_answer() -> None:
    rtse = Rtse(None, complete=True)
    asked = read(rtse, Spdu.CN, "rtorq-apdu", rtorq(63, 5, 0))
    assert asked.layer
    assert asked.layer.parameters == {
        "dialogue_mode": "monologue",
        "checkpoint_size": 63,
        "window_size": 5,
        "connection_data": "open",
    }
    assert (asked.layer.kind, asked.bind) == (Kind.REQUEST, b"\x05\x00")
    answered = read(rtse, Spdu.AC, "rtoac-apdu", rtoac(30, 3))
    assert answered.layer
    assert answered.layer.summary == "accepted, checkpoint size 30 KB, window 3"
    assert answered.complaints == []
    assert answered.note == ""


@pytest.mark.parametrize(
    ("proposed", "answered", "texts", "note"),
    [
        ((1, 3), (2, 3), ["checkpoint size 2: at most the 1 that was proposed"], ""),
        ((1, 3), (1, 4), ["window 4: at most the 3 that was proposed"], ""),
        ((30, 5), (0, 5), [], ""),
        (
            (0, 3),
            (7, 3),
            [],
            "checkpoint size 7 KB is agreed: the proposed 0 left the choice to the called side",
        ),
        ((0, 3), (0, 3), [], ""),
    ],
)
def test_what_is_answered(
    proposed: tuple[int, int], answered: tuple[int, int], texts: list[str], note: str
) -> None:
    rtse = Rtse(None, complete=True)
    read(rtse, Spdu.CN, "rtorq-apdu", rtorq(*proposed))
    reading = read(rtse, Spdu.AC, "rtoac-apdu", rtoac(*answered))
    assert [each.text for each in reading.complaints] == texts
    assert reading.note == note


def test_an_application_protocol_with_its_octets_swapped_is_a_deviation() -> None:
    rtse = Rtse(None, complete=True)
    reading = read(rtse, Spdu.CN, "rtorq-apdu", rtorq(applicationProtocol=3072))
    (complaint,) = reading.complaints
    assert complaint.severity is Severity.DEVIATION
    assert complaint.text.startswith("application protocol 3072: 12 with its octets swapped")
    assert rtse.application_protocol == 3072


def test_a_refusal() -> None:
    reading = read(Rtse(None, complete=True), Spdu.RF, "rtorj-apdu", {"refuseReason": 2})
    assert reading.layer
    assert reading.layer.summary == "refused: validation failure"
    assert reading.layer.parameters["refuse_reason"] == 2


@pytest.mark.parametrize(
    ("reason", "primitive", "text"),
    [
        (6, "RT-U-ABORT", "user error"),
        (4, "RT-P-ABORT", "protocol error"),
        (9, "RT-P-ABORT", "reason 9"),
    ],
)
def test_aborts(reason: int, primitive: str, text: str) -> None:
    reading = read(Rtse(None, complete=True), Spdu.AB, "rtab-apdu", {"abortReason": reason})
    assert reading.layer
    assert (reading.layer.primitive, reading.layer.summary) == (primitive, text)


# Transfer


@pytest.mark.parametrize(
    ("count", "severity"),
    [(3, None), (4, Severity.DEVIATION), (6, Severity.DEVIATION), (7, Severity.BROKEN)],
)
def test_the_window(count: int, severity: Severity | None) -> None:
    rtse = agreed()
    last = [checkpoint(rtse, serial) for serial in range(1, count + 1)][-1]
    assert [each.severity for each in last.complaints] == [severity] * (severity is not None)
    confirm(rtse, count)
    assert checkpoint(rtse, count + 1).complaints == []


def test_confirmations_cost_no_more_than_what_they_confirm() -> None:
    """A window of any size: a confirmation looks only at the checkpoints that it takes away."""
    rtse = agreed(window=1 << 20)
    for serial in range(1, 20_001):
        checkpoint(rtse, serial)
        confirm(rtse, serial - 10_000)
    assert len(rtse._unconfirmed) == 10_000


def test_a_checkpoint_where_none_was_agreed() -> None:
    (complaint,) = checkpoint(agreed(checkpoint=0), 1).complaints
    assert complaint == Complaint("rtse", "a checkpoint, and none were agreed (checkpoint size 0)")


def test_octets_without_a_checkpoint() -> None:
    rtse = agreed()
    assert read(rtse, Spdu.DT, "rttr-apdu", bytes(1024)).complaints == []
    (complaint,) = read(rtse, Spdu.DT, "rttr-apdu", b"x").complaints
    assert complaint.text == "1025 octets without a checkpoint: at most 1024 were agreed"
    checkpoint(rtse, 1)
    assert read(rtse, Spdu.DT, "rttr-apdu", bytes(1024)).complaints == []


@pytest.mark.parametrize("mode", [0, 1])
def test_only_two_way_alternate_has_a_turn(mode: int) -> None:
    rtse = agreed(mode=mode)
    complaints = read(rtse, Spdu.PT, "rttp-apdu", 3).complaints + read(rtse, Spdu.GTC).complaints
    assert [each.text.partition(",")[0] for each in complaints] == (
        [] if mode else ["asks for the turn", "gives the turn"]
    )


@pytest.mark.parametrize(("sender", "count"), [(CALLING, 0), (CALLED, 1)])
def test_only_the_initiator_releases(sender: Side, count: int) -> None:
    assert len(read(agreed(), Spdu.FN, sender=sender).complaints) == count


def test_what_the_capture_lacks_decides_nothing() -> None:
    for rtse in (Rtse(None, complete=False), agreed(0, 3, 0)):
        rtse.lost()
        read(rtse, Spdu.CN, "rtorq-apdu", rtorq(1, 3, 0))
        readings = [
            read(rtse, Spdu.AC, "rtoac-apdu", rtoac(9, 9)),
            checkpoint(rtse, 1),
            read(rtse, Spdu.DT, "rttr-apdu", bytes(99_999)),
            read(rtse, Spdu.GTC),
            read(rtse, Spdu.FN, sender=CALLED),
        ]
        assert [each.complaints for each in readings] == [[]] * 5


# What lies around APDUs in normal mode


def connected() -> Presentation:
    """Contexts 1 for ACSE, 3 for RTSE."""
    presentation = Presentation()
    presentation._in_use = {1: "2.2.1.0.1", 3: RTSE_SYNTAX}
    return presentation


@pytest.mark.parametrize(
    ("octets", "piece", "complaint"),
    [
        ("28 07 02 01 03 a0 02 05 00", "05 00", ""),
        ("28 80 02 01 03 a0 80 05 00 00 00 00 00", "05 00", ""),
        ("28 07 02 01 63 a0 02 05 00", "05 00", "an EXTERNAL in context 99: in use are 1, 3"),
        ("04 02 05 00", "", "BER tag 0x04 where an EXTERNAL must be"),
    ],
)
def test_externals(octets: str, piece: str, complaint: str) -> None:
    rtse = Rtse(connected(), complete=True)
    read(rtse, Spdu.AS)
    reading = read(rtse, Spdu.DT, "rttr-apdu", bytes.fromhex(octets))
    assert reading.piece == bytes.fromhex(piece)
    assert [each.text for each in reading.complaints] == [complaint] * bool(complaint)
    assert reading.unreadable is (not piece)


def values(octets: str) -> list[Value]:
    return [Value(3, RTSE_SYNTAX, bytes.fromhex(octets))]


def test_apdus_of_spdus() -> None:
    assert apdu(Spdu.FN, []) is None
    assert apdu(Spdu.AB, values("b6 03 80 01 04")) == ("rtab-apdu", {"abortReason": 4}, "")


def test_pps_tag_of_an_abort_is_a_deviation() -> None:
    found = apdu(Spdu.AB, values("36 03 80 01 04"))
    assert found
    assert found.value == {"abortReason": 4}
    assert found.deviation.startswith("RTAB with the tag 0x36")
    reading = Rtse(None, complete=True).read(CALLED, Unit(Spdu.AB), found)
    assert [each.severity for each in reading.complaints] == [Severity.DEVIATION]


@pytest.mark.parametrize(
    ("spdu", "octets", "text"),
    [
        (Spdu.DT, "b6 03 80 01 04", "RTAB in an SPDU DT: must be RTTR"),
        (Spdu.FN, "b6 03 80 01 04", "1 values of RTSE in an SPDU FN"),
        (Spdu.AB, "05 00", "not a RTSE-apdus"),
    ],
)
def test_apdus_in_the_wrong_spdu(spdu: Spdu, octets: str, text: str) -> None:
    with pytest.raises(ProtocolError, match=text):
        apdu(spdu, values(octets))
