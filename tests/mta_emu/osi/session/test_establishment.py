"""Session connections as they are proposed, accepted and refused: X.225 7.1 to 7.5."""

from collections.abc import Callable
from typing import Any

import pytest

from mta_emu.osi.errors import ServiceMisuse
from mta_emu.osi.session.connection import SessionConnection
from mta_emu.osi.session.machine import State
from mta_emu.osi.session.primitives import (
    RTSE_FUNCTIONAL_UNITS,
    ConnectionIdentifier,
    FunctionalUnit,
    RefuseReason,
    SActivityInterrupt,
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
    STokenGive,
    STokenPlease,
    STypedData,
    SUAbort,
    Token,
)
from mta_emu.osi.session.spdu import Pi, Spdu, Unit
from mta_emu.osi.transport.connection import MAX_TSDU_SIZE

CN = {Pi.VERSION_NUMBER: b"\x02", Pi.USER_REQUIREMENTS: b"\x02\x49"}
EVERYTHING = Token.DATA | Token.MINOR_SYNCHRONIZE | Token.MAJOR_ACTIVITY
_FU = FunctionalUnit


def called(make_peer: Callable[..., Any], **options: Any) -> tuple[SessionConnection, Any]:
    session = SessionConnection(initiator=False, **options)
    return session, make_peer(session)


def calling(
    make_peer: Callable[..., Any], request: SConnect | None = None, **options: Any
) -> tuple[SessionConnection, Any]:
    """A session whose CONNECT is at the peer."""
    session = SessionConnection(initiator=True, **options)
    session.request(request or SConnect())
    return session, make_peer(session)


def joined(
    make_pair: Callable[..., Any], request: SConnect, response: SConnectAccept, **options: Any
) -> Any:
    pair = make_pair(**options)
    pair.calling.request(request)
    pair.run()
    pair.called.request(response)
    pair.run()
    return pair


# Versions


@pytest.mark.parametrize(
    ("theirs", "chosen"),
    [
        (b"\x01", b"\x01"),
        (b"\x02", b"\x02"),
        (b"\x03", b"\x02"),
        (b"\x07", b"\x02"),
        (b"", b"\x01"),
    ],
)
def test_the_called_side_chooses_the_highest_version(
    make_peer: Callable[..., Any], theirs: bytes, chosen: bytes
) -> None:
    session, peer = called(make_peer)
    peer.send(Unit(Spdu.CN, {**CN, Pi.VERSION_NUMBER: theirs} if theirs else {}))
    session.request(SConnectAccept())
    assert peer.said()[0].get(Pi.VERSION_NUMBER) == chosen


@pytest.mark.parametrize(
    ("ours", "theirs", "chosen"),
    [(1, b"\x01", b"\x01"), (1, b"\x03", b"\x01"), (2, b"\x03", b"\x02"), (3, b"\x03", b"\x02")],
)
def test_the_called_side_chooses_among_the_versions_that_it_has(
    make_peer: Callable[..., Any], ours: int, theirs: bytes, chosen: bytes
) -> None:
    session, peer = called(make_peer, versions=ours)
    peer.send(Unit(Spdu.CN, {**CN, Pi.VERSION_NUMBER: theirs}))
    session.request(SConnectAccept())
    assert peer.said()[0].get(Pi.VERSION_NUMBER) == chosen


@pytest.mark.parametrize("overflow", [{}, {Pi.DATA_OVERFLOW: b"\x01"}])
def test_no_version_in_common_is_refused(
    make_peer: Callable[..., Any], overflow: dict[int, bytes]
) -> None:
    _, peer = called(make_peer, versions=1)
    (heard,) = peer.send(Unit(Spdu.CN, {**CN, **overflow}))
    assert isinstance(heard, SPAbort)
    (refusal,) = peer.said()
    assert refusal.spdu is Spdu.RF
    assert refusal.get(Pi.REASON) == b"\x84"  # 128 + 4


@pytest.mark.parametrize(
    ("ours", "size", "proposed"),
    [(1, 512, b"\x01"), (2, 1, b"\x02"), (3, 1, b"\x03"), (3, 513, b"\x02")],
)
def test_the_calling_side_proposes_the_versions_that_it_has(
    make_peer: Callable[..., Any], ours: int, size: int, proposed: bytes
) -> None:
    _, peer = calling(make_peer, SConnect(user_data=bytes(size)), versions=ours)
    assert peer.said()[0].get(Pi.VERSION_NUMBER) == proposed


