"""Association control, X.227: opening, releasing and aborting an association.

An association's user information is one value in one presentation context. Primitives that are
not association control's pass through unchanged.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from mta_emu.osi.asn1 import compile_modules
from mta_emu.osi.errors import ProtocolError, decoder
from mta_emu.osi.presentation.connection import PresentationConnection
from mta_emu.osi.presentation.ppdus import has_version_1
from mta_emu.osi.presentation.primitives import (
    BER,
    Context,
    PConnect,
    PConnectAccept,
    PConnectRefuse,
    Pdv,
    PPAbort,
    PRelease,
    PReleaseAccept,
    PresentationPrimitive,
    Primitive,
    PUAbort,
)
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.primitives import (
    RTSE_FUNCTIONAL_UNITS,
    ConnectionIdentifier,
    FunctionalUnit,
    Token,
)

_CODEC = compile_modules("mta_emu.osi.asn1", "acse")

ABSTRACT_SYNTAX = "2.2.1.0.1"
CONTEXT = 1  # the presentation context of ACSE in what we propose

_ACCEPTED, _REJECTED_PERMANENT = 0, 1
_NO_REASON_GIVEN = 1  # diagnostic of the service user and of the service provider
_APPLICATION_CONTEXT_UNKNOWN = 2  # diagnostic of the service user
_NO_COMMON_VERSION = 2  # diagnostic of the service provider
_BY_USER, _BY_PROVIDER = 0, 1
_NORMAL = 0  # reason of a release


@dataclass(frozen=True)
class AcsePrimitive:
    """A primitive of association control."""


@dataclass(frozen=True)
class AAssociate(AcsePrimitive):
    """A-ASSOCIATE request and indication."""

    called: Selectors
    calling: Selectors
    application_context: str
    contexts: tuple[Context, ...]  # without association control's own
    user_information: Pdv | None
    identifier: ConnectionIdentifier = ConnectionIdentifier()
    called_side_tokens: Token = Token(0)
    functional_units: FunctionalUnit = RTSE_FUNCTIONAL_UNITS


@dataclass(frozen=True)
class AAssociateAccept(AcsePrimitive):
    """A-ASSOCIATE response and confirm, accepted."""

    user_information: Pdv | None
    identifier: ConnectionIdentifier = ConnectionIdentifier()
    functional_units: FunctionalUnit = RTSE_FUNCTIONAL_UNITS


@dataclass(frozen=True)
class AAssociateReject(AcsePrimitive):
    """A-ASSOCIATE response and confirm, rejected.

    `layer` is "user" when the called user rejected; else the layer that did, with its `reason`. In
    a response "acse" is association control itself. `permanent`, in the confirm: the result is
    rejected-permanent.
    """

    user_information: Pdv | None = None
    layer: str = "user"
    reason: int = _NO_REASON_GIVEN
    text: str = ""
    permanent: bool = False


@dataclass(frozen=True)
class ARelease(AcsePrimitive):
    """A-RELEASE request and indication."""


@dataclass(frozen=True)
class AReleaseAccept(AcsePrimitive):
    """A-RELEASE response and confirm."""


@dataclass(frozen=True)
class AAbort(AcsePrimitive):
    """A-ABORT request and indication."""

    user_information: Pdv | None = None


@dataclass(frozen=True)
class APAbort(AcsePrimitive):
    """A-P-ABORT indication; `reason` is for people, `layer` gave up if it was not the peer."""

    reason: str
    by_peer: bool
    connection_lost: bool = False
    layer: str = "acse"


class AcseConnection:
    """One association over a presentation connection (X.227 clause 7, sans-IO)."""

    def __init__(
        self, presentation: PresentationConnection, application_contexts: frozenset[str]
    ) -> None:
        """Live on `presentation`; a caller must propose one of `application_contexts`."""
        self.presentation = presentation
        self._application_contexts = application_contexts
        self._application_context = ""
        self._context = CONTEXT

    # Requests

    def request(self, primitive: AcsePrimitive | Primitive) -> None:
        """Carry out a request or response. Raises ServiceMisuse like the session's."""
        request = self.presentation.request
        match primitive:
            case AAssociate():
                request(self._associate(primitive))
            case AAssociateAccept(information, identifier, functional_units):
                aare = self._aare(_ACCEPTED, ("acse-service-user", 0), information)
                request(PConnectAccept((aare,), identifier, functional_units))
            case AAssociateReject(information, layer, reason):
                who = "user" if layer == "user" else "provider"
                diagnostic = (f"acse-service-{who}", reason)
                request(PConnectRefuse((self._aare(_REJECTED_PERMANENT, diagnostic, information),)))
            case ARelease():
                request(PRelease((Pdv(self._context, _of_release("rlrq")),)))
            case AReleaseAccept():
                request(PReleaseAccept((Pdv(self._context, _of_release("rlre")),)))
            case AAbort(information):
                apdu = {"abort-source": _BY_USER} | _information(information)
                request(PUAbort((self._pdv("abrt", apdu),)))
            case PresentationPrimitive():
                request(primitive)

    def _associate(self, request: AAssociate) -> PConnect:
        self._application_context = request.application_context
        aarq = {"application-context-name": request.application_context}
        return PConnect(
            called=request.called,
            calling=request.calling,
            contexts=(Context(CONTEXT, ABSTRACT_SYNTAX), *request.contexts),
            user_data=(self._pdv("aarq", aarq | _information(request.user_information)),),
            identifier=request.identifier,
            called_side_tokens=request.called_side_tokens,
            functional_units=request.functional_units,
        )

    def _aare(self, result: int, diagnostic: tuple[str, int], information: Pdv | None) -> Pdv:
        apdu = {
            "application-context-name": self._application_context,
            "result": result,
            "result-source-diagnostic": diagnostic,
        }
        return self._pdv("aare", apdu | _information(information))

    def _pdv(self, name: str, apdu: dict[str, Any]) -> Pdv:
        return Pdv(self._context, _CODEC.encode("ACSE-apdu", (name, apdu)))

    # Indications

    def indications(self, from_below: list[Primitive]) -> list[AcsePrimitive | Primitive]:
        """Turn what the presentation indicates into what this layer does.

        An APDU that breaks the protocol is answered with ABRT (X.227 7.3).
        """
        found: list[AcsePrimitive | Primitive] = []
        for primitive in from_below:
            try:
                indication = self._indication(primitive)
            except ProtocolError as error:
                self._abort()
                indication = APAbort(str(error), by_peer=False)
            found.append(indication)
        return found

    def _abort(self) -> None:
        abrt = self._pdv("abrt", {"abort-source": _BY_PROVIDER})
        self.presentation.request(PUAbort((abrt,)))

    @decoder
    def _indication(self, primitive: Primitive) -> AcsePrimitive | Primitive:
        match primitive:
            case PConnect():
                return self._on_connect(primitive)
            case PConnectAccept(user_data, identifier, functional_units):
                aare = self._apdu("aare", user_data)
                if aare["result"] != _ACCEPTED:
                    raise ProtocolError("a connection accepted with an association rejected")
                return AAssociateAccept(_user_information(aare), identifier, functional_units)
            case PConnectRefuse():
                return self._on_refuse(primitive)
            case PRelease(user_data):
                self._apdu("rlrq", user_data)
                return ARelease()
            case PReleaseAccept(()):
                return AReleaseAccept()  # without its RLRE the release is one all the same
            case PReleaseAccept(user_data):
                self._apdu("rlre", user_data)
                return AReleaseAccept()
            case PUAbort(user_data):
                return self._on_abort(user_data)
            case PPAbort(reason, by_peer, connection_lost, layer):
                return APAbort(reason, by_peer, connection_lost, layer)
        return primitive

    def _on_connect(self, indication: PConnect) -> AAssociate | APAbort:
        contexts = {context.abstract_syntax: context.identifier for context in indication.contexts}
        self._context = contexts.get(ABSTRACT_SYNTAX, CONTEXT)
        aarq = self._apdu("aarq", indication.user_data)
        self._application_context = name = aarq["application-context-name"]
        if not has_version_1(aarq):
            self.request(AAssociateReject(None, "acse", _NO_COMMON_VERSION))
            return APAbort("only version 1 is here", by_peer=False)
        if name not in self._application_contexts:
            self.request(AAssociateReject(reason=_APPLICATION_CONTEXT_UNKNOWN))
            return APAbort(f"application context {name} is not known here", by_peer=False)
        return AAssociate(
            called=indication.called,
            calling=indication.calling,
            application_context=self._application_context,
            contexts=tuple(
                context
                for context in indication.contexts
                if context.abstract_syntax != ABSTRACT_SYNTAX
            ),
            user_information=_user_information(aarq),
            identifier=indication.identifier,
            called_side_tokens=indication.called_side_tokens,
            functional_units=indication.functional_units,
        )

    def _on_refuse(self, confirm: PConnectRefuse) -> AAssociateReject:
        if not confirm.user_data:
            return AAssociateReject(None, confirm.layer, confirm.reason, confirm.text)
        aare = self._apdu("aare", confirm.user_data)
        source, diagnostic = aare["result-source-diagnostic"]
        layer = "user" if source == "acse-service-user" else "acse"
        text = "" if layer == "user" else "by the peer's association control"
        permanent = aare["result"] == _REJECTED_PERMANENT
        return AAssociateReject(_user_information(aare), layer, diagnostic, text, permanent)

    def _on_abort(self, user_data: tuple[Pdv, ...]) -> AAbort | APAbort:
        """An abort is one whatever its APDU looks like."""
        if not user_data:
            return AAbort()
        try:
            abrt = self._apdu("abrt", user_data)
            if abrt["abort-source"] != _BY_PROVIDER:
                return AAbort(_user_information(abrt))
        except ProtocolError as error:
            return APAbort(f"the peer aborted, why cannot be read: {error}", by_peer=True)
        return APAbort("the peer's association control aborted", by_peer=True)

    def _apdu(self, name: str, user_data: tuple[Pdv, ...]) -> dict[str, Any]:
        """The one APDU that must be there, in the context of association control."""
        if len(user_data) != 1:
            raise ProtocolError(f"{len(user_data)} values where one {name.upper()} must be")
        if user_data[0].context != self._context:
            raise ProtocolError(f"context {user_data[0].context} where {self._context} must be")
        kind, apdu = _CODEC.decode("ACSE-apdu", user_data[0].value)
        if kind != name:
            raise ProtocolError(f"{kind.upper()} where {name.upper()} must be")
        found: dict[str, Any] = apdu
        return found


@cache
def _of_release(name: str) -> bytes:
    """RLRQ or RLRE, which is always the same."""
    return _CODEC.encode("ACSE-apdu", (name, {"reason": _NORMAL}))


def _information(pdv: Pdv | None) -> dict[str, Any]:
    """The user information of an APDU, an EXTERNAL in BER."""
    if pdv is None:
        return {}
    external = {
        "direct-reference": BER,
        "indirect-reference": pdv.context,
        "encoding": ("single-ASN1-type", pdv.value),
    }
    return {"user-information": [external]}


def _user_information(apdu: dict[str, Any]) -> Pdv | None:
    externals = apdu.get("user-information")
    if not externals:
        return None
    form, value = externals[0]["encoding"]
    if form == "arbitrary" or "indirect-reference" not in externals[0]:
        raise ProtocolError("user information that is not a value in a presentation context")
    return Pdv(externals[0]["indirect-reference"], bytes(value))
