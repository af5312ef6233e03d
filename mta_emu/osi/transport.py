"""Transport, X.224 class 0 over RFC 1006: TPDUs and the connection.

Class 0 has neither flow control nor a release: one transport connection is one TCP connection. Of
the expedited data that RFC 1006 gives it no use is made.
"""

from dataclasses import dataclass
from enum import Enum, IntEnum

from mta_emu.osi.errors import ProtocolError, ServiceMisuse
from mta_emu.osi.tpkt import HEADER_LENGTH, MAX_LENGTH, TpktReader, frame

CR, CC, DR, DT, ER = 0xE0, 0xD0, 0x80, 0xF0, 0x70
ED = 0x10  # RFC 1006 has it in class 0, in the form of a DT

_SIZE, _CALLING, _CALLED, _ALTERNATIVE, _PREFERRED_SIZE = 0xC0, 0xC1, 0xC2, 0xC7, 0xF0
_ADDITIONAL_OPTIONS, _EXPEDITED_DATA = 0xC6, b"\x01"
_INVALID_TPDU = 0xC1  # in an ER
_DT_HEADER = 3
_MAX_SELECTOR = 32
_EOT = 0x80
_SIZE_UNIT = 128  # of the preferred maximum TPDU size

#: RFC 1006's maximum, which holds when no size is proposed.
MAX_TPDU_SIZE = MAX_LENGTH - HEADER_LENGTH
_SIZES = range(7, 14)  # of the TPDU size parameter, powers of 2: 128 to 8192

#: Octets of one TSDU that are kept at most; a longer one is indicated in parts.
MAX_TSDU_SIZE = (1 << 20) + (1 << 16)


class DisconnectReason(IntEnum):
    """Reasons of a DR TPDU (X.224 13.5.3).

    A T-selector that nobody here has is an unknown address (3); a session entity that is not
    attached (2) would be one that is configured and not there.
    """

    NOT_SPECIFIED = 0
    CONGESTION = 1
    SESSION_ENTITY_NOT_ATTACHED = 2
    ADDRESS_UNKNOWN = 3
    NORMAL = 128
    NEGOTIATION_FAILED = 130
    PROTOCOL_ERROR = 133


class RejectCause(IntEnum):
    """Causes of an ER TPDU (X.224 13.12.3)."""

    NOT_SPECIFIED = 0
    INVALID_PARAMETER_CODE = 1
    INVALID_TPDU_TYPE = 2
    INVALID_PARAMETER_VALUE = 3


class TpduError(ProtocolError):
    """A TPDU that class 0 does not have or that says what it must not, and why it is rejected."""

    def __init__(self, text: str, cause: RejectCause = RejectCause.NOT_SPECIFIED) -> None:
        super().__init__(text)
        self.cause = cause


@dataclass(frozen=True)
class Tpdu:
    """A decoded TPDU: its code, the fixed part that class 0 reads, its parameters, user data."""

    code: int
    destination: int = 0
    source: int = 0
    #: class and option for CR and CC, reason for DR, reject cause for ER
    option: int = 0
    parameters: tuple[tuple[int, bytes], ...] = ()
    user_data: bytes = b""

    def parameter(self, code: int) -> bytes | None:
        """The value of a parameter, the last one when it is repeated (X.224 13.2.3)."""
        return dict(self.parameters).get(code)


def encode(tpdu: Tpdu) -> bytes:
    """The octets of a CR, CC, DR or ER TPDU (X.224 clause 13)."""
    fixed = bytes((tpdu.code,)) + tpdu.destination.to_bytes(2, "big")
    if tpdu.code != ER:
        fixed += tpdu.source.to_bytes(2, "big")
    fixed += bytes((tpdu.option,))
    variable = b"".join(bytes((code, len(value))) + value for code, value in tpdu.parameters)
    return bytes((len(fixed) + len(variable),)) + fixed + variable + tpdu.user_data


