"""A reliable transfer machine whose lower layers take whatever is requested."""

from typing import Any

import pytest

from mta_emu.osi.rtse.association import ActivityName, Incoming, Outgoing
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.machine import Rtpm
from mta_emu.osi.rtse.primitives import ApduSource, Octets
from mta_emu.osi.rtse.x410_mode import Unwrapped
from mta_emu.osi.session.primitives import ConnectionIdentifier

IDENTIFIER = ConnectionIdentifier(b"\x04\x01A", b"\x17\x0d260101000000Z", b"\x14\x011")
LATER = ConnectionIdentifier(b"\x04\x01A", b"\x17\x0d260101000001Z", b"\x14\x011")
ACTIVITY = b"\x02\x01\x01"
APDU = b"\x04\x82\x0d\x00" + bytes(0x0D00)  # of more than three checkpoints of 1 KB


class Recorder:
    """Stands for what lies below RTSE: keeps what it is asked for."""

    def __init__(self) -> None:
        self.requests: list[Any] = []

    def request(self, primitive: Any) -> None:
        self.requests.append(primitive)

    def wrapped(self, apdu: ApduSource) -> ApduSource:
        return apdu

    def unwrapper(self) -> Unwrapped:
        return Unwrapped()


class Bench:
    """A machine, and what it asked of the layers below."""

    def __init__(self, *, initiator: bool = True) -> None:
        self.rtpm: Rtpm = RtseConnection(initiator)
        self.below = Recorder()
        self.rtpm.lower = self.below  # type: ignore[assignment]
        self.rtpm.session.request = self.below.request  # type: ignore[method-assign]
        self.rtpm.choose_mode = lambda x410: None  # type: ignore[method-assign]
        self.rtpm.association.identifier = IDENTIFIER
        self.rtpm.association.window_size = 3

    @property
    def asked(self) -> list[Any]:
        """What was asked of the layers below since this was looked at last."""
        requests, self.below.requests = self.below.requests, []
        return requests

    def send(self, *, confirmed: bool = False) -> Outgoing:
        """Have a transfer in hand, of which the first checkpoint is `confirmed` or not."""
        outgoing = Outgoing(Octets(APDU), 1024, 3)
        outgoing.names.append(ActivityName(IDENTIFIER, ACTIVITY))
        outgoing.next_piece()
        outgoing.checkpoint_set(1)
        if confirmed:
            outgoing.checkpoint_confirmed(1)
        self.rtpm.association.outgoing = outgoing
        return outgoing

    def receive(self) -> Incoming:
        """Have a transfer of the peer in hand."""
        incoming = Incoming(Unwrapped(), ActivityName(IDENTIFIER, ACTIVITY), 3)
        self.rtpm.association.incoming = incoming
        return incoming


@pytest.fixture
def bench() -> Bench:
    return Bench()
