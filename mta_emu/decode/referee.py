"""Whether both ends keep the protocol: two protocol machines that get what was on the wire.

Each end has a `SessionConnection` of its own, with the state table of X.225. A TPDU goes to the
receiver's machine as it would to the receiver; what that indicates, the sender must have
requested, so the sender's machine is asked for it (a request and its indication share a class,
osi/session/primitives.py) and its octets are thrown away. What the receiver's machine aborts is
what the sender did wrong. A request that the sender's machine refuses is not: it had crossed
something on the way.
"""

from contextlib import suppress

from mta_emu.decode.steps import Complaint, Side
from mta_emu.osi.errors import ServiceMisuse
from mta_emu.osi.session.connection import SessionConnection
from mta_emu.osi.session.primitives import SConnect, SessionPrimitive, SPAbort
from mta_emu.osi.tpkt import frame
from mta_emu.osi.transport.options import TransportOptions
from mta_emu.osi.transport.primitives import TDisconnect

_TOO_EARLY = "DT before the CC: the called transport has not answered yet"


class Referee:
    """Judges one association from its T-CONNECT on."""

    def __init__(self) -> None:
        self._machines = {Side.CALLED: _machine(initiator=False)}
        self._answer = b""  # the CC, until the calling machine is there to receive it

    def sent(self, sender: Side, tpdu: bytes) -> Complaint | None:
        """`sender` sent a TPDU: what is wrong with it, None when nothing is."""
        receiver = self._machines.get(sender.other)
        if receiver is None:
            self._answer = tpdu
            return None
        wrong = None
        events = receiver.transport.receive_data(frame(tpdu))
        for event in events:
            if isinstance(event, TDisconnect) and not event.by_peer:
                wrong = Complaint("transport", event.text)
        for indication in receiver.indications(events):
            if isinstance(indication, SConnect) and not self._answer:
                wrong = Complaint("transport", _TOO_EARLY)
            elif not isinstance(indication, SPAbort):
                self._requested(sender, indication)
            elif not indication.by_peer:
                wrong = Complaint(indication.layer, indication.reason)
        for machine in self._machines.values():
            machine.data_to_send()
        return wrong

    def _requested(self, sender: Side, primitive: SessionPrimitive) -> None:
        with suppress(ServiceMisuse):
            if isinstance(primitive, SConnect):
                calling = self._machines[Side.CALLING] = _machine(initiator=True)
                calling.request(primitive)
                calling.receive_data(frame(self._answer))
            else:
                self._machines[sender].request(primitive)


def _machine(initiator: bool) -> SessionConnection:
    """A machine that takes whatever the ends may have agreed on: segments, expedited data."""
    options = TransportOptions(expedited_data=True)
    return SessionConnection(initiator, max_tsdu_size=0xFFFF, transport=options)