def test_version_1_alone_cannot_propose_more_than_512_octets(
    make_peer: Callable[..., Any],
) -> None:
    with pytest.raises(ServiceMisuse, match="513 octets of user data in version 1"):
        calling(make_peer, SConnect(user_data=bytes(513)), versions=1)


@pytest.mark.parametrize(
    ("size", "answer", "accepted"),
    [(1, b"\x01", True), (1, b"\x02", True), (513, b"\x02", True), (513, b"\x01", False)],
)
def test_an_accept_of_a_version_that_was_not_proposed_is_aborted(
    make_peer: Callable[..., Any], size: int, answer: bytes, accepted: bool
) -> None:
    _, peer = calling(make_peer, SConnect(user_data=bytes(size)))
    (heard,) = peer.send(Unit(Spdu.AC, {**CN, Pi.VERSION_NUMBER: answer}))
    assert isinstance(heard, SConnectAccept if accepted else SPAbort)


VERSION_1 = {Pi.VERSION_NUMBER: b"\x01", Pi.USER_REQUIREMENTS: b"\x02\x49"}


def test_version_1_has_512_octets_of_user_data_at_most(make_peer: Callable[..., Any]) -> None:
    session, peer = called(make_peer)
    peer.send(Unit(Spdu.CN, VERSION_1))
    with pytest.raises(ServiceMisuse, match="AC with 513 octets of user data in version 1"):
        session.request(SConnectAccept(user_data=bytes(513)))
    session.request(SConnectAccept(user_data=bytes(512)))
    assert peer.said()[0].user_data == bytes(512)
    for tokens in (EVERYTHING,):
        peer.send(Unit(Spdu.GT, {Pi.TOKEN_ITEM: bytes((tokens,))}))
    for request in (
        STokenGive(Token.DATA, b"x"),
        SControlGive(b"x"),
        SActivityStart(b"\x01", bytes(513)),
    ):
        with pytest.raises(ServiceMisuse, match="in version 1"):
            session.request(request)
    session.request(SActivityStart(b"\x01", bytes(512)))
    with pytest.raises(ServiceMisuse, match="in version 1"):
        session.request(SActivityInterrupt(user_data=b"x"))
    session.request(SData(bytes(100_000)))  # the data themselves have no bound
    assert [len(unit.user_data) for unit in peer.said()] == [512, 100_000]
    session.request(SUAbort(bytes(9)))
    assert peer.said()[0].user_data == bytes(9)


@pytest.mark.parametrize(
    ("unit", "refused"),
    [
        (Unit(Spdu.AS, {Pi.ACTIVITY_IDENTIFIER: b"\x01"}, bytes(512)), False),
        (Unit(Spdu.AS, {Pi.ACTIVITY_IDENTIFIER: b"\x01"}, bytes(513)), True),
        (Unit(Spdu.FN, {Pi.ENCLOSURE: b"\x01"}, b"x"), True),
        (Unit(Spdu.GT, {Pi.TOKEN_ITEM: b"\x01"}, b"x"), True),
        (Unit(Spdu.DT, {}, bytes(600)), False),
    ],
)
def test_more_user_data_than_version_1_has_is_aborted(
    make_peer: Callable[..., Any], unit: Unit, refused: bool
) -> None:
    session, peer = called(make_peer)
    peer.send(Unit(Spdu.CN, VERSION_1))
    session.request(SConnectAccept())
    heard = peer.send(unit)
    assert [isinstance(indication, SPAbort) for indication in heard] == [refused]


# Functional units


@pytest.mark.parametrize(
    ("proposed", "wanted", "agreed"),
    [
        (0x0249, RTSE_FUNCTIONAL_UNITS, 0x0249),
        (0x1FFF, RTSE_FUNCTIONAL_UNITS, 0x0249),  # what is not here is not agreed to
        (0x0649, RTSE_FUNCTIONAL_UNITS | _FU.TYPED_DATA, 0x0649),
        (0x0002, _FU.DUPLEX, 0x0002),
        (0x0007, _FU.DUPLEX | _FU.EXPEDITED, 0x0002),  # no transport expedited data
        (0x0203, _FU.DUPLEX | _FU.EXCEPTIONS, 0x0002),  # exceptions take half-duplex
        (0x0349, _FU.HALF_DUPLEX | _FU.CAPABILITY_DATA, 0x0001),
    ],
)
def test_functional_units_are_those_that_both_want_and_that_are_here(
    make_peer: Callable[..., Any], proposed: int, wanted: FunctionalUnit, agreed: int
) -> None:
    session, peer = called(make_peer)
    peer.send(Unit(Spdu.CN, {**CN, Pi.USER_REQUIREMENTS: proposed.to_bytes(2, "big")}))
    session.request(SConnectAccept(functional_units=wanted))
    assert peer.said()[0].get(Pi.USER_REQUIREMENTS) == agreed.to_bytes(2, "big")
    assert session.functional_units == _FU(agreed)


