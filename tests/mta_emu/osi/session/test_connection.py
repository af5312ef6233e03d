"""The session protocol machine at work: what the table does not show."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.osi.errors import ServiceMisuse
from mta_emu.osi.session.connection import SessionConnection
from mta_emu.osi.session.machine import State
from mta_emu.osi.session.primitives import (
    ConnectionIdentifier,
    ExceptionReason,
    FunctionalUnit,
    Part,
    SActivityDiscard,
    SActivityDiscardAck,
    SActivityEnd,
    SActivityEndAck,
    SActivityInterrupt,
    SActivityInterruptAck,
    SActivityResume,
    SActivityStart,
    SConnect,
    SConnectAccept,
    SConnectRefuse,
    SControlGive,
    SData,
    SPAbort,
    SRelease,
    SReleaseAccept,
    SSyncMinor,
    SSyncMinorAck,
    STokenGive,
    STokenPlease,
    SUAbort,
    SUExceptionReport,
    Token,
)
from mta_emu.osi.session.spdu import Pi, Spdu, Unit, encode_tsdu
from mta_emu.osi.tpkt import frame
from mta_emu.osi.transport.connection import MAX_TSDU_SIZE, TransportConnection

IDENTIFIER = ConnectionIdentifier(b"\x14\x03ABC", b"\x17\x0d260101000000Z")


def accepted(make_peer: Callable[..., Any], **parameters: bytes) -> tuple[SessionConnection, Any]:
    """A calling session whose CONNECT the peer has accepted, by the parameters of its ACCEPT."""
    session = SessionConnection(initiator=True)
    session.request(SConnect())
    peer = make_peer(session)
    values = {Pi.VERSION_NUMBER: b"\x02", Pi.USER_REQUIREMENTS: b"\x02\x49"}
    peer.send(Unit(Spdu.AC, values | {Pi[name]: value for name, value in parameters.items()}))
    peer.said()
    return session, peer


def test_connect_and_accept_carry_their_parameters(make_pair: Callable[[], Any]) -> None:
    pair = make_pair()
    request = SConnect(
        called_t_selector=b"T1",
        calling_t_selector=b"T2",
        called_s_selector=b"S1",
        calling_s_selector=b"S2",
        identifier=IDENTIFIER,
        user_data=b"hello",
    )
    pair.calling.request(request)
    assert pair.run() == ([], [request])
    response = SConnectAccept(responding_s_selector=b"S1", identifier=IDENTIFIER, user_data=b"hi")
    pair.called.request(response)
    assert pair.run() == ([response], [])
    everything = Token.DATA | Token.MINOR_SYNCHRONIZE | Token.MAJOR_ACTIVITY
    assert (pair.calling.owned_tokens, pair.called.owned_tokens) == (everything, Token(0))


@pytest.mark.parametrize(("size", "version"), [(512, 3), (513, 2), (10240, 2)])
def test_more_than_512_octets_take_version_2(
    make_pair: Callable[[], Any], size: int, version: int
) -> None:
    pair = make_pair()
    pair.calling.request(SConnect(user_data=bytes(size)))
    _, (indication,) = pair.run()
    assert indication.user_data == bytes(size)
    assert pair.called.version == 2
    proposed = b"\x16\x01" + bytes((version,))
    recorder = SessionConnection(initiator=True)
    recorder.request(SConnect(user_data=bytes(size)))
    recorder.data_to_send()
    recorder.receive_data(frame(bytes.fromhex("06 d0 0001 0001 00")))
    assert proposed in recorder.data_to_send()


@pytest.mark.parametrize(
    ("options", "request_", "reason"),
    [
        ({"local_s_selector": b"OURS"}, {"called_s_selector": b"OTHER"}, 129),
        ({"local_s_selector": b"OURS"}, {"called_s_selector": b"OURS"}, None),
        ({"local_s_selector": b"OURS"}, {}, None),
    ],
)
def test_an_unknown_session_selector_is_refused(
    options: dict[str, bytes], request_: dict[str, bytes], reason: int | None
) -> None:
    calling, called = SessionConnection(initiator=True), SessionConnection(False, **options)
    calling.request(SConnect(**request_))
    heard: list[Any] = []
    for _ in range(3):
        called.receive_data(calling.data_to_send())
        heard += calling.receive_data(called.data_to_send())
    if reason is None:
        assert heard == []
        assert called.state is State.STA08
    else:
        assert heard == [SConnectRefuse(reason, text="by the peer's session")]
        assert calling.closed


def test_unknown_versions_are_refused(make_peer: Callable[..., Any]) -> None:
    peer = make_peer(SessionConnection(initiator=False))
    (heard,) = peer.send(Unit(Spdu.CN, {Pi.VERSION_NUMBER: b"\x04"}))
    assert isinstance(heard, SPAbort)
    assert "versions not supported (132)" in heard.reason
    (refusal,) = peer.said()
    assert refusal.spdu is Spdu.RF
    assert refusal.get(Pi.REASON) == b"\x84"  # 128 + 4


def test_a_version_1_caller_gets_version_1(make_peer: Callable[..., Any]) -> None:
    session = SessionConnection(initiator=False)
    peer = make_peer(session)
    (indication,) = peer.send(Unit(Spdu.CN, {Pi.USER_REQUIREMENTS: b"\x02\x49"}))
    assert isinstance(indication, SConnect)
    session.request(SConnectAccept())
    assert peer.said()[0].get(Pi.VERSION_NUMBER) == b"\x01"
    session.request(SUAbort(bytes(10)))  # more than the nine octets that version 1 allows
    assert peer.said()[0].user_data == b""


def test_functional_units_are_those_of_both(make_peer: Callable[..., Any]) -> None:
    session = SessionConnection(initiator=False)
    peer = make_peer(session)
    peer.send(Unit(Spdu.CN, {Pi.VERSION_NUMBER: b"\x02", Pi.USER_REQUIREMENTS: b"\x00\x03"}))
    session.request(SConnectAccept(functional_units=FunctionalUnit.DUPLEX))
    assert peer.said()[0].get(Pi.USER_REQUIREMENTS) == b"\x00\x02"
    assert peer.send(Unit(Spdu.DT, {}, b"x")) == [SData(b"x")]
    session.request(SData(b"y"))
    assert peer.said()[0].user_data == b"y"


def test_refusal_with_user_data(make_pair: Callable[[], Any]) -> None:
    pair = make_pair()
    pair.calling.request(SConnect())
    pair.run()
    pair.called.request(SConnectRefuse(2, b"because"))
    (refusal,), _ = pair.run()
    assert (refusal.reason, refusal.user_data, refusal.layer) == (2, b"because", "session")
    assert pair.calling.closed
    assert pair.called.closed


def test_a_transport_refusal_is_told_with_its_reason() -> None:
    calling = SessionConnection(initiator=True)
    called = TransportConnection(initiator=False, local_selector=b"OURS")
    calling.request(SConnect(called_t_selector=b"OTHER"))
    called.receive_data(calling.data_to_send())
    (refusal,) = calling.receive_data(called.data_to_send())
    assert (refusal.layer, refusal.reason) == ("transport", 3)


def test_a_transfer_with_minor_points(pair: Any) -> None:
    pair.start_activity()
    for part in (b"one", b"two"):
        pair.calling.request(SData(part))
        pair.calling.request(SSyncMinor())
    assert pair.calling.next_serial_number == 3
    assert pair.run()[1] == [SData(b"one"), SSyncMinor(1), SData(b"two"), SSyncMinor(2)]
    pair.called.request(SSyncMinorAck(2))  # confirms 1 too
    pair.calling.request(SActivityEnd())
    assert pair.run() == ([SSyncMinorAck(2)], [SActivityEnd(3)])
    pair.called.request(SActivityEndAck())
    assert pair.run()[0] == [SActivityEndAck(3)]
    pair.calling.request(SActivityStart(b"\x02\x01\x02"))
    assert pair.calling.next_serial_number == 1


@pytest.mark.parametrize("serial", ["30", "33", "393939393939", "31323334353637", "", "78"])
def test_confirming_what_was_not_sent_is_aborted(
    make_peer: Callable[..., Any], serial: str
) -> None:
    session, peer = accepted(make_peer)
    for request in (SActivityStart(b"\x02\x01\x01"), SSyncMinor(), SSyncMinor()):
        session.request(request)
    value = bytes.fromhex(serial)
    mia = bytes((0x32, len(value) + 2, 0x2A, len(value))) + value
    (heard,) = peer.send(b"\x02\x00" + mia)
    assert isinstance(heard, SPAbort)
    assert not heard.by_peer


def test_exception_report_and_discard(pair: Any) -> None:
    pair.start_activity()
    pair.called.request(SUExceptionReport(ExceptionReason.LOCAL_SS_USER_ERROR))
    assert pair.run()[0] == [SUExceptionReport(ExceptionReason.LOCAL_SS_USER_ERROR)]
    pair.calling.request(SActivityDiscard(ExceptionReason.NON_SPECIFIC))
    assert pair.run()[1] == [SActivityDiscard(ExceptionReason.NON_SPECIFIC)]
    pair.called.request(SActivityDiscardAck())
    assert pair.run()[0] == [SActivityDiscardAck()]
    pair.start_activity()
    assert pair.called.state is State.STA713


def test_data_that_crosses_an_exception_report_is_dropped(pair: Any) -> None:
    pair.start_activity()
    pair.called.request(SUExceptionReport(0))
    pair.calling.request(SData(b"overtaken"))
    pair.calling.request(SSyncMinor())
    assert pair.run() == ([SUExceptionReport(0)], [])


def test_interrupt(pair: Any) -> None:
    pair.start_activity()
    pair.calling.request(SActivityInterrupt(ExceptionReason.TEMPORARILY_UNABLE))
    assert pair.run()[1] == [SActivityInterrupt(ExceptionReason.TEMPORARILY_UNABLE)]
    pair.called.request(SActivityInterruptAck())
    assert pair.run()[0] == [SActivityInterruptAck()]


@pytest.mark.parametrize(("old", "called_reference"), [(None, b""), (IDENTIFIER, b"\x14\x03XYZ")])
def test_resume_goes_on_after_the_point(
    pair: Any, old: ConnectionIdentifier | None, called_reference: bytes
) -> None:
    pair.start_activity()
    for request in (SSyncMinor(), SSyncMinor(), SActivityInterrupt(ExceptionReason.NON_SPECIFIC)):
        pair.calling.request(request)
    pair.run()
    pair.called.request(SActivityInterruptAck())
    pair.run()
    resume = SActivityResume(b"\x02\x01\x02", b"\x02\x01\x01", 2, old, called_reference)
    pair.calling.request(resume)
    pair.calling.request(SSyncMinor())
    assert pair.run()[1] == [resume, SSyncMinor(3)]
    with pytest.raises(ServiceMisuse):
        pair.called.request(SSyncMinorAck(2))  # of before the interruption
    pair.called.request(SSyncMinorAck(3))
    assert pair.run()[0] == [SSyncMinorAck(3)]


def test_tokens_are_asked_for_and_given(pair: Any) -> None:
    pair.called.request(STokenPlease(Token.DATA, b"please"))
    assert pair.run()[0] == [STokenPlease(Token.DATA, b"please")]
    pair.calling.request(SControlGive())
    pair.calling.request(STokenPlease(Token.DATA))  # wanted back before the other side has them
    assert pair.run()[1] == [SControlGive(), STokenPlease(Token.DATA)]
    assert pair.calling.owned_tokens == Token(0)
    assert pair.called.owns_all_tokens
    pair.called.request(STokenGive(Token.DATA))
    assert pair.run()[0] == [STokenGive(Token.DATA)]
    assert pair.calling.owned_tokens == Token.DATA


def test_release(pair: Any) -> None:
    pair.calling.request(SRelease(b"bye"))
    assert pair.run()[1] == [SRelease(b"bye")]
    pair.called.request(SReleaseAccept(b"bye bye"))
    assert pair.run() == ([SReleaseAccept(b"bye bye")], [])
    assert pair.calling.closed
    assert pair.called.closed


def test_user_abort(pair: Any) -> None:
    pair.called.request(SUAbort(b"enough"))
    assert pair.run()[0] == [SUAbort(b"enough")]
    assert pair.calling.closed
    assert pair.called.closed


@pytest.mark.parametrize(("cause", "text"), [(b"\x05", "protocol error"), (b"\x01", "no reason")])
def test_provider_abort(make_peer: Callable[..., Any], cause: bytes, text: str) -> None:
    session = SessionConnection(initiator=True)
    session.request(SConnect())
    peer = make_peer(session)
    (heard,) = peer.send(Unit(Spdu.AB, {Pi.TRANSPORT_DISCONNECT: cause}))
    assert isinstance(heard, SPAbort)
    assert heard.by_peer
    assert text in heard.reason


@pytest.mark.parametrize(
    "last", [Unit(Spdu.AB, {Pi.TRANSPORT_DISCONNECT: b"\x03"}), Unit(Spdu.RF, {Pi.REASON: b"\x01"})]
)
def test_the_disconnect_that_comes_with_the_last_spdu_is_expected(last: Unit) -> None:
    """ABORT or REFUSE and the peer's DR in one segment of TCP."""
    session = SessionConnection(initiator=True)
    session.request(SConnect())
    wire = TransportConnection(initiator=False)
    wire.receive_data(session.data_to_send())
    session.receive_data(wire.data_to_send())
    wire.data(encode_tsdu(last))
    dr = frame(bytes.fromhex("06 80 0001 0001 80"))
    heard = session.receive_data(wire.data_to_send() + dr)
    assert [type(indication) for indication in heard] in ([SUAbort], [SConnectRefuse])
    assert session.receive_eof() == []


