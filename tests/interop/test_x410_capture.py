"""Associations in X.410-1984 mode of a stack that nobody here wrote: we take the called part.

The caller's application protocol is a file transfer's (132), so its octets are made those of P1
where the association shall come about.
"""

from collections.abc import Iterator

import pytest
from scapy.layers.inet import IP, TCP
from scapy.utils import rdpcap

from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import (
    DialogueMode,
    Mode,
    RtCheckpoint,
    RtCheckpointSecured,
    RtClose,
    RtCloseAccept,
    RtOpen,
    RtOpenAccept,
    RtPAbort,
    RtPrimitive,
    RtTransferData,
    RtTransferEnd,
    RtTransferSecured,
)
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session import spdu
from mta_emu.osi.session.spdu import Pi
from mta_emu.osi.transport.connection import TransportConnection
from tests.shared import shared

CAPTURES = shared("captures")
FILE_TRANSFER, P1 = bytes.fromhex("84020084"), bytes.fromhex("84020001")
NULL = b"\x05\x00"


def segments(name: str) -> Iterator[tuple[bool, bytes]]:
    """What each side sent, in order: (by the caller, octets)."""
    packets = [packet for packet in rdpcap(str(CAPTURES / name)) if packet[TCP].payload]
    caller = packets[0][IP].src
    for packet in packets:
        yield packet[IP].src == caller, bytes(packet[TCP].payload)


def spdus(octets: bytes) -> list[bytes]:
    """The TSDUs in DT TPDUs; in these captures each is one TPDU."""
    found = []
    while octets:
        length = int.from_bytes(octets[2:4], "big")
        if octets[5] == 0xF0:
            found.append(octets[7:length])
        octets = octets[length:]
    return found


def called_part(name: str, called: RtseConnection, protocol: bytes) -> Iterator[RtPrimitive]:
    for by_caller, octets in segments(name):
        if by_caller:
            yield from called.receive_data(octets.replace(FILE_TRANSFER, protocol))


def test_a_transfer_with_checkpoints_is_taken_as_the_real_stack_took_it() -> None:
    name = "rts84_twa_put_100k.pcap"
    called = RtseConnection(initiator=False, modes=(Mode.X410_1984,))
    ours = b""
    content = b""
    ended = False
    for indication in called_part(name, called, P1):
        match indication:
            case RtOpen():
                assert indication.mode is Mode.X410_1984
                assert indication.dialogue_mode is DialogueMode.TWO_WAY_ALTERNATE
                assert (indication.checkpoint_size, indication.window_size) == (63, 3)
                assert indication.called == Selectors(session=b"\x00\x02")
                called.request(RtOpenAccept(NULL, 1, 3))
            case RtTransferData(octets):
                content += octets
            case RtCheckpoint(serial):
                called.request(RtCheckpointSecured(serial))
            case RtTransferEnd():
                called.request(RtTransferSecured())
            case RtClose():
                called.request(RtCloseAccept())
                ended = True
        ours += called.data_to_send()
    assert ended
    assert len(content) == 102400
    theirs = b"".join(octets for by_caller, octets in segments(name) if not by_caller)
    ours_accept, *ours_after = spdus(ours)
    theirs_accept, *theirs_after = spdus(theirs)
    assert ours_after == theirs_after
    (mine,), (other,) = spdu.decode_tsdu(ours_accept), spdu.decode_tsdu(theirs_accept)
    for pi in (Pi.CALLED_REFERENCE, Pi.COMMON_REFERENCE, Pi.USER_REQUIREMENTS):
        assert mine.get(pi) == other.get(pi)
    # theirs writes out the window size, which is the default
    assert other.user_data == bytes.fromhex("3113 a003800100 a10c 800101 810103 a204a0020500")
    assert mine.user_data == bytes.fromhex("3110 a003800100 a109 800101 a204a0020500")


def test_another_application_protocol_is_refused_with_the_same_octets() -> None:
    name = "rts84_refused_validate.pcap"
    called = RtseConnection(initiator=False)
    (why,) = called_part(name, called, FILE_TRANSFER)
    assert why == RtPAbort("application protocol 132 is not served", by_peer=False)
    theirs = b"".join(octets for by_caller, octets in segments(name) if not by_caller)
    (mine,) = spdu.decode_tsdu(spdus(called.data_to_send())[0])
    (other,) = spdu.decode_tsdu(spdus(theirs)[0])
    assert mine.get(Pi.REASON) == other.get(Pi.REASON) == b"\x02"
    assert mine.user_data == other.user_data == bytes.fromhex("3103800102")


@pytest.mark.parametrize("name", ["rts84_twa_put_100k.pcap", "rts84_refused_validate.pcap"])
def test_our_connect_has_the_same_octets(name: str) -> None:
    opening = next(called_part(name, RtseConnection(initiator=False), P1))
    calling = RtseConnection(initiator=True)
    calling.request(opening)
    called = TransportConnection(initiator=False)
    called.receive_data(calling.data_to_send())
    calling.receive_data(called.data_to_send())
    ours = spdus(calling.data_to_send())[0]
    theirs = spdus(b"".join(octets for by_caller, octets in segments(name) if by_caller))[0]
    (mine,), (other,) = spdu.decode_tsdu(ours), spdu.decode_tsdu(theirs)
    assert mine.get(Pi.CALLING_REFERENCE) == other.get(Pi.CALLING_REFERENCE)
    # 132 takes an octet more than 1: in the application protocol and in the lengths around it
    cp = bytearray(mine.user_data.replace(bytes.fromhex("840101"), FILE_TRANSFER))
    cp[1] += 1
    cp[8] += 1
    assert cp == other.user_data