def test_a_response_with_both_directions_or_none_is_misuse(make_peer: Callable[..., Any]) -> None:
    session, peer = called(make_peer)
    peer.send(Unit(Spdu.CN, {**CN, Pi.USER_REQUIREMENTS: b"\x00\x03"}))
    for units in (_FU.HALF_DUPLEX | _FU.DUPLEX, _FU.MINOR_SYNCHRONIZE):
        with pytest.raises(ServiceMisuse, match="functional units"):
            session.request(SConnectAccept(functional_units=units))


@pytest.mark.parametrize("answer", [b"\x00\x03", b"\x00\x08"])
def test_an_accept_with_both_directions_or_none_is_aborted(
    make_peer: Callable[..., Any], answer: bytes
) -> None:
    _, peer = calling(make_peer, SConnect(functional_units=_FU(0x000B)))
    (heard,) = peer.send(Unit(Spdu.AC, {**CN, Pi.USER_REQUIREMENTS: answer}))
    assert isinstance(heard, SPAbort)
    assert "half-duplex or duplex" in heard.reason


def test_an_accept_without_what_is_required_is_aborted(make_peer: Callable[..., Any]) -> None:
    _, peer = calling(make_peer, required=RTSE_FUNCTIONAL_UNITS)
    (heard,) = peer.send(Unit(Spdu.AC, {**CN, Pi.USER_REQUIREMENTS: b"\x00\x01"}))
    assert isinstance(heard, SPAbort)
    assert "MINOR_SYNCHRONIZE" in heard.reason


# Refusals


@pytest.mark.parametrize("reason", RefuseReason)
def test_each_reason_goes_and_comes(make_pair: Callable[[], Any], reason: RefuseReason) -> None:
    pair = make_pair()
    pair.calling.request(SConnect())
    pair.run()
    identifier = ConnectionIdentifier(b"\x14\x01A", b"\x17\x0b2601010000Z", b"\x01")
    pair.called.request(SConnectRefuse(reason, b"because", identifier=identifier))
    (refusal,), _ = pair.run()
    data = b"because" if reason is RefuseReason.USER_WITH_DATA else b""
    assert (refusal.reason, refusal.user_data, refusal.layer) == (reason, data, "session")
    assert refusal.identifier == identifier
    assert pair.calling.closed


def test_there_is_no_other_reason(make_pair: Callable[[], Any]) -> None:
    pair = make_pair()
    pair.calling.request(SConnect())
    pair.run()
    with pytest.raises(ServiceMisuse, match="reason 3"):
        pair.called.request(SConnectRefuse(3))


@pytest.mark.parametrize(
    ("options", "parameters", "reason"),
    [
        ({}, {Pi.VERSION_NUMBER: b"\x08"}, 132),
        ({"local_s_selector": b"OURS"}, {Pi.CALLED_SELECTOR: b"OTHER"}, 129),
        ({}, {Pi.USER_REQUIREMENTS: b"\x00\x48"}, 134),  # neither half-duplex nor duplex
        ({"required": RTSE_FUNCTIONAL_UNITS}, {Pi.USER_REQUIREMENTS: b"\x00\x02"}, 134),
        ({}, {Pi.TSDU_MAXIMUM_SIZE: b"\x00\x3f\x00\x00"}, 134),  # 63 octets
    ],
)
def test_what_the_provider_cannot_accept_it_refuses(
    make_peer: Callable[..., Any],
    options: dict[str, Any],
    parameters: dict[int, bytes],
    reason: int,
) -> None:
    session, peer = called(make_peer, **options)
    (heard,) = peer.send(Unit(Spdu.CN, CN | parameters))
    assert isinstance(heard, SPAbort)
    assert f"({reason})" in heard.reason
    (refusal,) = peer.said()
    assert refusal == Unit(Spdu.RF, {Pi.TRANSPORT_DISCONNECT: b"\x01", Pi.REASON: bytes((reason,))})
    assert session.state is State.STA16


