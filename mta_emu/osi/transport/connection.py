"""The transport protocol machine of class 0 (X.224 clause 6), over one TCP connection.

States: no connection -> (the caller) wait for CC -> data transfer -> closed; the called side goes
to data transfer at once when it accepts a CR. A TPDU that the state or class 0 does not have is
answered with ER; what is not even a TPKT cannot be answered. Both close the connection.
"""

from enum import Enum

from mta_emu.osi.errors import ProtocolError, ServiceMisuse
from mta_emu.osi.tpkt import TpktReader, frame
from mta_emu.osi.transport.options import (
    DEFAULT_OPTIONS,
    TransportOptions,
    agreed_size,
    size_parameters,
)
from mta_emu.osi.transport.primitives import (
    TConnect,
    TConnectConfirm,
    TData,
    TDisconnect,
    TransportIndication,
)
from mta_emu.osi.transport.tpdu import (
    ADDITIONAL_OPTIONS,
    ALTERNATIVE,
    CALLED,
    CALLING,
    CC,
    CR,
    DR,
    DT,
    ED,
    EOT,
    ER,
    EXPEDITED_DATA,
    INVALID_TPDU,
    MAX_SELECTOR,
    PREFERRED_SIZE,
    DisconnectReason,
    RejectCause,
    Tpdu,
    TpduError,
    decode,
    encode,
    in_words,
)

_DT_HEADER = 3  # octets
_DT, _DT_AT_END = bytes((2, DT, 0)), bytes((2, DT, EOT))
_MAX_REJECTED = 32  # octets of a wrong TPDU that an ER returns

#: Octets of one TSDU that are kept at most; a longer one is indicated in parts.
MAX_TSDU_SIZE = (1 << 20) + (1 << 16)


class _State(Enum):
    IDLE = "no connection"
    WAIT_CC = "wait for CC"
    OPEN = "data transfer"
    CLOSED = "closed"


