"""RTSE over the session itself: the X.410-1984 mode (X.228 8.3, X.410 clause 4).

Presentation is no more than a wrapping of RTORQ, RTOAC, RTORJ and RTAB (X.226 8.2); a stack of
1984 knows them as PConnect, PAccept, PRefuse and AbortInformation and sends the same octets.
Transfer is bare: S-DATA carries the octets of the APDU, S-RELEASE nothing.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final

from mta_emu.osi import ber
from mta_emu.osi.asn1 import compile_modules
from mta_emu.osi.errors import ProtocolError, decoder
from mta_emu.osi.rtse.apdus import AbortReason, RefuseReason, Rtab, Rtoac, Rtorj, Rtorq
from mta_emu.osi.rtse.lower import (
    RTSE_TOKENS,
    Abort,
    Associate,
    AssociateAccept,
    AssociateReject,
    Below,
    Data,
    LowerPrimitive,
    Please,
    ProviderAbort,
    Release,
    ReleaseAccept,
)
from mta_emu.osi.rtse.primitives import ApduSource, Mode
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.connection import SessionConnection
from mta_emu.osi.session.primitives import (
    SConnect,
    SConnectAccept,
    SConnectRefuse,
    SData,
    SessionPrimitive,
    SPAbort,
    SRelease,
    SReleaseAccept,
    STokenPlease,
    SUAbort,
    Token,
)

_CODEC = compile_modules("mta_emu.osi.asn1", "rtse", "x410")

_X410_MODE: Final = {"mode-value": 0}
_MODE_SELECTOR = b"\xa0"
_SEQUENCE = 0x30  # what a CPR of the normal mode begins with

#: The application protocols that RTORQ names (X.419 13.1.1.1); X.410 made P1 the default.
_PROTOCOLS = {Mode.X410_1984: 1, Mode.X410_1988: 12}
_MODES = {None: Mode.X410_1984} | {protocol: mode for mode, protocol in _PROTOCOLS.items()}


def in_order(protocol: int | None) -> int | None:
    """An application protocol that may have its two octets swapped: 12 for 3072 (`84 02 0c 00`).

    ISODE on a little-endian machine sends it so.
    """
    if protocol is None or protocol in _MODES:
        return protocol
    swapped = (protocol & 0xFF) << 8 | protocol >> 8
    return swapped if swapped in _MODES else protocol


def is_x410(cp: bytes) -> bool:
    """Whether the user data of an S-CONNECT is in X.410-1984 mode; False when it is no CP.

    Only the mode selector is read, which comes first as a rule: the rest is for whoever serves the
    mode.
    """
    try:
        for element in ber.children(cp):
            if element.startswith(_MODE_SELECTOR):
                return bool(_CODEC.decode("Mode-selector", element) == _X410_MODE)
    except ProtocolError:
        pass
    return False


class Unwrapped:
    """An APDU that travels as it is."""

    def feed(self, octets: bytes) -> bytes:
        """The octets themselves."""
        return octets


class X410Mode:
    """RTSE's APDUs in the session's own services."""

    def __init__(self, session: SessionConnection, modes: Collection[Mode]) -> None:
        """Live on `session`; when called, only for the application protocols of `modes`."""
        self._session = session
        self._modes = modes

    def wrapped(self, apdu: ApduSource) -> ApduSource:
        """The APDU itself."""
        return apdu

    def unwrapper(self) -> Unwrapped:
        """Reads an APDU that is not wrapped."""
        return Unwrapped()

    def request(self, primitive: LowerPrimitive) -> None:
        """Carry out a request or response. Raises ServiceMisuse like the session's."""
        request = self._session.request
        match primitive:
            case Associate():
                request(_connect(primitive))
            case AssociateAccept(rtoac, identifier):
                cpa = _ppdu("CPA-PPDU", rtoac.to_asn1())
                request(SConnectAccept(identifier=identifier, user_data=cpa))
            case AssociateReject(rtorj):
                request(SConnectRefuse(user_data=_refusal(rtorj or Rtorj())))
            case Data(octets, part):
                request(SData(octets, part))
            case Please(priority):
                rttp = _CODEC.encode("RTTPapdu", priority)
                request(STokenPlease(Token.DATA, rttp))
            case Release():
                request(SRelease())
            case ReleaseAccept():
                request(SReleaseAccept())
            case Abort(rtab):
                request(SUAbort(_abort(rtab or Rtab())))

    def indications(self, from_session: Sequence[SessionPrimitive]) -> list[Below]:
        """Turn what the session indicates into what RTSE takes.

        What breaks the protocol is answered with RTAB in an S-U-ABORT.
        """
        found: list[Below] = []
        for primitive in from_session:
            try:
                indication = self._indication(primitive)
            except ProtocolError as error:
                self.request(Abort(Rtab(AbortReason.PROTOCOL_ERROR)))
                indication = ProviderAbort(str(error), by_peer=False)
            found.append(indication)
        return found

    @decoder
    def _indication(self, primitive: SessionPrimitive) -> Below:
        match primitive:
            case SConnect():
                return self._on_connect(primitive)
            case SConnectAccept(identifier=identifier, user_data=cpa):
                return AssociateAccept(Rtoac.from_asn1(_parameters("CPA-PPDU", cpa)), identifier)
            case SConnectRefuse():
                return _on_refuse(primitive)
            case SData(octets, part):
                return Data(octets, part)
            case STokenPlease(_, rttp):
                return Please(_CODEC.decode("RTTPapdu", rttp) if rttp else 0)
            case SRelease():
                return Release()
            case SReleaseAccept():
                return ReleaseAccept()
            case SUAbort(b""):
                return Abort(None)
            case SUAbort(rtab):
                return _on_abort(rtab)
            case SPAbort(reason, by_peer, connection_lost, layer):
                return ProviderAbort(reason, by_peer, connection_lost, layer)
        return primitive

    def _on_connect(self, indication: SConnect) -> Associate | ProviderAbort:
        rtorq = Rtorq.from_asn1(_parameters("CP-type", indication.user_data))
        mode = _MODES.get(in_order(rtorq.application_protocol))
        if mode is None or mode not in self._modes:
            self.request(AssociateReject(Rtorj(RefuseReason.VALIDATION_FAILURE)))
            text = f"application protocol {rtorq.application_protocol} is not served"
            return ProviderAbort(text, by_peer=False)
        return Associate(
            called=Selectors(b"", indication.called_s_selector, indication.called_t_selector),
            calling=Selectors(b"", indication.calling_s_selector, indication.calling_t_selector),
            rtorq=rtorq,
            mode=mode,
            identifier=indication.identifier,
            called_side_has_turn=RTSE_TOKENS in indication.called_side_tokens,
        )