@pytest.mark.parametrize("size", [512, 513, 70_000])
def test_a_refusal_with_much_user_data(make_pair: Callable[[], Any], size: int) -> None:
    pair = make_pair()
    pair.calling.request(SConnect())
    pair.run()
    pair.called.request(SConnectRefuse(2, bytes(size)))
    (refusal,), _ = pair.run()
    assert refusal.user_data == bytes(size)


# Connects that are wrong


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("0d 08 05 03 1a 01 03 14 01 00", "3 is reserved"),
        ("0d 03 3c 01 01", "data overflow in version 1"),
        ("0d 05 05 03 17 01 78", "must be 1 to 6 digits"),
        ("0e 00", "no session CONNECT"),
        ("01 00 01 00 aa", "no session CONNECT"),
        ("63 00", "identifier 99"),
    ],
)
def test_where_no_connect_can_be_read_the_transport_is_disconnected(
    make_peer: Callable[..., Any], octets: str, text: str
) -> None:
    session, peer = called(make_peer)
    (heard,) = peer.send(bytes.fromhex(octets))
    assert isinstance(heard, SPAbort)
    assert text in heard.reason
    assert peer.said() == []
    assert session.closed


# Connect data overflow


@pytest.mark.parametrize("max_tsdu_size", [0, 64, 1024])
@pytest.mark.parametrize("size", [10_240, 10_241, 100_000])
def test_connects_with_user_data_of_any_length(
    make_pair: Callable[..., Any], size: int, max_tsdu_size: int
) -> None:
    data = bytes(range(256)) * 400
    pair = make_pair(max_tsdu_size=max_tsdu_size)
    pair.calling.request(SConnect(user_data=data[:size]))
    assert pair.calling.state is State.STA01B
    _, (indication,) = pair.run()
    assert indication == SConnect(user_data=data[:size])
    pair.called.request(SConnectAccept(user_data=data[:size]))
    (confirm,), _ = pair.run()
    assert confirm.user_data == data[:size]
    assert pair.calling.state is pair.called.state is State.STA713


def test_overflow_step_by_step_as_the_called_side(make_peer: Callable[..., Any]) -> None:
    session, peer = called(make_peer, max_tsdu_size=2048)
    connect = {**CN, Pi.DATA_OVERFLOW: b"\x01", Pi.TSDU_MAXIMUM_SIZE: b"\x04\x00\x00\x00"}
    assert peer.send(Unit(Spdu.CN, connect, bytes(10240))) == []
    # 1024 octets to us as they proposed, 2048 to them as we do
    assert peer.said() == [
        Unit(Spdu.OA, {Pi.TSDU_MAXIMUM_SIZE: b"\x04\x00\x08\x00", Pi.VERSION_NUMBER: b"\x02"})
    ]
    assert session.state is State.STA01D
    assert peer.send(Unit(Spdu.CDO, {Pi.ENCLOSURE: b"\x00"}, b"more")) == []
    (heard,) = peer.send(Unit(Spdu.CDO, {Pi.ENCLOSURE: b"\x02"}, b"end"))
    assert heard.user_data == bytes(10240) + b"moreend"


def test_overflow_step_by_step_as_the_calling_side(make_peer: Callable[..., Any]) -> None:
    session, peer = calling(make_peer, SConnect(user_data=bytes(10250)))
    (connect,) = peer.said()
    assert len(connect.user_data) == 10240
    assert connect.get(Pi.DATA_OVERFLOW) == b"\x01"
    assert connect.get(Pi.VERSION_NUMBER) == b"\x02"
    assert session.state is State.STA02B
    peer.send(Unit(Spdu.OA, {Pi.VERSION_NUMBER: b"\x02"}))
    assert peer.said() == [Unit(Spdu.CDO, {Pi.ENCLOSURE: b"\x02"}, bytes(10))]
    assert session.state is State.STA02A


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        (Unit(Spdu.OA, {Pi.VERSION_NUMBER: b"\x01"}), "OVERFLOW ACCEPT of version 1"),
        (Unit(Spdu.AC, CN), "SPDU AC in state wait for OVERFLOW ACCEPT"),
        (
            Unit(Spdu.OA, {Pi.VERSION_NUMBER: b"\x02", Pi.TSDU_MAXIMUM_SIZE: b"\x00\x01\x00\x00"}),
            "at least 64",
        ),
    ],
)
def test_a_wrong_answer_to_an_overflow_is_aborted(
    make_peer: Callable[..., Any], unit: Unit, text: str
) -> None:
    _, peer = calling(make_peer, SConnect(user_data=bytes(10250)))
    (heard,) = peer.send(unit)
    assert isinstance(heard, SPAbort)
    assert text in heard.reason