def test_a_lost_connection_is_told_once(pair: Any) -> None:
    (heard,) = pair.calling.receive_eof()
    assert isinstance(heard, SPAbort)
    assert heard.by_peer
    assert pair.calling.receive_eof() == []


@given(st.lists(st.binary(max_size=60), max_size=4))
def test_whatever_the_peer_sends_never_raises(tsdus: list[bytes]) -> None:
    for connect in (b"", bytes.fromhex("0d0d 0506 130100 160102 1402 0249 c100")):
        session = SessionConnection(initiator=False)
        session.receive_data(frame(bytes.fromhex("06 e0 0000 0001 00")))
        for tsdu in (connect, *tsdus):
            session.receive_data(frame(b"\x02\xf0\x80" + tsdu))
            if session.state is State.STA08:
                session.request(SConnectAccept())
            session.data_to_send()
        session.receive_eof()
        assert session.closed


# SSDUs that are too long to be kept

LONG = bytes(range(256)) * 16384  # 4 MB


def in_parts(data: bytes, size: int) -> list[SData]:
    """S-DATA requests for data in parts."""
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    parts = [Part.MIDDLE] * len(pieces)
    parts[0] |= Part.BEGINNING
    parts[-1] |= Part.END
    return [SData(*each) for each in zip(pieces, parts, strict=True)]