def decode(octets: bytes) -> Tpdu:
    """Read a TPDU. Raises TpduError when it is not one of class 0."""
    indicator = next(iter(octets), 0)
    if indicator == 0xFF or indicator >= len(octets):
        raise TpduError(f"TPDU length indicator {indicator} beyond {len(octets)} octets")
    header, user_data = octets[1 : indicator + 1], octets[indicator + 1 :]
    code = header[0] & 0xF0 if header else 0
    fixed_length = {CR: 6, CC: 6, DR: 6, DT: 2, ED: 2, ER: 4}.get(code)
    if fixed_length is None:
        raise TpduError(
            f"TPDU code 0x{code:02x}: not one of class 0", RejectCause.INVALID_TPDU_TYPE
        )
    if len(header) < fixed_length:
        raise TpduError(f"TPDU 0x{code:02x}: header of {len(header)} octets is too short")
    if code in (DT, ED):
        return Tpdu(code, option=header[1], user_data=user_data)
    return Tpdu(
        code,
        destination=int.from_bytes(header[1:3], "big"),
        source=int.from_bytes(header[3:5], "big") if code != ER else 0,
        option=header[fixed_length - 1],
        parameters=_parameters(header[fixed_length:]),
        user_data=user_data,
    )


def _parameters(octets: bytes) -> tuple[tuple[int, bytes], ...]:
    found = []
    at = 0
    while at < len(octets):
        end = at + 2 + octets[at + 1] if at + 1 < len(octets) else len(octets) + 1
        if end > len(octets):
            raise TpduError(
                f"TPDU parameter 0x{octets[at]:02x} runs beyond the header",
                RejectCause.INVALID_PARAMETER_VALUE,
            )
        found.append((octets[at], octets[at + 2 : end]))
        at = end
    return tuple(found)


@dataclass(frozen=True)
class TConnect:
    """T-CONNECT indication (responder; already accepted) with the selectors of the CR."""

    called: bytes
    calling: bytes


@dataclass(frozen=True)
class TConnectConfirm:
    """T-CONNECT confirm (initiator)."""


@dataclass(frozen=True)
class TData:
    """T-DATA indication: a TSDU, or a part of a long one, of which `last` is the last."""

    user_data: bytes
    last: bool = True


@dataclass(frozen=True)
class TDisconnect:
    """T-DISCONNECT indication; `reason` is the DR's when there was one, `text` is for people.

    `by_peer` is false when this side refused the connection, or what came over it.
    """

    text: str
    reason: int = DisconnectReason.NOT_SPECIFIED
    by_peer: bool = True


TransportIndication = TConnect | TConnectConfirm | TData | TDisconnect


class _State(Enum):
    IDLE = "no connection"
    WAIT_CC = "wait for CC"
    OPEN = "data transfer"
    CLOSED = "closed"


@dataclass(frozen=True)
class TransportOptions:
    """How this side wants its transport connections.

    `max_tpdu_size` is what is proposed or accepted at most, 128 to 65531 octets: a power of 2 up
    to 8192 goes into the TPDU size parameter, another multiple of 128 into the preferred maximum
    TPDU size, and RFC 1006's maximum is proposed by saying nothing. `expedited_data` has the use
    of expedited data proposed (X.224 13.3.4), which no called side here agrees to. Where another
    one does, its expedited data are passed over: an abort that they announce comes as such, too.
    `reserved_octet` is sent in each TPKT header, and is to be 0; `strict_tpkt` has any other
    refused, though it is to be ignored (KB Q157015). Raises ValueError when the TPDU size is none
    of these.
    """

    max_tpdu_size: int = 8192
    expedited_data: bool = False
    reserved_octet: int = 0
    strict_tpkt: bool = False

    def __post_init__(self) -> None:
        """Check the TPDU size."""
        size = self.max_tpdu_size
        if size == MAX_TPDU_SIZE or (_SIZE_UNIT <= size < MAX_TPDU_SIZE and not size % _SIZE_UNIT):
            return
        raise ValueError(
            f"a TPDU size of {size}: must be a multiple of {_SIZE_UNIT} below {MAX_TPDU_SIZE}, "
            f"or {MAX_TPDU_SIZE}"
        )