def test_an_overflow_that_never_ends_is_bounded(make_peer: Callable[..., Any]) -> None:
    _, peer = called(make_peer)
    peer.send(Unit(Spdu.CN, {**CN, Pi.DATA_OVERFLOW: b"\x01"}, bytes(10240)))
    piece = Unit(Spdu.CDO, {Pi.ENCLOSURE: b"\x00"}, bytes(60_000))
    for _ in range(20):
        if heard := peer.send(piece):
            break
    assert f"longer than {MAX_TSDU_SIZE}" in heard[0].reason


def test_a_refusal_may_come_before_the_overflow(make_peer: Callable[..., Any]) -> None:
    session, peer = calling(make_peer, SConnect(user_data=bytes(10250)))
    (heard,) = peer.send(Unit(Spdu.RF, {Pi.REASON: b"\x83"}))
    assert (heard.reason, heard.layer) == (RefuseReason.CONGESTION, "session")
    assert session.closed


# Who has the tokens


@pytest.mark.parametrize(
    ("request_", "response", "has"),
    [
        (SConnect(), SConnectAccept(), Token(0)),
        (SConnect(called_side_tokens=EVERYTHING), SConnectAccept(), EVERYTHING),
        (SConnect(called_side_tokens=Token.DATA), SConnectAccept(), Token.DATA),
        (
            SConnect(called_side_chooses=EVERYTHING),
            SConnectAccept(called_side_tokens=Token.DATA),
            Token.DATA,
        ),
        # what the called side may not choose it does not get
        (SConnect(), SConnectAccept(called_side_tokens=EVERYTHING), Token(0)),
    ],
)
def test_tokens_are_where_the_two_sides_put_them(
    make_pair: Callable[..., Any], request_: SConnect, response: SConnectAccept, has: Token
) -> None:
    pair = joined(make_pair, request_, response)
    assert pair.called.owned_tokens == has
    assert pair.calling.owned_tokens == EVERYTHING & ~has


def test_an_accept_may_ask_for_tokens_at_once(make_peer: Callable[..., Any]) -> None:
    """It counts as an ACCEPT that a PLEASE TOKENS follows (X.225 Annex A)."""
    _, peer = calling(make_peer)
    heard = peer.send(Unit(Spdu.AC, {**CN, Pi.TOKEN_ITEM: b"\x11"}))
    assert [type(indication) for indication in heard] == [SConnectAccept, STokenPlease]
    assert heard[1] == STokenPlease(Token.DATA | Token.MAJOR_ACTIVITY)


def test_serial_numbers_begin_where_the_two_sides_say(make_pair: Callable[..., Any]) -> None:
    units = _FU.HALF_DUPLEX | _FU.MINOR_SYNCHRONIZE  # without activities
    pair = joined(
        make_pair,
        SConnect(functional_units=units, initial_serial_number=7),
        SConnectAccept(functional_units=units, initial_serial_number=9),
    )
    pair.calling.request(SSyncMinor())
    assert pair.run()[1] == [SSyncMinor(9)]


# Segments


@pytest.mark.parametrize(
    ("ours", "theirs", "agreed"),
    [
        (0, b"", b""),
        (0, b"\x07\xf9\x04\x00", b"\x07\xf9\x04\x00"),
        (1024, b"\x07\xf9\x00\x80", b"\x04\x00\x00\x80"),
        (1024, b"\x00\x00\x00\x00", b"\x04\x00\x04\x00"),
    ],
)
def test_the_tsdu_size_is_the_smaller_of_both(
    make_peer: Callable[..., Any], ours: int, theirs: bytes, agreed: bytes
) -> None:
    session, peer = called(make_peer, max_tsdu_size=ours)
    peer.send(Unit(Spdu.CN, {**CN, Pi.TSDU_MAXIMUM_SIZE: theirs} if theirs else CN))
    session.request(SConnectAccept())
    assert peer.said()[0].get(Pi.TSDU_MAXIMUM_SIZE) == agreed


