"""Associations between two real stacks, and what goes wrong when one of them is not."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mta_emu.decode.association import Association
from mta_emu.decode.dissector import dissect
from mta_emu.decode.steps import Severity, Side
from mta_emu.mts import envelope, ipm
from mta_emu.mts.apdu import message_prefix
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.fields import Priority
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.text import IA5Text
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.subject import Recipient
from mta_emu.osi import ber
from mta_emu.osi.rtse.primitives import (
    DialogueMode,
    Mode,
    RtOpenReject,
    RtTurnGive,
    RtTurnPlease,
    RtUAbort,
)
from mta_emu.osi.session.spdu import Pi, Spdu, Unit

CALLING, CALLED = Side
SENDER = ORAddress.parse("C=US;A= ;P=Contoso;O=Outside;S=Jones")
READERS = [ORAddress.parse(f"C=US;A= ;P=Contoso;O=Inside;S={name}") for name in ("Smith", "Wu")]


def message(text: str = "Hello.", subject: str = "A subject") -> bytes:
    content = ipm.encode(
        InterpersonalMessage.of("1", SENDER, tuple(READERS), subject, (IA5Text(text),))
    )
    fields = Envelope(
        identifier=MtsIdentifier(GlobalDomain("US", " ", "Contoso"), "EXTERNAL-1"),
        originator=SENDER,
        recipients=tuple(Recipient(each, number) for number, each in enumerate(READERS, 1)),
        priority=Priority.URGENT,
    ).passed(GlobalDomain("US", " ", "Contoso"), "EXTERNAL", datetime(1999, 3, 1, tzinfo=UTC))
    return message_prefix(envelope.encode(fields), len(content)) + content


@pytest.fixture
def decoded(save: Callable[..., Path]) -> Callable[..., Association]:
    def decode(said: Any) -> Association:
        (association,) = dissect(save(said))
        return association

    return decode


def tops(association: Association) -> list[str]:
    """What each step is to the highest layer, without those below the session."""
    return [
        step.layers[-1].primitive
        for step in association.steps
        if step.layers[-1].name not in ("network", "transport")
    ]


def parameters(association: Association, primitive: str, nth: int = 0) -> dict[str, Any]:
    found = [
        layer for step in association.steps for layer in step.layers if layer.primitive == primitive
    ]
    return found[nth].parameters


def texts(association: Association) -> list[tuple[str, str]]:
    return [(finding.layer, finding.text) for finding in association.findings]


# What is in it


def test_a_whole_association(make_talk: Callable[..., Any], decoded: Callable[..., Any]) -> None:
    association = decoded(make_talk().open().transfer(CALLING, message()).close())
    assert tops(association) == [
        "MTA-BIND",
        "MTA-BIND",
        "S-ACTIVITY-START",
        "RTTR",
        "MESSAGE-TRANSFER",
        "RT-TRANSFER",
        "RT-CLOSE",
        "RT-CLOSE",
    ]
    lowest = [step.layers[0].primitive for step in association.steps]
    assert lowest[:4] == ["N-CONNECT", "N-CONNECT", "T-CONNECT", "T-CONNECT"]
    assert lowest[-3:] == ["T-DISCONNECT", "N-DISCONNECT", "N-DISCONNECT"]
    assert association.mta_names == {CALLING: "EXTERNAL", CALLED: "INTERNAL"}
    assert association.findings == []
    assert association.notes == []


def test_the_connect_from_all_layers(
    make_talk: Callable[..., Any], decoded: Callable[..., Any]
) -> None:
    association = decoded(make_talk().open())
    step = next(step for step in association.steps if step.layers[-1].name == "mts")
    assert [(layer.name, layer.primitive, layer.pdu) for layer in step.layers] == [
        ("transport", "T-DATA", "DT"),
        ("session", "S-CONNECT", "CN"),
        ("presentation", "P-CONNECT", "CP"),
        ("acse", "A-ASSOCIATE", "AARQ"),
        ("rtse", "RT-OPEN", "RTORQ"),
        ("mts", "MTA-BIND", "argument"),
    ]
    assert parameters(association, "S-CONNECT")["functional_units"] == [
        "half-duplex",
        "minor-synchronize",
        "activity-management",
        "exceptions",
    ]
    assert parameters(association, "A-ASSOCIATE")["application_context"] == "2.6.0.1.6"
    assert parameters(association, "RT-OPEN")["dialogue_mode"] == "two-way alternate"
    assert parameters(association, "RT-OPEN", 1)["checkpoint_size"] == 1
    assert parameters(association, "MTA-BIND") == {"mta_name": "EXTERNAL", "password": "secret"}


def test_a_message(make_talk: Callable[..., Any], decoded: Callable[..., Any]) -> None:
    association = decoded(make_talk().open().transfer(CALLING, message()))
    found = parameters(association, "MESSAGE-TRANSFER")
    assert found["mts_identifier"] == "[C=US;A= ;P=Contoso;EXTERNAL-1]"
    assert found["recipients"] == [str(each) for each in READERS]
    assert (found["priority"], found["content_type"]) == ("urgent", "P22")
    assert found["subject"] == "A subject"
    assert found["internal_trace"] == ["EXTERNAL 1999-03-01T00:00:00+00:00"]


@pytest.mark.parametrize("mode", [Mode.X410_1984, Mode.X410_1988])
def test_the_modes_without_a_presentation(
    make_talk: Callable[..., Any], decoded: Callable[..., Any], mode: Mode
) -> None:
    talk = make_talk(mode=mode).open().transfer(CALLING, message("x" * 5000))
    talk.request(CALLED, RtTurnPlease(priority=3))
    talk.request(CALLING, RtTurnGive())
    association = decoded(talk)
    assert association.x410
    connect = next(step for step in association.steps if step.layers[-1].name == "mts")
    assert [layer.pdu for layer in connect.layers] == ["DT", "CN", "CP", "RTORQ", "argument"]
    assert association.mta_names == {CALLING: "EXTERNAL", CALLED: "INTERNAL"}
    assert parameters(association, "MESSAGE-TRANSFER")["subject"] == "A subject"
    assert parameters(association, "RT-TURN-PLEASE") == {"priority": 3}
    assert association.findings == []


def test_another_application_over_reliable_transfer_is_none_of_the_mts(
    make_talk: Callable[..., Any], decoded: Callable[..., Any], save: Callable[..., Path]
) -> None:
    talk = make_talk(mode=Mode.X410_1988).open()
    packet = next(packet for packet in talk.wire.packets if b"\x84\x01\x0c" in bytes(packet))
    packet["TCP"].payload.load = packet["TCP"].payload.load.replace(
        b"\x84\x01\x0c", b"\x84\x01\x4c"
    )
    association = decoded(talk)
    assert parameters(association, "RT-OPEN")["application_protocol"] == 0x4C
    assert "MTA-BIND" not in tops(association)


def test_checkpoints(make_talk: Callable[..., Any], decoded: Callable[..., Any]) -> None:
    association = decoded(make_talk().open().transfer(CALLING, message("x" * 5000)).close())
    points = [
        (step.sender, step.layers[-1].parameters["serial_number"])
        for step in association.steps
        if step.layers[-1].primitive == "S-SYNC-MINOR"
    ]
    assert sorted(number for side, number in points if side is CALLING) == [1, 2, 3, 4, 5]
    assert sorted(number for side, number in points if side is CALLED) == [1, 2, 3, 4, 5]
    assert association.findings == []


def test_the_turn(make_talk: Callable[..., Any], decoded: Callable[..., Any]) -> None:
    talk = make_talk().open()
    talk.request(CALLED, RtTurnPlease(priority=3))
    talk.request(CALLING, RtTurnGive())
    association = decoded(talk.transfer(CALLED, message()))
    assert tops(association)[2:5] == ["RT-TURN-PLEASE", "RT-TURN-GIVE", "GIVE TOKENS ACK"]
    assert parameters(association, "RT-TURN-PLEASE") == {"priority": 3}
    assert association.findings == []


def test_a_refusal_in_words(make_talk: Callable[..., Any], decoded: Callable[..., Any]) -> None:
    talk = make_talk()
    talk.wire.open()
    talk.request(CALLING, talk._opening)
    talk.request(CALLED, RtOpenReject(bytes.fromhex("b2 03 02 01 02")))
    association = decoded(talk)
    assert parameters(association, "MTA-BIND", 1) == {
        "outcome": "refused",
        "error": 2,
        "text": "authentication error",
    }
    assert "called SS-user" in parameters(association, "S-CONNECT", 1)["text"]
    assert association.findings == []


def test_an_abort(make_talk: Callable[..., Any], decoded: Callable[..., Any]) -> None:
    talk = make_talk().open()
    talk.request(CALLED, RtUAbort())
    association = decoded(talk)
    step = association.steps[-2]  # before the DR
    assert [layer.pdu for layer in step.layers] == ["DT", "AB", "ARU", "ABRT", "RTAB"]
    assert association.findings == []


def test_a_cut_connection_is_noted(
    make_talk: Callable[..., Any], decoded: Callable[..., Any]
) -> None:
    talk = make_talk().open()
    talk.wire.close(CALLED, "R")
    association = decoded(talk)
    (note,) = association.notes
    assert note.text == "198.51.100.10:102 reset the TCP connection before the session's end"
    assert association.findings == []


# Captures that lack something


def test_a_gap_is_noted_and_nobody_blamed(
    make_talk: Callable[..., Any], save: Callable[..., Path]
) -> None:
    talk = make_talk().open().transfer(CALLING, message("x" * 9000)).close()
    packets = talk.wire.packets
    for missing in range(11, len(packets) - 8):
        kept = packets[:missing] + packets[missing + 1 :]
        (association,) = dissect(save(kept))
        assert association.findings == [], missing
        assert tops(association)[-1] == "RT-CLOSE"


def test_a_capture_from_the_middle(
    make_talk: Callable[..., Any], save: Callable[..., Path]
) -> None:
    talk = make_talk().open().transfer(CALLING, message()).transfer(CALLING, message()).close()
    for first in range(1, len(talk.wire.packets) - 12):
        (association,) = dissect(save(talk.wire.packets[first:]))
        assert association.findings == [], first
        assert "MESSAGE-TRANSFER" in tops(association)
        assert tops(association)[-1] == "RT-CLOSE"


# Who breaks the protocol, and how


def open_activity(talk: Any) -> None:
    talk.wire.tsdu(CALLING, Unit(Spdu.AS, {Pi.ACTIVITY_IDENTIFIER: b"\x02\x01\x01"}))


RTTR = bytes.fromhex("61 0c 30 0a 02 01 03 a0 05 04 03 280101")
BROKEN: dict[str, tuple[Side, bytes | Unit, bool, str, str]] = {
    "data without the token": (
        CALLED,
        Unit(Spdu.DT, user_data=RTTR),
        False,
        "session",
        "SPDU DT in state data transfer",
    ),
    "an activity without the token": (
        CALLED,
        Unit(Spdu.AS, {Pi.ACTIVITY_IDENTIFIER: b"\x02\x01\x01"}),
        False,
        "session",
        "SPDU AS in state data transfer",
    ),
    "a confirmation of no point": (
        CALLED,
        Unit(Spdu.MIA, {Pi.SERIAL_NUMBER: b"1"}),
        True,
        "session",
        "SPDU MIA in state data transfer",
    ),
    "a point that is not the next": (
        CALLING,
        Unit(Spdu.MIP, {Pi.SERIAL_NUMBER: b"9"}),
        True,
        "session",
        "SPDU MIP in state data transfer",
    ),
    "a release in an activity": (
        CALLING,
        Unit(Spdu.FN),
        True,
        "session",
        "SPDU FN in state data transfer",
    ),
    "an SPDU that does not exist": (
        CALLING,
        b"\x63\x00",
        False,
        "session",
        "SPDU identifier 99: none of category 1",
    ),
    "a value in no context": (
        CALLING,
        Unit(Spdu.DT, user_data=RTTR.replace(b"\x02\x01\x03", b"\x02\x01\x63")),
        True,
        "presentation",
        "a value in context 99: in use are 1, 3, 5",
    ),
    "an AARQ in data": (
        CALLING,
        Unit(
            Spdu.DT,
            user_data=bytes.fromhex("61 12 30 10 02 01 01 a0 0b 6009 a107 0605 5600010600"),
        ),
        True,
        "acse",
        "AARQ in an SPDU DT, which carries none of ACSE",
    ),
    "another APDU where an RTTR must be": (
        CALLING,
        Unit(Spdu.DT, user_data=bytes.fromhex("61 0a 30 08 02 01 03 a0 03 020101")),
        True,
        "rtse",
        "RTTP in an SPDU DT: must be RTTR",
    ),
    "no EXTERNAL in an RTTR": (
        CALLING,
        Unit(Spdu.DT, user_data=RTTR.replace(b"\x28\x01\x01", b"\x30\x01\x01")),
        True,
        "rtse",
        "BER tag 0x30 where an EXTERNAL must be",
    ),
    "an activity that ends before its APDU": (
        CALLING,
        Unit(Spdu.AE, {Pi.SERIAL_NUMBER: b"1"}),
        True,
        "mts",
        "the activity ends before the message does",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_who_broke_the_protocol_and_where(
    make_talk: Callable[..., Any], decoded: Callable[..., Any], name: str
) -> None:
    sender, said, in_activity, layer, text = BROKEN[name]
    talk = make_talk().open()
    if in_activity:
        open_activity(talk)
    talk.wire.tsdu(sender, said)
    frame = len(talk.wire.packets) - 1
    (finding,) = decoded(talk).findings
    assert (finding.frame, finding.sender, finding.layer) == (frame, sender, layer)
    assert finding.text.startswith(text)


@pytest.mark.parametrize(
    ("octets", "layer", "text"),
    [
        (b"\x03\x00\x00\x05\x00\x00\x00\x00", "transport", "TPKT length 5: must be at least 7"),
        (b"\x02\x00\x00\x07\x02\xf0\x80", "transport", "TPKT version 2: must be 3 (RFC 1006 6)"),
        (b"\x03\x00\x00\x07\x09\xf0\x80", "transport", "TPDU length indicator 9 beyond 3 octets"),
        (b"\x03\x00\x00\x08\x03\x30\x00\x00", "transport", "TPDU code 0x30: not one of class 0"),
        (bytes.fromhex("0300000e09e00000708e00c0010b"), "transport", "TPDU 0xe0 in state data"),
    ],
)
def test_below_the_session(
    make_talk: Callable[..., Any],
    decoded: Callable[..., Any],
    octets: bytes,
    layer: str,
    text: str,
) -> None:
    talk = make_talk().open()
    talk.wire.say(CALLING, octets)
    ((found_layer, found_text),) = texts(decoded(talk))
    assert found_layer == layer
    assert found_text.startswith(text)


def test_data_before_the_connection_is_confirmed(
    make_wire: Callable[..., Any], decoded: Callable[..., Any]
) -> None:
    wire = make_wire().open()
    wire.say(CALLING, bytes.fromhex("0300000b06e00000000100"))
    wire.tsdu(CALLING, Unit(Spdu.CN))
    assert texts(decoded(wire)) == [
        ("transport", "DT before the CC: the called transport has not answered yet")
    ]


def checkpoints(talk: Any, count: int) -> None:
    open_activity(talk)
    for number in range(1, count + 1):
        talk.wire.tsdu(CALLING, Unit(Spdu.DT, user_data=RTTR))
        talk.wire.tsdu(CALLING, Unit(Spdu.MIP, {Pi.SERIAL_NUMBER: str(number).encode()}))


@pytest.mark.parametrize(
    ("count", "severity"),
    [(3, None), (4, Severity.DEVIATION), (6, Severity.DEVIATION), (7, Severity.BROKEN)],
)
def test_more_checkpoints_than_the_window(
    make_talk: Callable[..., Any],
    decoded: Callable[..., Any],
    count: int,
    severity: Severity | None,
) -> None:
    talk = make_talk().open()
    checkpoints(talk, count)
    waits = [each for each in decoded(talk).findings if "checkpoints wait" in each.text]
    assert [each.severity for each in waits][-1:] == [severity] * (severity is not None)
    assert all("at most the window of 3" in each.text for each in waits)


def test_checkpoints_that_were_not_agreed(
    make_talk: Callable[..., Any], decoded: Callable[..., Any]
) -> None:
    talk = make_talk(checkpoint_size=0).open()
    checkpoints(talk, 1)
    assert ("rtse", "a checkpoint, and none were agreed (checkpoint size 0)") in texts(
        decoded(talk)
    )


def test_more_octets_than_a_checkpoint_allows(
    make_talk: Callable[..., Any], decoded: Callable[..., Any]
) -> None:
    talk = make_talk().open()
    open_activity(talk)
    value = b"\x02\x01\x03" + ber.tlv(
        b"\xa0", ber.tlv(b"\x04", b"\x28\x80\x02\x01\x05\xa0\x80" + bytes(1018))
    )
    rttr = ber.tlv(b"\x61", ber.tlv(b"\x30", value))
    talk.wire.tsdu(CALLING, Unit(Spdu.DT, user_data=rttr))
    assert ("rtse", "1025 octets without a checkpoint: at most 1024 were agreed") in texts(
        decoded(talk)
    )


def test_a_turn_in_a_monologue(make_talk: Callable[..., Any], decoded: Callable[..., Any]) -> None:
    talk = make_talk(dialogue_mode=DialogueMode.MONOLOGUE).open()
    rttp = bytes.fromhex("61 0a 30 08 02 01 03 a0 03 020100")
    talk.wire.tsdu(CALLED, Unit(Spdu.PT, {Pi.TOKEN_ITEM: b"\x01"}, rttp))
    talk.wire.tsdu(CALLING, Unit(Spdu.GTC))
    assert [text.partition(",")[0] for _, text in texts(decoded(talk))] == [
        "asks for the turn",
        "gives the turn",
    ]


# Which connections are associations


def test_an_association_on_any_port_is_found(
    make_wire: Callable[..., Any], make_talk: Callable[..., Any], save: Callable[..., Path]
) -> None:
    talk = make_talk(make_wire(port=4711)).open().close()
    (association,) = dissect(save(talk))
    assert association.mta_names[CALLED] == "INTERNAL"


def test_another_protocol_on_another_port_is_passed_over(
    make_wire: Callable[..., Any], save: Callable[..., Path]
) -> None:
    path = save(make_wire(port=4711).open().say(CALLING, b"GET / HTTP/1.1\r\n\r\n"))
    assert dissect(path) == []
    (association,) = dissect(path, ports=(4711,))
    assert association.findings


def test_a_connection_that_says_nothing_is_an_association_only_by_its_port(
    make_wire: Callable[..., Any], save: Callable[..., Path]
) -> None:
    wire = make_wire().open()
    wire.close(CALLED, "R")
    (association,) = dissect(save(wire))
    assert [step.layers[0].primitive for step in association.steps] == [
        "N-CONNECT",
        "N-CONNECT",
        "N-DISCONNECT",
    ]
    assert dissect(save(wire), ports=(4711,)) == []
