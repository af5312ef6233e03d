"""RTSE over association control and presentation: the normal mode (X.228 8.1 and 8.2)."""

from collections.abc import Collection, Sequence
from typing import Any

from mta_emu.osi import acse, ber
from mta_emu.osi.acse import (
    AAbort,
    AAssociate,
    AAssociateAccept,
    AAssociateReject,
    AcseConnection,
    AcsePrimitive,
    APAbort,
    ARelease,
    AReleaseAccept,
)
from mta_emu.osi.asn1 import compile_modules
from mta_emu.osi.errors import ProtocolError, decoder
from mta_emu.osi.presentation.connection import PresentationConnection
from mta_emu.osi.presentation.primitives import Context, PData, Pdv, Primitive, PTokenPlease
from mta_emu.osi.rtse.apdus import AbortReason, Rtab, Rtoac, Rtorj, Rtorq
from mta_emu.osi.rtse.external import ExternalReader, ExternalSource, external
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
from mta_emu.osi.session.connection import SessionConnection
from mta_emu.osi.session.primitives import Part, SConnect, SessionPrimitive, Token

_CODEC = compile_modules("mta_emu.osi.asn1", "rtse", "x410")

MTS_TRANSFER = "2.6.0.1.6"  # application context (X.419 clause 12)
_RTSE_ABSTRACT_SYNTAX, _MTSE_ABSTRACT_SYNTAX = "2.6.0.2.12", "2.6.0.2.7"
_RTSE_CONTEXT, _MTSE_CONTEXT = 3, 5
_SYNTAXES = frozenset((acse.ABSTRACT_SYNTAX, _RTSE_ABSTRACT_SYNTAX, _MTSE_ABSTRACT_SYNTAX))
_OCTET_STRING = b"\x04"
#: The tag of RTAB, and what ISODE sends in its place: universal where context-specific is right.
_RTAB, _RTAB_OF_ISODE = b"\xb6", b"\x36"
_NOT_SPECIFIED = 0  # provider-reason of CPR: none of them speaks of modes