@pytest.mark.parametrize("max_tsdu_size", [0, 60_000])
@pytest.mark.parametrize("size", [len(LONG), 300_000])
def test_a_long_ssdu_comes_in_parts(
    make_pair: Callable[..., Any], max_tsdu_size: int, size: int
) -> None:
    pair = make_pair(max_tsdu_size).connect().start_activity()
    heard = []
    for part in in_parts(LONG, size):
        pair.calling.request(part)
        heard += pair.run()[1]
    assert b"".join(each.user_data for each in heard) == LONG
    assert [each.part for each in heard] == [
        Part.BEGINNING, *[Part.MIDDLE] * (len(heard) - 2), Part.END
    ]  # fmt: skip
    assert max(len(each.user_data) for each in heard) <= MAX_TSDU_SIZE + max_tsdu_size
    pair.calling.request(SData(b"short"))
    assert pair.run()[1] == [SData(b"short")]


@pytest.mark.parametrize("max_tsdu_size", [0, 100])
def test_parts_make_the_octets_of_the_whole(
    make_pair: Callable[..., Any], max_tsdu_size: int
) -> None:
    pair = make_pair(max_tsdu_size).connect().start_activity()
    for part in in_parts(b"abcdefgh" * 20, 50):
        pair.calling.request(part)
    assert pair.run()[1] == [SData(b"abcdefgh" * 20)]


