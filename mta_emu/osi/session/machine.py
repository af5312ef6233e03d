"""The session protocol machine (SPM) as the state table's cells see it: its state, its variables,
what was proposed and agreed, and the ways in which it sends (X.225 Annex A).

What happens when is in table.py. What the cells do is in actions.py, with the methods here.
"""

from enum import Enum

from mta_emu.osi.errors import ServiceMisuse
from mta_emu.osi.session import segments
from mta_emu.osi.session.establishment import VERSION_1, VERSION_2, Agreement, Proposal
from mta_emu.osi.session.primitives import ConnectionIdentifier, Part, SConnect
from mta_emu.osi.session.spdu import MAX_USER_DATA, Spdu, Unit, encode_tsdu
from mta_emu.osi.session.variables import Variables
from mta_emu.osi.transport.connection import TransportConnection
from mta_emu.osi.transport.options import TransportOptions
from mta_emu.osi.transport.primitives import TConnect

_MAX_ABORT_DATA_VERSION_1 = 9
_DATA_IN_VERSION_2 = {Spdu.GT, Spdu.GTC, Spdu.AI, Spdu.AIA, Spdu.AD, Spdu.ADA}


class State(Enum):
    """States of the SPM, numbered as in X.225 Annex A."""

    STA01 = "idle, no transport connection"
    STA01B = "wait for T-CONNECT confirm"
    STA01C = "idle, transport connected"
    STA01D = "wait for CONNECT DATA OVERFLOW"
    STA02A = "wait for ACCEPT"
    STA02B = "wait for OVERFLOW ACCEPT"
    STA03 = "wait for DISCONNECT"
    STA04B = "wait for ACTIVITY END ACK"
    STA05B = "wait for ACTIVITY INTERRUPT ACK"
    STA05C = "wait for ACTIVITY DISCARD ACK"
    STA08 = "wait for S-CONNECT response"
    STA09 = "wait for S-RELEASE response"
    STA10B = "wait for S-ACTIVITY-END response"
    STA11B = "wait for S-ACTIVITY-INTERRUPT response"
    STA11C = "wait for S-ACTIVITY-DISCARD response"
    STA16 = "wait for T-DISCONNECT"
    STA18 = "wait for GIVE TOKENS ACK"
    STA19 = "wait for a recovery request or SPDU, as who reported the exception"
    STA20 = "wait for a recovery SPDU or request"
    STA713 = "data transfer"

    __hash__ = object.__hash__  # as good as Enum's, and not a call: every look-up has one


class Spm:
    """What a session protocol machine keeps, and how it sends."""

    def __init__(
        self,
        initiator: bool,
        *,
        local_t_selector: bytes,
        transport: TransportOptions,
        max_tsdu_size: int,
    ) -> None:
        self.transport = TransportConnection(
            initiator, local_selector=local_t_selector, options=transport
        )
        self.state = State.STA01
        self.variables = Variables(made_transport=initiator)
        self.identifier = ConnectionIdentifier()
        #: how long a TSDU may be that this side proposes or accepts, 0: any length
        self.max_tsdu_size = max_tsdu_size
        self.called = TConnect(b"", b"")
        self.proposal = Proposal(SConnect(), VERSION_1, (0, 0), overflows=False)
        self.overflow = bytearray()  # user data of a connect that came in more than one SPDU
        self.version = VERSION_2
        self.send_limit = self.receive_limit = 0  # octets of a TSDU, 0: any
        self._in_ssdu = False  # data were sent that others follow

    def agree(self, agreement: Agreement) -> None:
        """Begin the data transfer phase with what CONNECT and ACCEPT settled."""
        called_side, initiator = agreement.called_side_tokens, self.variables.made_transport
        owned = ~called_side if initiator else called_side
        self.variables.start(agreement.functional_units, owned, agreement.initial_serial_number)
        self.version = agreement.version
        to_called, to_calling = agreement.max_tsdu
        self.send_limit = to_called if initiator else to_calling
        self.receive_limit = to_calling if initiator else to_called

    def send(self, unit: Unit) -> None:
        """Send an SPDU, in pieces where TSDUs have a maximum size."""
        if unit.spdu is Spdu.DT:
            self._in_ssdu = Part.END not in unit.part
        elif self._in_ssdu:  # nobody waits for the rest: an exception, a discard, an abort
            self.send(Unit(Spdu.DT, part=Part.END))
        if self.version == VERSION_1 and unit.spdu not in (Spdu.DT, Spdu.TD):
            self.transport.data(encode_tsdu(_within_version_1(unit)))
            return
        for piece in segments.cut(unit, self.send_limit):
            octets = encode_tsdu(piece) if Part.BEGINNING in piece.part else piece.user_data
            self.transport.data(octets, last=Part.END in piece.part)


def fits_version_1(unit: Unit) -> bool:
    """Whether version 1 can carry the user data; an ABORT with more is accepted."""
    if unit.spdu in (Spdu.DT, Spdu.TD):
        return True
    return len(unit.user_data) <= (0 if unit.spdu in _DATA_IN_VERSION_2 else MAX_USER_DATA)


def _within_version_1(unit: Unit) -> Unit:
    """A unit as version 1 can carry it.

    What does not fit an ABORT is left out: that is to be sent all the same. Raises ServiceMisuse.
    """
    size = len(unit.user_data)
    if unit.spdu is Spdu.AB and size > _MAX_ABORT_DATA_VERSION_1:
        return unit._replace(user_data=b"")
    if not fits_version_1(unit):
        raise ServiceMisuse(f"{unit.spdu.name} with {size} octets of user data in version 1")
    return unit