DEFAULT_OPTIONS = TransportOptions()


class TransportConnection:
    """One class 0 transport connection over one TCP connection (X.224 clause 6, sans-IO)."""

    def __init__(
        self,
        initiator: bool,
        *,
        local_selector: bytes = b"",
        options: TransportOptions = DEFAULT_OPTIONS,
        max_tsdu_size: int = MAX_TSDU_SIZE,
        refusal: DisconnectReason | None = None,
    ) -> None:
        """Be the caller or the called side.

        `local_selector`, when not empty, is the only T-selector answered. `max_tsdu_size` bounds
        the octets of a TSDU that are kept: of a longer one, those of a part. `refusal`, when given,
        is the answer to every caller.
        """
        self.initiator = initiator
        self.tpdu_size = options.max_tpdu_size
        self._options = options
        self._local_selector = local_selector
        self._max_tsdu_size = max_tsdu_size
        self._refusal = refusal
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
        parameters = (*_size_parameters(self.tpdu_size), *_selectors(calling, called))
        if self._options.expedited_data:
            parameters += ((_ADDITIONAL_OPTIONS, _EXPEDITED_DATA),)
        self._send(Tpdu(CR, source=self._source, parameters=parameters))
        self._state = _State.WAIT_CC

    def data(self, tsdu: bytes, *, last: bool = True) -> None:
        """T-DATA request: send a TSDU, segmented to the negotiated TPDU size (X.224 6.3).

        It may be sent in parts, of which only the `last` one ends it.
        """
        if self._state is not _State.OPEN:
            return  # the peer closed while the user was busy: the disconnect tells it
        room = self.tpdu_size - _DT_HEADER
        for start in range(0, len(tsdu), room) or (0,) * last:
            end = last and start + room >= len(tsdu)
            header = bytes((2, DT, _EOT if end else 0))
            octets = header + tsdu[start : start + room]
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
                what = f"disconnected: {_name(DisconnectReason, tpdu.option)}"
                return [TDisconnect(f"the peer's transport {what}", tpdu.option)]
            what = f"rejected a TPDU: {_name(RejectCause, tpdu.option)}"
            return [TDisconnect(f"the peer's transport {what}", DisconnectReason.PROTOCOL_ERROR)]
        raise TpduError(
            f"TPDU 0x{tpdu.code:02x} in state {self._state.value}", RejectCause.INVALID_TPDU_TYPE
        )

    def _on_connect(self, cr: Tpdu) -> list[TransportIndication]:
        self._destination = cr.source
        called, calling = cr.parameter(_CALLED) or b"", cr.parameter(_CALLING) or b""
        if max(len(called), len(calling)) > _MAX_SELECTOR:
            raise TpduError(
                f"a T-selector is longer than {_MAX_SELECTOR} octets",
                RejectCause.INVALID_PARAMETER_VALUE,
            )
        classes = {cr.option >> 4} | {octet >> 4 for octet in cr.parameter(_ALTERNATIVE) or b""}
        if not classes & {0, 1}:  # a proposal of class 1 may be answered with 0 (X.224 table 3)
            proposed = ", ".join(map(str, sorted(classes)))
            return self._refuse(
                DisconnectReason.NEGOTIATION_FAILED, f"class {proposed} proposed: only 0 is here"
            )
        if self._local_selector and called and called != self._local_selector:
            return self._refuse(
                DisconnectReason.ADDRESS_UNKNOWN, f"called T-selector 0x{called.hex()} is not ours"
            )
        if self._refusal is not None:
            return self._refuse(self._refusal, "nobody is served now")
        self._negotiate(cr)
        preferred = cr.parameter(_PREFERRED_SIZE) is not None
        if preferred:
            self.tpdu_size -= self.tpdu_size % _SIZE_UNIT  # what the answer can say
        size = _size_parameters(self.tpdu_size, preferred=preferred)
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
        agreed = (cc.parameter(_ADDITIONAL_OPTIONS) or b"\x00")[0] & _EXPEDITED_DATA[0]
        self._expedited = self._options.expedited_data and bool(agreed)
        self._negotiate(cc)
        self._state = _State.OPEN
        return [TConnectConfirm()]

    def _on_data(self, dt: Tpdu) -> list[TransportIndication]:
        last = bool(dt.option & _EOT)
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

    def _negotiate(self, tpdu: Tpdu) -> None:
        """Take the smaller TPDU size; when none is named RFC 1006's maximum stands.

        A preferred maximum TPDU size goes before a TPDU size (X.224 13.3.4).
        """
        size, preferred = tpdu.parameter(_SIZE), tpdu.parameter(_PREFERRED_SIZE)
        proposed = MAX_TPDU_SIZE
        if preferred is not None:
            proposed = int.from_bytes(preferred, "big") * _SIZE_UNIT
            if not 0 < len(preferred) <= 4 or not proposed:
                raise TpduError(
                    f"preferred maximum TPDU size 0x{preferred.hex()}: must be 1 to 4 octets, "
                    "not zero",
                    RejectCause.INVALID_PARAMETER_VALUE,
                )
        elif size is not None:
            if len(size) != 1 or size[0] not in _SIZES:
                raise TpduError(
                    f"TPDU size 0x{size.hex()}: must be 7 (128) to 13 (8192)",
                    RejectCause.INVALID_PARAMETER_VALUE,
                )
            proposed = 1 << size[0]
        self.tpdu_size = min(self.tpdu_size, proposed)

    def _refuse(self, reason: DisconnectReason, text: str) -> list[TransportIndication]:
        self._send(Tpdu(DR, self._destination, 0, option=reason))
        self._state = _State.CLOSED
        return [TDisconnect(text, reason, by_peer=False)]

    def _reject(self, octets: bytes, error: TpduError) -> TDisconnect:
        """Answer a TPDU that is wrong with ER (X.224 6.22), and give up."""
        peer = int.from_bytes(octets[4:6], "big") if octets[1] & 0xF0 == CR else self._destination
        invalid = (_INVALID_TPDU, octets[:_MAX_SELECTOR])
        self._send(Tpdu(ER, peer, option=error.cause, parameters=(invalid,)))
        self._state = _State.CLOSED
        return _given_up(error)

    def _send(self, tpdu: Tpdu) -> None:
        self._out += frame(encode(tpdu), self._options.reserved_octet)