@pytest.mark.parametrize("max_tsdu_size", [0, 60_000])
def test_another_request_ends_an_ssdu_early(
    make_pair: Callable[..., Any], max_tsdu_size: int
) -> None:
    """As when the receiver reports an exception in its middle, and will not hear the rest."""
    pair = make_pair(max_tsdu_size).connect().start_activity()
    for part in in_parts(LONG, 300_000)[:5]:
        pair.calling.request(part)
    begun = pair.run()[1]
    assert [each.part for each in begun] == [Part.BEGINNING]
    pair.called.request(SUExceptionReport(ExceptionReason.TEMPORARILY_UNABLE))
    assert pair.run()[0] == [SUExceptionReport(ExceptionReason.TEMPORARILY_UNABLE)]
    pair.calling.request(SActivityDiscard())
    assert pair.run()[1] == [SActivityDiscard()]
    pair.called.request(SActivityDiscardAck())
    assert pair.run()[0] == [SActivityDiscardAck()]
    pair.start_activity().calling.request(SData(b"next"))
    assert pair.run()[1] == [SData(b"next")]


def test_an_abort_in_the_middle_of_an_ssdu(make_pair: Callable[..., Any]) -> None:
    pair = make_pair().connect().start_activity()
    pair.calling.request(in_parts(LONG, 300_000)[0])
    pair.calling.request(SUAbort(b"why"))
    assert pair.run()[1] == [SData(LONG[:300_000]), SUAbort(b"why")]


def test_a_token_may_be_given_with_long_data(make_peer: Callable[..., Any]) -> None:
    """It is given when all of them have come, although it stands before them."""
    session = SessionConnection(initiator=False)
    peer = make_peer(session)
    peer.send(Unit(Spdu.CN, {Pi.VERSION_NUMBER: b"\x02", Pi.USER_REQUIREMENTS: b"\x02\x49"}))
    session.request(SConnectAccept())
    peer.send(Unit(Spdu.AS, {Pi.ACTIVITY_IDENTIFIER: b"\x02\x01\x01"}))
    heard = peer.send(b"\x01\x03\x10\x01\x01" + b"\x01\x00" + LONG)
    assert heard[-1] == STokenGive(Token.DATA)
    assert b"".join(each.user_data for each in heard[:-1]) == LONG


@pytest.mark.parametrize("spdu", [Spdu.TD, Spdu.EX])
def test_only_data_may_be_too_long_to_be_kept(make_peer: Callable[..., Any], spdu: Spdu) -> None:
    _, peer = accepted(make_peer)
    (heard,) = peer.send(bytes((spdu.si, 0)) + LONG)[:1]
    assert isinstance(heard, SPAbort)
    assert f"longer than {MAX_TSDU_SIZE}" in heard.reason