def _connect(request: Associate) -> SConnect:
    fields = request.rtorq.to_asn1() | {"applicationProtocol": _PROTOCOLS[request.mode]}
    return SConnect(
        called_t_selector=request.called.transport,
        calling_t_selector=request.calling.transport,
        called_s_selector=request.called.session,
        calling_s_selector=request.calling.session,
        identifier=request.identifier,
        user_data=_ppdu("CP-type", fields),
        called_side_tokens=request.called_side_tokens,
    )


def _on_refuse(confirm: SConnectRefuse) -> AssociateReject:
    cpr = confirm.user_data
    if not cpr:
        return AssociateReject(None, confirm.layer, confirm.reason, confirm.text)
    if cpr[0] == _SEQUENCE:
        return AssociateReject(None, "presentation", 0, "by the peer, who wants the normal mode")
    rtorj = Rtorj.from_asn1(_CODEC.decode("RTORJapdu", cpr))
    return AssociateReject(rtorj, permanent=True)


def _on_abort(rtab: bytes) -> Abort | ProviderAbort:
    """An abort is one whatever its RTAB looks like."""
    try:
        return Abort(Rtab.from_asn1(_CODEC.decode("RTABapdu", rtab)))
    except ProtocolError as error:
        return ProviderAbort(f"the peer aborted, why cannot be read: {error}", by_peer=True)


def _refusal(rtorj: Rtorj) -> bytes:
    """RTORJ as 1984 has it: always a reason, no user data."""
    reason = RefuseReason.VALIDATION_FAILURE if rtorj.refuse_reason is None else rtorj.refuse_reason
    return _CODEC.encode("RTORJapdu", Rtorj(reason).to_asn1())


def _abort(rtab: Rtab) -> bytes:
    """RTAB as 1984 has it: no user data, and no user who aborts."""
    by_user = rtab.reason == AbortReason.USER_ERROR
    reason = AbortReason.LOCAL_SYSTEM_PROBLEM if by_user else rtab.reason
    return _CODEC.encode("RTABapdu", Rtab(reason).to_asn1())


def _ppdu(name: str, parameters: dict[str, Any]) -> bytes:
    return _CODEC.encode(name, {"mode-selector": _X410_MODE, "x410-mode-parameters": parameters})


def _parameters(name: str, octets: bytes) -> dict[str, Any]:
    ppdu = _CODEC.decode(name, octets)
    if ppdu["mode-selector"] != _X410_MODE:
        raise ProtocolError(f"{name}: not in X.410-1984 mode")
    parameters: dict[str, Any] = ppdu["x410-mode-parameters"]
    return parameters
