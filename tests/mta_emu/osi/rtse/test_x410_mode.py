"""The conformance modes: what RTSE makes of one and the same association in each of them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.osi.rtse.apdus import RefuseReason
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.lower import Associate, ProviderAbort
from mta_emu.osi.rtse.primitives import (
    DialogueMode,
    Mode,
    Octets,
    RtOpen,
    RtOpenAccept,
    RtOpenReject,
    RtPAbort,
    RtRecover,
    RtTransfer,
    RtTurnPlease,
    RtUAbort,
)
from mta_emu.osi.rtse.x410_mode import X410Mode, is_x410
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.primitives import (
    ConnectionIdentifier,
    SConnect,
    SConnectAccept,
    SConnectRefuse,
    SData,
    STokenPlease,
    SUAbort,
)
from mta_emu.osi.tpkt import frame

NULL = b"\x05\x00"
NOBODY = Selectors()
X410_MODES = (Mode.X410_1984, Mode.X410_1988)

#: By hand from X.226 8.2 and X.228 9: SET { [0] SET { [0] 0 }, [1] SET { [0] checkpoint size 63,
#: [2] two-way alternate, [3] { [0] open NULL }, [4] application protocol } }; defaults are left out
CP = "3116 a003800100 a10f 80013f 820101 a304a0020500 8401"
#: the same with [0] checkpoint size 1 and [2] { [0] open NULL }
CPA = "3110 a003800100 a109 800101 a204a0020500"


class Session:
    """Stands for the session connection: keeps what it is asked for."""

    def __init__(self) -> None:
        self.requests: list[Any] = []

    def request(self, primitive: Any) -> None:
        self.requests.append(primitive)


def connect(mode: Mode) -> bytes:
    octets = CP + {Mode.X410_1984: "01", Mode.X410_1988: "0c"}[mode]
    return bytes.fromhex(octets)


@pytest.mark.parametrize("mode", X410_MODES)
def test_golden_connect_and_accept(make_stacks: Any, mode: Mode) -> None:
    stacks = make_stacks(mode=mode)
    stacks.calling.request(
        RtOpen(NOBODY, NOBODY, NULL, DialogueMode.TWO_WAY_ALTERNATE, 63, 3, mode=mode)
    )
    _, (heard,) = stacks.run()
    assert heard.mode is mode
    stacks.called.request(RtOpenAccept(NULL, 1, 3))
    stacks.run()
    wire = b"".join(octets for _, octets in stacks.wire)
    assert connect(mode) in wire
    assert bytes.fromhex(CPA) in wire


@pytest.mark.parametrize("mode", X410_MODES)
def test_transfer_turn_and_release_are_bare(make_stacks: Any, mode: Mode) -> None:
    stacks = make_stacks(mode=mode).open(checkpoint_size=1)
    stacks.wire.clear()
    stacks.calling.request(RtTransfer(Octets(b"\x04\x02hi")))
    assert stacks.secure(stacks.called) == b"\x04\x02hi"
    stacks.called.request(RtTurnPlease(priority=2))
    stacks.run()
    wire = b"".join(octets for _, octets in stacks.wire)
    assert bytes.fromhex("0100 0100") + b"\x04\x02hi" in wire  # GT, DT
    # PT, token item: data; user data: INTEGER 2
    assert bytes.fromhex("02 08 100101 c103 020102") in wire


@pytest.mark.parametrize("mode", X410_MODES)
def test_the_users_refusal_is_a_refuse_reason(make_stacks: Any, mode: Mode) -> None:
    stacks = make_stacks(mode=mode)
    stacks.calling.request(RtOpen(NOBODY, NOBODY, NULL, mode=mode))
    stacks.run()
    stacks.called.request(RtOpenReject(b"\xb2\x03\x02\x01\x02", reason=2))
    assert stacks.run()[0] == [RtOpenReject(b"", "user", 2, permanent=True)]
    # reason code 2 (data follow), CPR: RTORJ { [0] validation failure }
    assert bytes.fromhex("3206 02 3103800102") in stacks.wire[-1][1] + stacks.wire[-2][1]


def test_an_abort_in_x410_mode_is_a_local_problem(make_stacks: Any) -> None:
    stacks = make_stacks(mode=Mode.X410_1984).open()
    stacks.called.request(RtUAbort(NULL))
    ((heard,), _) = stacks.run()
    assert isinstance(heard, RtPAbort)
    assert "reason 0" in heard.reason
    assert any(bytes.fromhex("c105 3103800100") in octets for _, octets in stacks.wire)


@pytest.mark.parametrize("called", Mode)
@pytest.mark.parametrize("calling", Mode)
def test_a_mode_that_is_not_allowed_is_refused(calling: Mode, called: Mode) -> None:
    caller = RtseConnection(initiator=True)
    callee = RtseConnection(initiator=False, modes=(called,))
    caller.request(RtOpen(NOBODY, NOBODY, NULL, mode=calling))
    heard: list[Any] = []
    answers: list[Any] = []
    for _ in range(3):
        heard += callee.receive_data(caller.data_to_send())
        answers += caller.receive_data(callee.data_to_send())
    if calling is called:
        assert [each.mode for each in heard] == [calling]
        assert answers == []
        return
    assert not any(isinstance(each, RtOpen) for each in heard)
    (answer,) = answers
    assert isinstance(answer, RtOpenReject)
    expected = ("presentation", 0) if calling is Mode.NORMAL_1988 else ("user", 2)
    assert (answer.layer, answer.reason) == expected


@pytest.mark.parametrize(
    ("mode", "cpr", "text"),
    [(Mode.NORMAL_1988, "3103800102", "X.410-1984 mode"), (Mode.X410_1984, "3000", "normal mode")],
)
def test_a_refusal_in_the_other_mode_is_understood(
    make_stacks: Any, mode: Mode, cpr: str, text: str
) -> None:
    stacks = make_stacks(mode=mode)
    stacks.calling.request(RtOpen(NOBODY, NOBODY, NULL, mode=mode))
    stacks.run()
    stacks.called.session.request(SConnectRefuse(user_data=bytes.fromhex(cpr)))
    ((answer,), _) = stacks.run()
    assert answer.layer == "presentation"
    assert text in answer.text


def test_without_an_application_protocol_it_is_p1_of_1984() -> None:
    called = X410Mode(Session(), tuple(Mode))  # type: ignore[arg-type]
    cp = bytes.fromhex("310d a003800100 a106 a304a0020500")
    (heard,) = called.indications([SConnect(user_data=cp)])
    assert heard.mode is Mode.X410_1984  # type: ignore[union-attr]


def test_recovery_names_a_session_connection() -> None:
    session = Session()
    x410 = X410Mode(session, tuple(Mode))  # type: ignore[arg-type]
    # [3] { [1] recover { T61String "A", UTCTime, [0] additional "9" } }, [4] 1
    recover = "a317 a115 140141 170d3236313132333231333734365a 800139 840101"
    cp = bytes.fromhex(f"3123 a003800100 a11c {recover}")
    (heard,) = x410.indications([SConnect(user_data=cp)])
    assert heard.rtorq.recover == ConnectionIdentifier(  # type: ignore[union-attr]
        b"\x14\x01A", b"\x17\x0d261123213746Z", b"\x14\x019"
    )
    x410.request(heard)
    assert session.requests[-1].user_data == cp


@pytest.mark.parametrize(
    ("octets", "expected"),
    [("310d a003800100 a106 a304a0020500", True), ("3107 a003800101 a200", False), ("30", False)],
)
def test_the_mode_shows_in_the_connect(octets: str, expected: bool) -> None:
    assert is_x410(bytes.fromhex(octets)) is expected


@given(st.binary(max_size=80))
def test_whatever_comes_never_raises(octets: bytes) -> None:
    for primitive in (SConnect, SConnectAccept, SData, SUAbort):
        X410Mode(Session(), tuple(Mode)).indications([primitive(user_data=octets)])  # type: ignore[arg-type]
    X410Mode(Session(), ()).indications(  # type: ignore[arg-type]
        [STokenPlease(0, octets), SConnectRefuse(2, octets)]  # type: ignore[arg-type]
    )


def test_a_connect_that_is_no_ppdu_is_aborted(make_stacks: Any) -> None:
    called = RtseConnection(initiator=False)
    called.receive_data(frame(bytes.fromhex("06e00000000100")))
    cn = bytes.fromhex("0d09 14020249 c103 0203ff")
    (heard,) = called.receive_data(frame(b"\x02\xf0\x80" + cn))
    assert isinstance(heard, RtPAbort)


@pytest.mark.parametrize(
    ("octets", "mode"),
    [
        ("0c00", Mode.X410_1988),  # ISODE on a little-endian machine: 12 with its octets swapped
        ("000c", Mode.X410_1988),
        ("0100", Mode.X410_1984),
    ],
)
def test_an_application_protocol_may_have_its_octets_swapped(octets: str, mode: Mode) -> None:
    called = X410Mode(Session(), tuple(Mode))  # type: ignore[arg-type]
    # as CP above, with [4] of two octets
    cp = bytes.fromhex("3117 a003800100 a110 80013f 820101 a304a0020500 8402" + octets)
    (heard,) = called.indications([SConnect(user_data=cp)])
    assert isinstance(heard, Associate)
    assert heard.mode is mode
    assert heard.rtorq.application_protocol == int(octets, 16)  # as it came, for who judges it


def test_an_unknown_application_protocol_is_refused() -> None:
    session = Session()
    called = X410Mode(session, tuple(Mode))  # type: ignore[arg-type]
    cp = bytes.fromhex("3116 a003800100 a10f 80013f 820101 a304a0020500 840107")
    (heard,) = called.indications([SConnect(user_data=cp)])
    assert isinstance(heard, ProviderAbort)
    assert "application protocol 7" in heard.reason
    assert session.requests == [SConnectRefuse(user_data=bytes.fromhex("3103800102"))]


@pytest.mark.parametrize(
    ("reason", "permanent"),
    [
        (RefuseReason.BUSY, False),
        (RefuseReason.CANNOT_RECOVER, True),
        (RefuseReason.VALIDATION_FAILURE, True),
        (RefuseReason.UNACCEPTABLE_DIALOGUE_MODE, True),
    ],
)
def test_only_busy_may_pass(
    make_stacks: Any, mode: Mode, reason: RefuseReason, permanent: bool
) -> None:
    """A recovery refused by RTORJ: in normal mode in an AARE that is rejected-permanent."""
    stacks = make_stacks(mode=mode)
    identifier = ConnectionIdentifier(b"\x04\x01A", b"\x17\x0d260101000000Z", b"\x14\x011")
    stacks.calling.request(RtRecover(NOBODY, NOBODY, identifier, identifier, mode))
    stacks.run()
    stacks.called.request(RtOpenReject(reason=reason))
    ((answer,), _) = stacks.run()
    assert (answer.reason, answer.permanent) == (reason, permanent)


def test_a_refusal_of_a_layer_below_may_pass(make_stacks: Any, mode: Mode) -> None:
    stacks = make_stacks(Selectors(session=b"X"), mode)
    stacks.calling.request(RtOpen(Selectors(session=b"Y"), NOBODY, NULL, mode=mode))
    ((answer,), _) = stacks.run()
    assert (answer.layer, answer.permanent) == ("session", False)