class NormalMode:
    """Association control, presentation and the values that travel in their contexts."""

    def __init__(
        self, session: SessionConnection, modes: Collection[Mode], p_selector: bytes = b""
    ) -> None:
        """Live on `session`; when called, only if `modes` has the normal one."""
        self._allowed = Mode.NORMAL_1988 in modes
        self._presentation = PresentationConnection(session, _SYNTAXES, p_selector)
        self._acse = AcseConnection(self._presentation, frozenset((MTS_TRANSFER,)))
        self._context = _RTSE_CONTEXT
        self._user_context = _MTSE_CONTEXT
        self._rttr = ber.StringReader()  # of an RTTR that comes in parts

    def wrapped(self, apdu: ApduSource) -> ExternalSource:
        """An EXTERNAL, because an APDU is a value of a presentation context (X.228 8.1.3)."""
        return external(self._user_context, apdu)

    def unwrapper(self) -> ExternalReader:
        """Reads an EXTERNAL."""
        return ExternalReader()

    def request(self, primitive: LowerPrimitive) -> None:
        """Carry out a request or response. Raises ServiceMisuse like the session's."""
        request = self._acse.request
        match primitive:
            case Associate():
                request(self._associate(primitive))
            case AssociateAccept(rtoac, identifier):
                request(AAssociateAccept(self._pdv("rtoac-apdu", rtoac.to_asn1()), identifier))
            case AssociateReject(rtorj):
                rtorj = rtorj or Rtorj()
                request(AAssociateReject(self._pdv("rtorj-apdu", rtorj.to_asn1())))
            case Data(octets, part, length):
                start = ber.opening(_OCTET_STRING, length) if Part.BEGINNING in part else b""
                value = Pdv(self._context, start + octets)
                request(PData((value,), part, len(start) + length))
            case Please(priority):
                request(PTokenPlease(Token.DATA, (self._pdv("rttp-apdu", priority),)))
            case Release():
                request(ARelease())
            case ReleaseAccept():
                request(AReleaseAccept())
            case Abort(rtab):
                request(AAbort(self._pdv("rtab-apdu", (rtab or Rtab()).to_asn1())))

    def _associate(self, request: Associate) -> AAssociate:
        return AAssociate(
            called=request.called,
            calling=request.calling,
            application_context=MTS_TRANSFER,
            contexts=(
                Context(_RTSE_CONTEXT, _RTSE_ABSTRACT_SYNTAX),
                Context(_MTSE_CONTEXT, _MTSE_ABSTRACT_SYNTAX),
            ),
            user_information=self._pdv("rtorq-apdu", request.rtorq.to_asn1()),
            identifier=request.identifier,
            called_side_tokens=request.called_side_tokens,
        )

    def _pdv(self, name: str, value: Any) -> Pdv:
        return Pdv(self._context, _CODEC.encode("RTSE-apdus", (name, value)))

    def indications(self, from_session: Sequence[SessionPrimitive]) -> list[Below]:
        """Turn what the session indicates into what RTSE takes."""
        found: list[Below] = []
        for primitive in from_session:
            if isinstance(primitive, SConnect) and not self._allowed:
                why = self._presentation.refuse(_NOT_SPECIFIED, "normal mode is not served")
                found.append(ProviderAbort(why.reason, why.by_peer, layer=why.layer))
                continue
            for event in self._acse.indications(self._presentation.indications([primitive])):
                found.append(self._checked(event))
        return found

    def _checked(self, event: AcsePrimitive | Primitive) -> Below:
        """The indication; what is no APDU of RTSE is answered with RTAB (X.228 7.7)."""
        try:
            return self._indication(event)
        except ProtocolError as error:
            self.request(Abort(Rtab(AbortReason.PROTOCOL_ERROR)))
            return ProviderAbort(str(error), by_peer=False)

    @decoder
    def _indication(self, event: AcsePrimitive | Primitive) -> Below:
        match event:
            case AAssociate():
                return self._on_associate(event)
            case AAssociateAccept(information, identifier):
                rtoac = Rtoac.from_asn1(self._apdu("rtoac-apdu", information))
                return AssociateAccept(rtoac, identifier)
            case AAssociateReject(information, layer, reason, text, permanent):
                fields = self._apdu("rtorj-apdu", information) if information else None
                rtorj = fields and Rtorj.from_asn1(fields)
                return AssociateReject(rtorj, layer, reason, text, permanent)
            case PData():
                return self._on_data(event)
            case PTokenPlease(_, user_data):
                return Please(self._apdu("rttp-apdu", user_data[0])) if user_data else Please()
            case ARelease():
                return Release()
            case AReleaseAccept():
                return ReleaseAccept()
            case AAbort(information):
                return self._on_abort(information) if information else Abort(None)
            case APAbort(reason, by_peer, connection_lost, layer):
                return ProviderAbort(reason, by_peer, connection_lost, layer)
            case SessionPrimitive():
                return event
        raise ProtocolError(f"{type(event).__name__}, which RTSE does not use")

    def _on_data(self, indication: PData) -> Data:
        """An RTTR, or a part of one that is long."""
        values, part = indication.user_data, indication.part
        if len(values) != 1:
            raise ProtocolError(f"{len(values)} values where one RTTR must be")
        if part is Part.WHOLE:
            return Data(self._apdu("rttr-apdu", values[0]))
        self._check_context(values[0])
        if part is Part.BEGINNING:
            self._rttr = ber.StringReader()
        return Data(self._rttr.feed(values[0].value), part)

    def _on_associate(self, indication: AAssociate) -> Associate:
        contexts = {context.abstract_syntax: context.identifier for context in indication.contexts}
        self._context = contexts.get(_RTSE_ABSTRACT_SYNTAX, _RTSE_CONTEXT)
        self._user_context = contexts.get(_MTSE_ABSTRACT_SYNTAX, _MTSE_CONTEXT)
        return Associate(
            called=indication.called,
            calling=indication.calling,
            rtorq=Rtorq.from_asn1(self._apdu("rtorq-apdu", indication.user_information)),
            mode=Mode.NORMAL_1988,
            identifier=indication.identifier,
            called_side_has_turn=RTSE_TOKENS in indication.called_side_tokens,
        )

    def _on_abort(self, information: Pdv) -> Abort | ProviderAbort:
        """An abort is one whatever its RTAB looks like."""
        value = information.value
        if value.startswith(_RTAB_OF_ISODE):
            value = _RTAB + value[len(_RTAB) :]
        try:
            return Abort(Rtab.from_asn1(self._apdu("rtab-apdu", Pdv(information.context, value))))
        except ProtocolError as error:
            text = f"the peer aborted, why cannot be read: {error}"
            return ProviderAbort(text, by_peer=True)

    def _check_context(self, pdv: Pdv) -> None:
        if pdv.context != self._context:
            raise ProtocolError(f"context {pdv.context} where {self._context} must be")

    def _apdu(self, name: str, pdv: Pdv | None) -> Any:
        """The APDU in a data value, which must be the one named, in the context of RTSE."""
        if pdv is None:
            raise ProtocolError(f"nothing where an APDU {name} must be")
        self._check_context(pdv)
        kind, apdu = _CODEC.decode("RTSE-apdus", pdv.value)
        if kind != name:
            raise ProtocolError(f"{kind} where {name} must be")
        return apdu
