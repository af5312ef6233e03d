"""The presentation protocol machine in normal mode, over a session connection (X.226 clause 6).

It has no states of its own: whether a P-primitive is allowed is decided by the session below. What
it remembers is the contexts. A PPDU that breaks the protocol is answered with ARP in an S-U-ABORT
(X.226 6.4.4), a P-CONNECT that the provider cannot accept with CPR.
"""

from mta_emu.osi.errors import ProtocolError, decoder
from mta_emu.osi.presentation import longvalue, ppdus
from mta_emu.osi.presentation.contexts import Contexts
from mta_emu.osi.presentation.ppdus import InvalidValueError, Parameters
from mta_emu.osi.presentation.primitives import (
    PConnect,
    PConnectAccept,
    PConnectRefuse,
    PData,
    Pdv,
    PPAbort,
    PRelease,
    PReleaseAccept,
    Primitive,
    PTokenPlease,
    PUAbort,
)
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.connection import SessionConnection
from mta_emu.osi.session.primitives import (
    Part,
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
)

# Provider reasons of CPR (X.226 8.2)
_LIMIT_EXCEEDED, _CALLED_ADDRESS_UNKNOWN = 2, 3
_VERSION_NOT_SUPPORTED, _DEFAULT_CONTEXT_NOT_SUPPORTED = 4, 5
MAX_CONTEXTS = 16
_SET = 0x31  # what a CPR of the X.410-1984 mode begins with