def test_a_peer_of_small_tsdus_gets_small_ones(make_peer: Callable[..., Any]) -> None:
    """As ISODE proposes: 2041 octets, what a TPDU of 2048 carries."""
    session, peer = called(make_peer)
    peer.send(Unit(Spdu.CN, {**CN, Pi.TSDU_MAXIMUM_SIZE: b"\x07\xf9\x07\xf9"}))
    session.request(SConnectAccept(user_data=bytes(3000)))
    said = peer.said()
    assert [unit.spdu for unit in said] == [Spdu.AC, Spdu.AC]
    assert sum(len(unit.user_data) for unit in said) == 3000
    peer.send(Unit(Spdu.GT, {Pi.TOKEN_ITEM: b"\x15"}))
    session.request(SActivityStart(b"\x01"))
    session.request(SData(bytes(5000)))
    _, *pieces = peer.said()
    assert [len(unit.user_data) for unit in pieces] == [2034, 2034, 932]
    assert [unit.octet(Pi.ENCLOSURE) for unit in pieces] == [1, 0, 2]


def test_a_segment_without_segmentation_is_aborted(make_peer: Callable[..., Any]) -> None:
    session, peer = called(make_peer)
    peer.send(Unit(Spdu.CN, CN))
    session.request(SConnectAccept())
    (heard,) = peer.send(Unit(Spdu.DT, {Pi.ENCLOSURE: b"\x01"}, b"x"))
    assert isinstance(heard, SPAbort)
    assert "segment" in heard.reason


# Duplex, typed data, releases that collide


def duplex(make_pair: Callable[..., Any]) -> Any:
    units = _FU.DUPLEX | _FU.TYPED_DATA
    return joined(
        make_pair, SConnect(functional_units=units), SConnectAccept(functional_units=units)
    )


def test_duplex_has_data_both_ways_and_typed_data(make_pair: Callable[..., Any]) -> None:
    pair = duplex(make_pair)
    pair.calling.request(SData(b"one"))
    pair.called.request(SData(b"two"))
    pair.called.request(STypedData(b"three"))
    assert pair.run() == ([SData(b"two"), STypedData(b"three")], [SData(b"one")])


def test_typed_data_goes_against_the_data_token(make_pair: Callable[..., Any]) -> None:
    units = RTSE_FUNCTIONAL_UNITS | _FU.TYPED_DATA
    pair = joined(
        make_pair,
        SConnect(functional_units=units),
        SConnectAccept(functional_units=units),
        max_tsdu_size=64,
    )
    pair.called.request(STypedData(bytes(200)))
    assert pair.run()[0] == [STypedData(bytes(200))]


def test_data_may_come_while_a_release_waits(make_pair: Callable[..., Any]) -> None:
    pair = duplex(make_pair)
    pair.calling.request(SRelease())
    assert pair.run()[1] == [SRelease()]
    pair.called.request(SData(b"late"))
    assert pair.run()[0] == [SData(b"late")]
    pair.called.request(SReleaseAccept())
    assert pair.run() == ([SReleaseAccept()], [])
    assert pair.calling.closed
    assert pair.called.closed


@pytest.mark.parametrize("first_to_answer", ["calling", "called"])
def test_releases_that_collide_end_in_order(
    make_pair: Callable[..., Any], first_to_answer: str
) -> None:
    """Who made the transport connection answers first; it disconnects after the other (Annex A)."""
    pair = duplex(make_pair)
    pair.calling.request(SRelease(b"a"))
    pair.called.request(SRelease(b"b"))
    assert pair.run() == ([SRelease(b"b")], [SRelease(b"a")])
    assert pair.calling.state is pair.called.state is State.STA09
    if first_to_answer == "called":
        with pytest.raises(ServiceMisuse):
            pair.called.request(SReleaseAccept())
    pair.calling.request(SReleaseAccept())
    assert pair.run() == ([], [SReleaseAccept()])
    assert pair.calling.state is State.STA03
    pair.called.request(SReleaseAccept())
    assert pair.run() == ([SReleaseAccept()], [])
    assert pair.calling.closed
    assert pair.called.closed


def test_a_user_that_gives_up_before_there_is_a_connection(make_pair: Callable[..., Any]) -> None:
    calling = SessionConnection(initiator=True)
    calling.request(SConnect())
    calling.request(SUAbort())
    assert calling.closed
    assert calling.receive_eof() == []