class TransportConnection:
    """One class 0 transport connection over one TCP connection (X.224 clause 6, sans-IO)."""

    def __init__(
        self,
        initiator: bool,
        *,
        local_selector: bytes = b"",
        options: TransportOptions = DEFAULT_OPTIONS,
        max_tsdu_size: int = MAX_TSDU_SIZE,
    ) -> None:
        """Be the caller or the called side.

        `local_selector`, when not empty, is the only T-selector answered. `max_tsdu_size` bounds
        the octets of a TSDU that are kept: of a longer one, those of a part.
        """
        self.initiator = initiator
        self.tpdu_size = options.max_tpdu_size
        self._options = options
        self._local_selector = local_selector
        self._max_tsdu_size = max_tsdu_size
        self._state = _State.IDLE
        self._expedited = False  # its use was agreed to
        self._reader = TpktReader(strict=options.strict_tpkt)
        self._out = bytearray()
        self._tsdu = bytearray()
        self._source = 1
        self._destination = 0

    @property
    def closed(self) -> bool:
        """Whether the connection is over: send what is left, then close the socket."""
        return self._state is _State.CLOSED

    @property
    def established(self) -> bool:
        """Whether the peer's transport has answered."""
        return self._destination != 0 or self._state is _State.OPEN

    def data_to_send(self) -> bytes:
        """The octets to write to the socket now."""
        octets = bytes(self._out)
        self._out.clear()
        return octets

    # Requests

    def connect(self, called: bytes = b"", calling: bytes = b"") -> None:
        """T-CONNECT request: send CR (X.224 6.5). The selectors are 1 to 32 octets, or empty."""
        if not self.initiator or self._state is not _State.IDLE:
            raise ServiceMisuse(f"T-CONNECT request in state {self._state.value}")
        parameters = (*size_parameters(self.tpdu_size), *_selectors(calling, called))
        if self._options.expedited_data:
            parameters += ((ADDITIONAL_OPTIONS, EXPEDITED_DATA),)
        self._send(Tpdu(CR, source=self._source, parameters=parameters))
        self._state = _State.WAIT_CC

    def data(self, tsdu: bytes, *, last: bool = True) -> None:
        """T-DATA request: send a TSDU, segmented to the negotiated TPDU size (X.224 6.3).

        It may be sent in parts, of which only the `last` one ends it.
        """
        if self._state is not _State.OPEN:
            return  # the peer has closed, and the user has yet to get that
        room = self.tpdu_size - _DT_HEADER
        for start in range(0, len(tsdu), room) or (0,) * last:
            end = last and start + room >= len(tsdu)
            octets = (_DT_AT_END if end else _DT) + tsdu[start : start + room]
            self._out += frame(octets, self._options.reserved_octet)

    def disconnect(self) -> None:
        """T-DISCONNECT request: end the connection.

        Class 0 releases by closing TCP (X.224 6.7.1.2); real stacks send a DR from the initiator
        first, and so do we.
        """
        if self._state is _State.OPEN and self.initiator:
            self._send(Tpdu(DR, self._destination, self._source, option=DisconnectReason.NORMAL))
        self._state = _State.CLOSED

    # What arrives

    def receive_data(self, octets: bytes) -> list[TransportIndication]:
        """Take octets from the socket."""
        indications: list[TransportIndication] = []
        if self.closed:
            return indications
        try:
            for tpdu in self._reader.feed(octets):
                indications += self._receive_tpdu(tpdu)
                if self.closed:
                    break
        except ProtocolError as error:  # not even a TPKT: nothing that could be answered
            self._state = _State.CLOSED
            indications.append(_given_up(error))
        return indications

    def receive_eof(self) -> list[TransportIndication]:
        """The socket is at its end: the network connection is gone."""
        if self.closed:
            return []
        self._state = _State.CLOSED
        return [TDisconnect("the TCP connection was closed")]

    def _receive_tpdu(self, octets: bytes) -> list[TransportIndication]:
        try:
            return self._on_tpdu(decode(octets))
        except TpduError as error:
            return [self._reject(octets, error)]

    def _on_tpdu(self, tpdu: Tpdu) -> list[TransportIndication]:
        if tpdu.code == DT and self._state is _State.OPEN:
            return self._on_data(tpdu)
        if tpdu.code == ED and self._expedited:
            return []
        if tpdu.code == CR and self._state is _State.IDLE and not self.initiator:
            return self._on_connect(tpdu)
        if tpdu.code == CC and self._state is _State.WAIT_CC:
            return self._on_confirm(tpdu)
        if tpdu.code in (DR, ER):
            self._state = _State.CLOSED
            if tpdu.code == DR:
                what = f"disconnected: {in_words(DisconnectReason, tpdu.option)}"
                return [TDisconnect(f"the peer's transport {what}", tpdu.option)]
            what = f"rejected a TPDU: {in_words(RejectCause, tpdu.option)}"
            return [TDisconnect(f"the peer's transport {what}", DisconnectReason.PROTOCOL_ERROR)]
        raise TpduError(
            f"TPDU 0x{tpdu.code:02x} in state {self._state.value}", RejectCause.INVALID_TPDU_TYPE
        )

    def _on_connect(self, cr: Tpdu) -> list[TransportIndication]:
        self._destination = cr.source
        called, calling = cr.parameter(CALLED) or b"", cr.parameter(CALLING) or b""
        if max(len(called), len(calling)) > MAX_SELECTOR:
            raise TpduError(
                f"a T-selector is longer than {MAX_SELECTOR} octets",
                RejectCause.INVALID_PARAMETER_VALUE,
            )
        classes = {cr.option >> 4} | {octet >> 4 for octet in cr.parameter(ALTERNATIVE) or b""}
        if not classes & {0, 1}:  # a proposal of class 1 may be answered with 0 (X.224 table 3)
            proposed = ", ".join(map(str, sorted(classes)))
            return self._refuse(
                DisconnectReason.NEGOTIATION_FAILED, f"class {proposed} proposed: only 0 is here"
            )
        if self._local_selector and called and called != self._local_selector:
            return self._refuse(
                DisconnectReason.ADDRESS_UNKNOWN, f"called T-selector 0x{called.hex()} is not ours"
            )
        if self._options.refusal is not None:
            return self._refuse(self._options.refusal, "nobody is served now")
        self.tpdu_size = agreed_size(self.tpdu_size, cr)
        preferred = cr.parameter(PREFERRED_SIZE) is not None
        size = size_parameters(self.tpdu_size, preferred=preferred)
        parameters = (*size, *_selectors(calling, called))
        self._send(Tpdu(CC, self._destination, self._source, parameters=parameters))
        self._state = _State.OPEN
        return [TConnect(called, calling)]

    def _on_confirm(self, cc: Tpdu) -> list[TransportIndication]:
        if cc.option >> 4:
            raise TpduError(
                f"class {cc.option >> 4} chosen: only 0 was proposed",
                RejectCause.INVALID_PARAMETER_VALUE,
            )
        self._destination = cc.source
        agreed = (cc.parameter(ADDITIONAL_OPTIONS) or b"\x00")[0] & EXPEDITED_DATA[0]
        self._expedited = self._options.expedited_data and bool(agreed)
        self.tpdu_size = agreed_size(self.tpdu_size, cc)
        self._state = _State.OPEN
        return [TConnectConfirm()]

    def _on_data(self, dt: Tpdu) -> list[TransportIndication]:
        last = bool(dt.option & EOT)
        if not dt.user_data and not last:
            raise TpduError("a DT TPDU without user data")  # X.224 13.7.5: at least one octet
        if not self._tsdu and last:
            return [TData(dt.user_data)]
        parts = []
        if len(self._tsdu) + len(dt.user_data) > self._max_tsdu_size:
            parts.append(TData(bytes(self._tsdu), last=False))
            self._tsdu.clear()
        self._tsdu += dt.user_data
        if last:
            parts.append(TData(bytes(self._tsdu)))
            self._tsdu.clear()
        return list(parts)

    def _refuse(self, reason: DisconnectReason, text: str) -> list[TransportIndication]:
        self._send(Tpdu(DR, self._destination, 0, option=reason))
        self._state = _State.CLOSED
        return [TDisconnect(text, reason, by_peer=False)]

    def _reject(self, octets: bytes, error: TpduError) -> TDisconnect:
        """Answer a TPDU that is wrong with ER (X.224 6.22), and give up."""
        peer = int.from_bytes(octets[4:6], "big") if octets[1] & 0xF0 == CR else self._destination
        invalid = (INVALID_TPDU, octets[:_MAX_REJECTED])
        self._send(Tpdu(ER, peer, option=error.cause, parameters=(invalid,)))
        self._state = _State.CLOSED
        return _given_up(error)

    def _send(self, tpdu: Tpdu) -> None:
        self._out += frame(encode(tpdu), self._options.reserved_octet)


def _given_up(error: ProtocolError) -> TDisconnect:
    return TDisconnect(str(error), DisconnectReason.PROTOCOL_ERROR, by_peer=False)


def _selectors(calling: bytes, called: bytes) -> tuple[tuple[int, bytes], ...]:
    both = ((CALLING, calling), (CALLED, called))
    return tuple((code, selector) for code, selector in both if selector)