class PresentationConnection:
    """One presentation connection in normal mode over a session connection (sans-IO)."""

    def __init__(
        self, session: SessionConnection, abstract_syntaxes: frozenset[str], selector: bytes = b""
    ) -> None:
        """Live on `session`; accept contexts of `abstract_syntaxes`.

        `selector`, when not empty, is the P-selector that a caller must name if it names one.
        """
        self.session = session
        self._selector = selector
        self._contexts = Contexts(abstract_syntaxes)
        self._long_value = longvalue.LongValueReader()

    # Requests

    def request(self, primitive: Primitive) -> None:
        """Carry out a request or response. Raises ServiceMisuse like the session's."""
        session = self.session
        match primitive:
            case PConnect():
                session.request(self._connect(primitive))
            case PConnectAccept():
                session.request(self._accept(primitive))
            case PConnectRefuse(user_data):
                session.request(SConnectRefuse(user_data=self._refusal(user_data)))
            case PData((pdv,), part, length) if length:
                first = Part.BEGINNING in part
                start = longvalue.beginning(pdv.context, length) if first else b""
                session.request(SData(start + pdv.value, part))
            case PData(user_data):
                session.request(SData(ppdus.encode_values(user_data)))
            case PTokenPlease(tokens, user_data):
                session.request(STokenPlease(tokens, ppdus.encode_values(user_data)))
            case PRelease(user_data):
                session.request(SRelease(ppdus.encode_values(user_data)))
            case PReleaseAccept(user_data):
                session.request(SReleaseAccept(ppdus.encode_values(user_data)))
            case PUAbort(user_data):
                session.request(SUAbort(ppdus.encode_user_abort(user_data)))

    def _connect(self, request: PConnect) -> SConnect:
        parameters: Parameters = {
            "presentation-context-definition-list": self._contexts.propose(request.contexts),
            "user-data": ppdus.user_data_of(request.user_data),
        }
        for name, selector in (("calling", request.calling), ("called", request.called)):
            if selector.presentation:
                parameters[f"{name}-presentation-selector"] = selector.presentation
        return SConnect(
            called_t_selector=request.called.transport,
            calling_t_selector=request.calling.transport,
            called_s_selector=request.called.session,
            calling_s_selector=request.calling.session,
            functional_units=request.functional_units,
            called_side_tokens=request.called_side_tokens,
            identifier=request.identifier,
            user_data=ppdus.encode_connect(parameters),
        )

    def _accept(self, response: PConnectAccept) -> SConnectAccept:
        parameters = {
            "presentation-context-definition-result-list": self._contexts.results,
            "user-data": ppdus.user_data_of(response.user_data),
        }
        return SConnectAccept(
            functional_units=response.functional_units,
            identifier=response.identifier,
            user_data=ppdus.encode_accept(parameters),
        )

    def _refusal(
        self, user_data: tuple[Pdv, ...] = (), provider_reason: int | None = None
    ) -> bytes:
        parameters: Parameters = {}
        if self._contexts.results:
            parameters["presentation-context-definition-result-list"] = self._contexts.results
        if provider_reason is not None:
            parameters["provider-reason"] = provider_reason
        if user_data:
            parameters["user-data"] = ppdus.user_data_of(user_data)
        return ppdus.encode_refuse(parameters)

    def refuse(self, provider_reason: int, text: str) -> PPAbort:
        """Refuse a P-CONNECT indication on the provider's part (X.226 8.2); `text` says why."""
        refusal = self._refusal(provider_reason=provider_reason)
        self.session.request(SConnectRefuse(user_data=refusal))
        return PPAbort(text, by_peer=False)

    # Indications

    def indications(self, from_session: list[SessionPrimitive]) -> list[Primitive]:
        """Turn what the session indicates into what this layer does."""
        found: list[Primitive] = []
        for primitive in from_session:
            try:
                indication = self._indication(primitive)
            except ProtocolError as error:
                readable = isinstance(error, InvalidValueError)
                reason = ppdus.INVALID_PARAMETER_VALUE if readable else ppdus.UNRECOGNIZED_PPDU
                self.session.request(SUAbort(ppdus.encode_provider_abort(reason)))
                indication = PPAbort(str(error), by_peer=False)
            found.append(indication)
        return found

    @decoder
    def _indication(self, primitive: SessionPrimitive) -> Primitive:
        match primitive:
            case SConnect():
                return self._on_connect(primitive)
            case SConnectAccept():
                return self._on_accept(primitive)
            case SConnectRefuse():
                return self._on_refuse(primitive)
            case SData(user_data, Part.WHOLE):
                return PData(self._values(user_data))
            case SData(user_data, part):
                return self._on_part(user_data, part)
            case STokenPlease(tokens, user_data):
                return PTokenPlease(tokens, self._values(user_data) if user_data else ())
            case SRelease(user_data):
                return PRelease(self._values(user_data) if user_data else ())
            case SReleaseAccept(user_data):
                return PReleaseAccept(self._values(user_data) if user_data else ())
            case SUAbort(user_data):
                return self._on_abort(user_data)
            case SPAbort(reason, by_peer, connection_lost, layer):
                return PPAbort(reason, by_peer, connection_lost, layer)
        return primitive

    def _on_connect(self, indication: SConnect) -> PConnect | PPAbort:
        cp = ppdus.decode_connect(indication.user_data)
        listed = cp.get("presentation-context-definition-list", [])
        if len(listed) > MAX_CONTEXTS:
            return self.refuse(
                _LIMIT_EXCEEDED, f"{len(listed)} presentation contexts: at most {MAX_CONTEXTS}"
            )
        self._contexts.consider(listed)
        if refusal := self._refusal_of(cp):
            return self.refuse(*refusal)
        called = cp.get("called-presentation-selector", b"")
        calling = cp.get("calling-presentation-selector", b"")
        return PConnect(
            called=Selectors(called, indication.called_s_selector, indication.called_t_selector),
            calling=Selectors(
                calling, indication.calling_s_selector, indication.calling_t_selector
            ),
            contexts=self._contexts.proposed,
            user_data=self._contexts.checked(ppdus.values_in(cp)),
            identifier=indication.identifier,
            functional_units=indication.functional_units,
            called_side_tokens=indication.called_side_tokens,
        )

    def _refusal_of(self, cp: Parameters) -> tuple[int, str] | None:
        """Why the provider refuses a connect; None: it does not."""
        called = cp.get("called-presentation-selector", b"")
        if not ppdus.has_version_1(cp):
            return _VERSION_NOT_SUPPORTED, "only version 1 is here"
        if "default-context-name" in cp:
            return _DEFAULT_CONTEXT_NOT_SUPPORTED, "a default context is proposed: none is here"
        if self._selector and called and called != self._selector:
            return _CALLED_ADDRESS_UNKNOWN, f"called P-selector 0x{called.hex()} is not ours"
        return None

    def _on_accept(self, confirm: SConnectAccept) -> PConnectAccept:
        cpa = ppdus.decode_accept(confirm.user_data)
        self._take_results(cpa)
        values = self._contexts.checked(ppdus.values_in(cpa))
        return PConnectAccept(values, confirm.identifier, confirm.functional_units)

    def _on_refuse(self, confirm: SConnectRefuse) -> PConnectRefuse:
        if not confirm.user_data:
            return PConnectRefuse((), confirm.layer, confirm.reason, confirm.text)
        if confirm.user_data[0] == _SET:
            text = "by the peer, who wants the X.410-1984 mode"
            return PConnectRefuse((), "presentation", 0, text)
        cpr = ppdus.decode_refuse(confirm.user_data)
        self._take_results(cpr)
        reason = cpr.get("provider-reason")
        if reason is not None:
            return PConnectRefuse((), "presentation", reason, "by the peer's presentation")
        return PConnectRefuse(self._contexts.checked(ppdus.values_in(cpr)))

    def _take_results(self, parameters: Parameters) -> None:
        self._contexts.take(parameters.get("presentation-context-definition-result-list", []))

    def _on_abort(self, user_data: bytes) -> PUAbort | PPAbort:
        """An abort is one whatever its PPDU looks like."""
        if not user_data:
            return PUAbort()
        try:
            kind, parameters = ppdus.decode_abort(user_data)
            if kind == "aru-ppdu":
                return PUAbort(self._contexts.checked(ppdus.values_in(parameters)))
        except ProtocolError as error:
            return PPAbort(f"the peer aborted, why cannot be read: {error}", by_peer=True)
        reason = parameters.get("provider-reason", "not given")
        return PPAbort(f"the peer's presentation aborted, reason {reason}", by_peer=True)

    def _on_part(self, octets: bytes, part: Part) -> PData:
        """Data that are too long to be kept whole: all of them must be one value."""
        if part is Part.BEGINNING:
            self._long_value = longvalue.LongValueReader()
        octets = self._long_value.feed(octets, last=Part.END in part)
        context = self._long_value.context
        self._contexts.check(context)
        return PData((Pdv(context, octets),), part)

    def _values(self, user_data: bytes) -> tuple[Pdv, ...]:
        """The values in user data, each in a context that is in use."""
        return self._contexts.checked(ppdus.decode_values(user_data))
