"""Transport, X.224 class 0."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.osi import transport
from mta_emu.osi.errors import ProtocolError, ServiceMisuse
from mta_emu.osi.tpkt import TpktReader, frame
from mta_emu.osi.transport import (
    CR,
    DR,
    DisconnectReason,
    TConnect,
    TConnectConfirm,
    TData,
    TDisconnect,
    Tpdu,
    TransportConnection,
)

#: li 14, CR, DST-REF 0, SRC-REF 1, class 0, TPDU size 0xc0 = 2**13, calling 0xc1, called 0xc2
CR_OCTETS = bytes.fromhex(
    "14 e0 0000 0001 00 c0010d c104 58343030 c205 4d54413132".replace(" ", "")
)
CR_TPDU = bytes.fromhex("16") + CR_OCTETS[1:]


def connected(**options: int) -> tuple[TransportConnection, TransportConnection]:
    caller = TransportConnection(initiator=True, **options)
    called = TransportConnection(initiator=False)
    caller.connect(b"MTA12", b"X400")
    assert called.receive_data(caller.data_to_send()) == [TConnect(b"MTA12", b"X400")]
    assert caller.receive_data(called.data_to_send()) == [TConnectConfirm()]
    return caller, called


def test_golden_connect_request() -> None:
    caller = TransportConnection(initiator=True)
    caller.connect(b"MTA12", b"X400")
    assert caller.data_to_send() == frame(CR_TPDU)
    assert transport.decode(CR_TPDU) == Tpdu(
        CR, source=1, parameters=((0xC0, b"\x0d"), (0xC1, b"X400"), (0xC2, b"MTA12"))
    )


@given(
    st.sampled_from([CR, transport.CC]),
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFF),
    st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=20)), max_size=4),
)
def test_tpdus_survive_the_wire(
    code: int, destination: int, source: int, parameters: list[tuple[int, bytes]]
) -> None:
    tpdu = Tpdu(code, destination, source, parameters=tuple(parameters))
    assert transport.decode(transport.encode(tpdu)) == tpdu


@given(
    st.lists(st.binary(max_size=3000), min_size=1, max_size=5), st.sampled_from([128, 1024, 8192])
)
def test_tsdus_are_segmented_and_joined(tsdus: list[bytes], size: int) -> None:
    caller, called = connected(max_tpdu_size=size)
    assert called.tpdu_size == size
    for tsdu in tsdus:
        caller.data(tsdu)
    octets = caller.data_to_send()
    assert all(len(tpdu) <= size for tpdu in TpktReader().feed(octets))
    assert called.receive_data(octets) == [TData(tsdu) for tsdu in tsdus]


@pytest.mark.parametrize(
    ("value", "size"), [("c0010d", 8192), ("c00107", 128), ("", 8192)], ids=["8192", "128", "none"]
)
def test_tpdu_size_is_the_smaller_of_both(value: str, size: int) -> None:
    called = TransportConnection(initiator=False)
    parameters = bytes.fromhex(value)
    called.receive_data(
        frame(bytes((6 + len(parameters),)) + bytes.fromhex("e0 0000 0001 00") + parameters)
    )
    assert called.tpdu_size == size


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


def test_class_4_with_0_as_alternative_is_negotiated_down_and_without_it_refused() -> None:
    with_alternative = bytes.fromhex("09 e0 0000 0001 40 c70100")
    called = TransportConnection(initiator=False)
    assert called.receive_data(frame(with_alternative)) == [TConnect(b"", b"")]
    without = bytes.fromhex("06 e0 0000 0001 40")
    called = TransportConnection(initiator=False)
    (refused,) = called.receive_data(frame(without))
    assert isinstance(refused, TDisconnect)
    assert refused.reason == DisconnectReason.NEGOTIATION_FAILED


def test_release_is_a_disconnect_request_by_the_initiator() -> None:
    caller, called = connected()
    caller.disconnect()
    octets = caller.data_to_send()
    assert transport.decode(next(TpktReader().feed(octets))) == Tpdu(
        DR, destination=1, source=1, option=DisconnectReason.NORMAL
    )
    assert isinstance(called.receive_data(octets)[0], TDisconnect)
    assert called.closed


def test_a_tsdu_that_never_ends_is_bounded() -> None:
    _, called = connected()
    endless = frame(b"\x02\xf0\x00" + bytes(8000))
    for _ in range(1000):
        if events := called.receive_data(endless):
            break
    assert isinstance(events[0], TDisconnect)
    assert "longer than 1048576" in events[0].text


@pytest.mark.parametrize(
    ("tpdu", "text"),
    [
        ("ff e0 0000 0001 00", "length indicator 255"),
        ("09 e0 0000 0001 00", "length indicator 9 beyond 7"),
        ("02 30 00", "not one of class 0"),
        ("04 e0 0000 00", "too short"),
        ("08 e0 0000 0001 00 c0 05", "runs beyond"),
        ("09 e0 0000 0001 00 c00120", "TPDU size 0x20"),
        ("08 e0 0000 0001 00 c000", "TPDU size 0x:"),
        ("02 f0 80", "in state no connection"),
    ],
)
def test_wrong_tpdus_end_the_connection_with_a_reason(tpdu: str, text: str) -> None:
    called = TransportConnection(initiator=False)
    (ended,) = called.receive_data(frame(bytes.fromhex(tpdu)))
    assert isinstance(ended, TDisconnect)
    assert text in ended.text
    assert called.closed
    assert called.receive_data(frame(CR_TPDU)) == []


def test_an_error_in_data_transfer_is_answered_with_er() -> None:
    _, called = connected()
    called.receive_data(frame(bytes.fromhex("02 30 00")))
    answer = transport.decode(next(TpktReader().feed(called.data_to_send())))
    assert answer.code == transport.ER


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


def test_decode_raises_protocol_error_only() -> None:
    with pytest.raises(ProtocolError):
        transport.decode(b"\x00")