def _given_up(error: ProtocolError) -> TDisconnect:
    return TDisconnect(str(error), DisconnectReason.PROTOCOL_ERROR, by_peer=False)


def _size_parameters(size: int, *, preferred: bool = False) -> tuple[tuple[int, bytes], ...]:
    """What says a TPDU size: in an answer as `preferred` maximum where that was proposed.

    A caller that prefers more than the TPDU size parameter can say names 8192 too, for a peer
    that does not know the preferred maximum. Nothing stands for RFC 1006's maximum.
    """
    if size == MAX_TPDU_SIZE and not preferred:
        return ()
    units = size // _SIZE_UNIT
    in_units = (_PREFERRED_SIZE, units.to_bytes((units.bit_length() + 7) // 8, "big"))
    power = size.bit_length() - 1
    if not preferred and 1 << power == size and power in _SIZES:
        return ((_SIZE, bytes((power,))),)
    fallback = (_SIZE, bytes((min(power, _SIZES[-1]),)))
    return (in_units,) if preferred else (fallback, in_units)


def _selectors(calling: bytes, called: bytes) -> tuple[tuple[int, bytes], ...]:
    both = ((_CALLING, calling), (_CALLED, called))
    return tuple((code, selector) for code, selector in both if selector)


def _name(codes: type[IntEnum], value: int) -> str:
    """A code in words, with its number."""
    known = value in codes.__members__.values()
    words = codes(value).name.lower().replace("_", " ") if known else "unknown"
    return f"{words} ({value})"
