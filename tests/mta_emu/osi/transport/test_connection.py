"""The transport protocol machine, X.224 class 0."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.osi.errors import ServiceMisuse
from mta_emu.osi.tpkt import TpktReader, frame
from mta_emu.osi.transport.connection import MAX_TSDU_SIZE, TransportConnection
from mta_emu.osi.transport.options import DEFAULT_OPTIONS, TransportOptions
from mta_emu.osi.transport.primitives import TConnect, TConnectConfirm, TData, TDisconnect
from mta_emu.osi.transport.tpdu import CC, CR, DR, ER, DisconnectReason, Tpdu, decode, encode

#: li 14, CR, DST-REF 0, SRC-REF 1, class 0, TPDU size 0xc0 = 2**13, calling 0xc1, called 0xc2
CR_OCTETS = bytes.fromhex(
    "14 e0 0000 0001 00 c0010d c104 58343030 c205 4d54413132".replace(" ", "")
)
CR_TPDU = bytes.fromhex("16") + CR_OCTETS[1:]


def of_size(size: int) -> TransportOptions:
    return TransportOptions(max_tpdu_size=size)


def connected(
    called_options: TransportOptions = DEFAULT_OPTIONS,
    options: TransportOptions = DEFAULT_OPTIONS,
) -> tuple[TransportConnection, TransportConnection]:
    caller = TransportConnection(initiator=True, options=options)
    called = TransportConnection(initiator=False, options=called_options)
    caller.connect(b"MTA12", b"X400")
    assert called.receive_data(caller.data_to_send()) == [TConnect(b"MTA12", b"X400")]
    assert caller.receive_data(called.data_to_send()) == [TConnectConfirm()]
    return caller, called


def test_golden_connect_request() -> None:
    caller = TransportConnection(initiator=True)
    caller.connect(b"MTA12", b"X400")
    assert caller.data_to_send() == frame(CR_TPDU)
    assert decode(CR_TPDU) == Tpdu(
        CR, source=1, parameters=((0xC0, b"\x0d"), (0xC1, b"X400"), (0xC2, b"MTA12"))
    )


@given(
    st.lists(st.binary(min_size=1, max_size=3000), min_size=1, max_size=5),
    st.sampled_from([128, 256, 512, 1024, 2048, 4096, 8192, 384, 32768, 65408, 65531]),
)
def test_tsdus_are_segmented_and_joined(tsdus: list[bytes], size: int) -> None:
    caller, called = connected(of_size(65531), of_size(size))
    assert (caller.tpdu_size, called.tpdu_size) == (size, size)
    for tsdu in tsdus:
        caller.data(tsdu)
    octets = caller.data_to_send()
    assert all(len(tpdu) <= size for tpdu in TpktReader().feed(octets))
    assert called.receive_data(octets) == [TData(tsdu) for tsdu in tsdus]


def answered(called: TransportConnection, *parameters: str) -> Tpdu:
    """What `called` says to a CR with these parameters."""
    octets = bytes.fromhex("".join(parameters))
    called.receive_data(
        frame(bytes((6 + len(octets),)) + bytes.fromhex("e0 0000 0001 00") + octets)
    )
    return decode(next(TpktReader().feed(called.data_to_send())))


@pytest.mark.parametrize(
    ("ours", "theirs", "said", "size"),
    [
        (8192, ["c0010d"], ((0xC0, b"\x0d"),), 8192),
        (8192, ["c00107"], ((0xC0, b"\x07"),), 128),
        (1024, ["c0010d"], ((0xC0, b"\x0a"),), 1024),
        (8192, [], ((0xC0, b"\x0d"),), 8192),
        (65531, [], (), 65531),  # RFC 1006: nothing said is the maximum
        # the preferred maximum in units of 128 octets goes before the TPDU size (X.224 13.3.4)
        (65531, ["c0010d", "f00201ff"], ((0xF0, b"\x01\xff"),), 65408),
        (65531, ["f004ffffffff"], ((0xF0, b"\x01\xff"),), 65408),
        (65531, ["f00103"], ((0xF0, b"\x03"),), 384),
        (2048, ["c00107", "f00201ff"], ((0xF0, b"\x10"),), 2048),
    ],
)
def test_tpdu_size_is_the_smaller_of_both(
    ours: int, theirs: list[str], said: tuple[tuple[int, bytes], ...], size: int
) -> None:
    called = TransportConnection(initiator=False, options=of_size(ours))
    assert answered(called, *theirs).parameters == said
    assert called.tpdu_size == size


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (128, ((0xC0, b"\x07"),)),
        (8192, ((0xC0, b"\x0d"),)),
        (384, ((0xC0, b"\x08"), (0xF0, b"\x03"))),
        (16384, ((0xC0, b"\x0d"), (0xF0, b"\x80"))),
        (65408, ((0xC0, b"\x0d"), (0xF0, b"\x01\xff"))),
        (65531, ()),
    ],
)
def test_the_caller_proposes_its_size(size: int, said: tuple[tuple[int, bytes], ...]) -> None:
    caller = TransportConnection(initiator=True, options=of_size(size))
    caller.connect()
    cr = decode(next(TpktReader().feed(caller.data_to_send())))
    assert cr.parameters == said
    # an answer that knows the TPDU size parameter only
    caller.receive_data(frame(bytes.fromhex("09 d0 0001 0001 00 c00107")))
    assert caller.tpdu_size == 128


@pytest.mark.parametrize(("proposed", "answered"), [(True, 1), (True, 0), (False, 1)])
def test_expedited_data_are_passed_over_where_they_were_agreed_to(
    proposed: bool, answered: int
) -> None:
    """RFC 1006 5: an ED TPDU looks like a DT. Elsewhere it is not one of class 0."""
    caller = TransportConnection(initiator=True, options=TransportOptions(expedited_data=proposed))
    caller.connect()
    cc = Tpdu(CC, 1, 1, parameters=((0xC6, bytes((answered,))),))
    caller.receive_data(frame(encode(cc)))
    heard = caller.receive_data(frame(b"\x02\x10\x80\x07\x03\x18\x01\x02"))  # PREPARE (abort)
    assert caller.closed is not (proposed and answered == 1)
    assert heard == [] or isinstance(heard[0], TDisconnect)


def test_expedited_data_is_proposed_and_not_agreed_to() -> None:
    caller = TransportConnection(initiator=True, options=TransportOptions(expedited_data=True))
    called = TransportConnection(initiator=False)
    caller.connect()
    (cr,) = TpktReader().feed(caller.data_to_send())
    assert decode(cr).parameter(0xC6) == b"\x01"
    called.receive_data(frame(cr))
    (cc,) = TpktReader().feed(called.data_to_send())
    assert decode(cc).code == CC
    assert decode(cc).parameter(0xC6) is None


def test_the_reserved_octet_of_a_peer_that_gets_it_wrong() -> None:
    """Q157015: it is ignored here, but some hosts refuse what is not 0."""
    wrong = TransportOptions(reserved_octet=0x41)
    connected(options=wrong)
    caller = TransportConnection(initiator=True, options=wrong)
    caller.connect()
    octets = caller.data_to_send()
    assert octets[:2] == b"\x03\x41"
    strict = TransportConnection(initiator=False, options=TransportOptions(strict_tpkt=True))
    (refused,) = strict.receive_data(octets)
    assert "reserved octet 65" in refused.text
    assert strict.closed


def test_a_wrong_selector_is_refused_with_address_unknown() -> None:
    caller = TransportConnection(initiator=True)
    called = TransportConnection(initiator=False, local_selector=b"MTA1")
    caller.connect(b"MTA2")
    (refused,) = called.receive_data(caller.data_to_send())
    assert isinstance(refused, TDisconnect)
    # li 6, DR, DST-REF 1, SRC-REF 0, reason 3: address unknown (X.224 13.5.3)
    dr = called.data_to_send()
    assert dr == frame(bytes.fromhex("06 80 0001 0000 03"))
    (told,) = caller.receive_data(dr)
    assert isinstance(told, TDisconnect)
    assert told.reason == DisconnectReason.ADDRESS_UNKNOWN
    assert caller.closed
    assert called.closed


@pytest.mark.parametrize("called_selector", [b"", b"MTA1"])
def test_the_right_selector_and_none_are_accepted(called_selector: bytes) -> None:
    caller = TransportConnection(initiator=True)
    called = TransportConnection(initiator=False, local_selector=b"MTA1")
    caller.connect(called_selector)
    assert called.receive_data(caller.data_to_send()) == [TConnect(called_selector, b"")]


@pytest.mark.parametrize(
    ("proposal", "accepted"),
    [  # X.224 table 3: preferred class in the fixed part, alternatives (0xc7) in the variable one
        ("06 e0 0000 0001 00", True),
        ("06 e0 0000 0001 10", True),  # class 1 alone may be answered with 0
        ("06 e0 0000 0001 20", False),
        ("06 e0 0000 0001 30", False),
        ("06 e0 0000 0001 40", False),
        ("09 e0 0000 0001 20 c70100", True),
        ("09 e0 0000 0001 41 c70100", True),
        ("0a e0 0000 0001 40 c7022010", True),
        ("0a e0 0000 0001 40 c7023020", False),
    ],
)
def test_classes_are_negotiated_down_to_0_or_refused(proposal: str, accepted: bool) -> None:
    called = TransportConnection(initiator=False)
    (heard,) = called.receive_data(frame(bytes.fromhex(proposal)))
    said = decode(next(TpktReader().feed(called.data_to_send())))
    if accepted:
        assert heard == TConnect(b"", b"")
        assert (said.code, said.option) == (CC, 0)
    else:
        assert isinstance(heard, TDisconnect)
        assert heard.reason == DisconnectReason.NEGOTIATION_FAILED
        # li 6, DR, DST-REF 1, SRC-REF 0, reason 128 + 2 (X.224 13.5.3)
        assert (said.code, said.destination, said.option) == (DR, 1, 130)
        assert called.closed


def test_another_class_in_the_answer_is_rejected() -> None:
    caller = TransportConnection(initiator=True)
    caller.connect()
    caller.data_to_send()
    (ended,) = caller.receive_data(frame(bytes.fromhex("06 d0 0001 0001 20")))
    assert isinstance(ended, TDisconnect)
    assert "class 2 chosen" in ended.text
    assert caller.closed


def test_release_is_a_disconnect_request_by_the_initiator() -> None:
    caller, called = connected()
    caller.disconnect()
    octets = caller.data_to_send()
    assert decode(next(TpktReader().feed(octets))) == Tpdu(
        DR, destination=1, source=1, option=DisconnectReason.NORMAL
    )
    assert isinstance(called.receive_data(octets)[0], TDisconnect)
    assert called.closed


def test_a_tsdu_that_never_ends_comes_in_parts() -> None:
    _, called = connected()
    endless = frame(b"\x02\xf0\x00" + bytes(8000))
    heard = [event for _ in range(500) for event in called.receive_data(endless)]
    assert len(heard) == 500 * 8000 // MAX_TSDU_SIZE
    for part in heard:
        assert isinstance(part, TData)
        assert not part.last
        assert MAX_TSDU_SIZE - 8000 < len(part.user_data) <= MAX_TSDU_SIZE


@given(st.lists(st.binary(max_size=400), min_size=1, max_size=6), st.integers(1, 500))
def test_a_tsdu_may_be_sent_and_come_in_parts(parts: list[bytes], bound: int) -> None:
    caller = TransportConnection(initiator=True, options=TransportOptions(128))
    called = TransportConnection(initiator=False, max_tsdu_size=bound)
    caller.connect()
    called.receive_data(caller.data_to_send())
    caller.receive_data(called.data_to_send())
    for number, part in enumerate(parts, 1):
        caller.data(part, last=number == len(parts))
    heard = called.receive_data(caller.data_to_send())
    whole = b"".join(parts)
    assert b"".join(each.user_data for each in heard if isinstance(each, TData)) == whole
    assert [isinstance(each, TData) and each.last for each in heard] == [
        *(False for _ in heard[1:]),
        True,
    ]
    if len(whole) <= bound:
        assert heard == [TData(whole)]


@pytest.mark.parametrize(
    ("tpdu", "text", "cause"),
    [
        ("ff e0 0000 0001 00", "length indicator 255", 0),
        ("09 e0 0000 0001 00", "length indicator 9 beyond 7", 0),
        ("00 e0 0000 0001 00", "not one of class 0", 2),
        ("02 30 00", "not one of class 0", 2),
        ("04 e0 0000 00", "too short", 0),
        ("08 e0 0000 0001 00 c0 05", "runs beyond", 3),
        ("07 e0 0000 0001 00 c0", "runs beyond", 3),
        ("09 e0 0000 0001 00 c00120", "TPDU size 0x20", 3),
        ("08 e0 0000 0001 00 c000", "TPDU size 0x:", 3),
        ("09 e0 0000 0001 00 f00100", "preferred maximum TPDU size 0x00", 3),
        ("08 e0 0000 0001 00 f000", "preferred maximum TPDU size 0x:", 3),
        ("0d e0 0000 0001 00 f0050000000001", "preferred maximum TPDU size 0x0000000001", 3),
        ("02 f0 80", "in state no connection", 2),
        ("06 d0 0000 0001 00", "in state no connection", 2),
    ],
)
def test_wrong_tpdus_are_rejected_with_a_cause(tpdu: str, text: str, cause: int) -> None:
    called = TransportConnection(initiator=False)
    octets = bytes.fromhex(tpdu)
    (ended,) = called.receive_data(frame(octets))
    assert isinstance(ended, TDisconnect)
    assert text in ended.text
    assert called.closed
    # ER with the TPDU that is rejected, to the reference of the CR (X.224 13.12)
    answer = decode(next(TpktReader().feed(called.data_to_send())))
    destination = 1 if octets[1:6] == bytes.fromhex("e0 0000 0001") else 0
    assert answer == Tpdu(ER, destination, option=cause, parameters=((0xC1, octets[:32]),))
    assert called.receive_data(frame(CR_TPDU)) == []


@pytest.mark.parametrize("tpdu", ["02 30 00", "02 f0 00", "06 e0 0000 0001 00"])
def test_an_error_in_data_transfer_is_answered_with_er(tpdu: str) -> None:
    """An unknown TPDU, a segment without data (such could come for ever), a second CR."""
    caller, called = connected()
    called.receive_data(frame(bytes.fromhex(tpdu)))
    (told,) = caller.receive_data(called.data_to_send())
    assert isinstance(told, TDisconnect)
    assert "rejected a TPDU" in told.text
    assert caller.closed
    assert called.closed


def test_what_is_no_tpkt_is_not_answered() -> None:
    _, called = connected()
    (ended,) = called.receive_data(b"GET / HTTP/1.0\r\n")
    assert isinstance(ended, TDisconnect)
    assert "TPKT version 71" in ended.text
    assert called.data_to_send() == b""
    assert called.closed


@pytest.mark.parametrize(
    ("dr", "text"), [("03", "address unknown (3)"), ("80", "normal (128)"), ("7f", "unknown (127)")]
)
def test_a_disconnect_is_told_in_words(dr: str, text: str) -> None:
    caller = TransportConnection(initiator=True)
    caller.connect()
    (told,) = caller.receive_data(frame(bytes.fromhex("06 80 0001 0000" + dr)))
    assert isinstance(told, TDisconnect)
    assert text in told.text


def test_a_repeated_parameter_has_its_last_value() -> None:  # X.224 13.2.3
    called = TransportConnection(initiator=False)
    assert answered(called, "c0010d", "c00107").parameters == ((0xC0, b"\x07"),)


@given(st.binary(max_size=200))
def test_whatever_comes_never_raises(octets: bytes) -> None:
    for prefix in (b"", frame(CR_TPDU)):
        called = TransportConnection(initiator=False)
        called.receive_data(prefix)
        called.receive_data(octets)
        called.receive_data(frame(octets) if len(octets) >= 3 else b"")
        called.receive_eof()
        assert called.closed


def test_the_end_of_the_socket_is_told_once() -> None:
    caller, _ = connected()
    assert [type(event) for event in caller.receive_eof()] == [TDisconnect]
    assert caller.receive_eof() == []


def test_misuse_by_the_user() -> None:
    with pytest.raises(ServiceMisuse):
        TransportConnection(initiator=False).connect()
