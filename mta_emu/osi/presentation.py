"""Presentation, X.226 normal mode: contexts, and values that travel in them.

What carries no user data passes between the user and the session connection as it is: a
P-SYNC-MINOR is an S-SYNC-MINOR. In the X.410-1984 mode RTSE uses the session directly
(rtse/x410_mode.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mta_emu.osi import ber
from mta_emu.osi.asn1 import compile_modules
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.connection import SessionConnection
from mta_emu.osi.session.primitives import (
    RTSE_FUNCTIONAL_UNITS,
    ConnectionIdentifier,
    FunctionalUnit,
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
    Token,
)

_CODEC = compile_modules("mta_emu.osi.asn1", "presentation")

BER = "2.1.1"  # the basic encoding rules as a transfer syntax

_NORMAL_MODE = {"mode-value": 1}
_ACCEPTANCE, _PROVIDER_REJECTION = 0, 2
_ABSTRACT_SYNTAX_UNKNOWN, _TRANSFER_SYNTAXES_UNKNOWN = 1, 2
# Provider reasons of CPR, and of ARP (X.226 8.2)
_LIMIT_EXCEEDED, _CALLED_ADDRESS_UNKNOWN = 2, 3
_VERSION_NOT_SUPPORTED, _DEFAULT_CONTEXT_NOT_SUPPORTED = 4, 5
_UNRECOGNIZED_PPDU, _INVALID_VALUE = 1, 6
_MAX_CONTEXTS = 16
_SET = 0x31  # what a CPR of the X.410-1984 mode begins with


class InvalidValueError(ProtocolError):
    """A PPDU that can be read, with a parameter whose value cannot be."""


@dataclass(frozen=True)
class PresentationPrimitive:
    """A primitive of the presentation service that is not the session's own."""


@dataclass(frozen=True)
class Pdv:
    """A presentation data value: the BER of a value, and the context that it belongs to."""

    context: int
    value: bytes


@dataclass(frozen=True)
class Context:
    """A proposed presentation context."""

    identifier: int
    abstract_syntax: str
    transfer_syntaxes: tuple[str, ...] = (BER,)


@dataclass(frozen=True)
class PConnect(PresentationPrimitive):
    """P-CONNECT request and indication."""

    called: Selectors
    calling: Selectors
    contexts: tuple[Context, ...]
    user_data: tuple[Pdv, ...]
    identifier: ConnectionIdentifier = ConnectionIdentifier()
    functional_units: FunctionalUnit = RTSE_FUNCTIONAL_UNITS
    called_side_tokens: Token = Token(0)


@dataclass(frozen=True)
class PConnectAccept(PresentationPrimitive):
    """P-CONNECT response and confirm, result accept."""

    user_data: tuple[Pdv, ...]
    identifier: ConnectionIdentifier = ConnectionIdentifier()
    functional_units: FunctionalUnit = RTSE_FUNCTIONAL_UNITS


@dataclass(frozen=True)
class PConnectRefuse(PresentationPrimitive):
    """P-CONNECT response and confirm, result reject.

    `layer` is "user" when the called presentation user refused (`user_data` is its), else the
    layer that did: "presentation", "session" or "transport" with its own `reason`; `text` is for
    people.
    """

    user_data: tuple[Pdv, ...] = ()
    layer: str = "user"
    reason: int = 0
    text: str = ""


@dataclass(frozen=True)
class PData(PresentationPrimitive):
    """P-DATA request and indication.

    One that is long comes and goes in parts, of one value. In a request `length` is how many octets
    such a value has in all.
    """

    user_data: tuple[Pdv, ...]
    part: Part = Part.WHOLE
    length: int = 0


@dataclass(frozen=True)
class PTokenPlease(PresentationPrimitive):
    """P-TOKEN-PLEASE request and indication."""

    tokens: Token
    user_data: tuple[Pdv, ...]


@dataclass(frozen=True)
class PRelease(PresentationPrimitive):
    """P-RELEASE request and indication."""

    user_data: tuple[Pdv, ...]


@dataclass(frozen=True)
class PReleaseAccept(PresentationPrimitive):
    """P-RELEASE response and confirm."""

    user_data: tuple[Pdv, ...]


@dataclass(frozen=True)
class PUAbort(PresentationPrimitive):
    """P-U-ABORT request and indication."""

    user_data: tuple[Pdv, ...] = ()


@dataclass(frozen=True)
class PPAbort(PresentationPrimitive):
    """P-P-ABORT indication; `reason` is for people, `layer` gave up if it was not the peer."""

    reason: str
    by_peer: bool
    connection_lost: bool = False
    layer: str = "presentation"


#: What passes up and down: the presentation's own primitives and the session's.
Primitive = PresentationPrimitive | SessionPrimitive


class PresentationConnection:
    """One presentation connection in normal mode over a session connection (sans-IO)."""

    def __init__(
        self, session: SessionConnection, abstract_syntaxes: frozenset[str], selector: bytes = b""
    ) -> None:
        """Live on `session`; accept contexts of `abstract_syntaxes`.

        `selector`, when not empty, is the P-selector that a caller must name if it names one.
        """
        self.session = session
        self._abstract_syntaxes = abstract_syntaxes
        self._selector = selector
        self._results: list[dict[str, Any]] = []
        self._proposed: tuple[Context, ...] = ()
        self._context_ids: set[int] = set()
        # Of data that come in parts: the context, and how many octets are to come if that is known
        self._context = 0
        self._left: int | None = None

    # Requests

    def request(self, primitive: Primitive) -> None:
        """Carry out a request or response. Raises ServiceMisuse like the session's."""
        session = self.session
        match primitive:
            case PConnect():
                session.request(self._connect(primitive))
            case PConnectAccept():
                session.request(self._accept(primitive))
            case PConnectRefuse():
                session.request(SConnectRefuse(user_data=self._refusal(primitive.user_data)))
            case PData((pdv,), part, length) if length:
                start = _start(pdv.context, length) if Part.BEGINNING in part else b""
                session.request(SData(start + pdv.value, part))
            case PData(user_data):
                session.request(SData(_encode(user_data)))
            case PTokenPlease(tokens, user_data):
                session.request(STokenPlease(tokens, _encode(user_data)))
            case PRelease(user_data):
                session.request(SRelease(_encode(user_data)))
            case PReleaseAccept(user_data):
                session.request(SReleaseAccept(_encode(user_data)))
            case PUAbort(user_data):
                session.request(SUAbort(self._abort(user_data)))
            case SessionPrimitive():
                session.request(primitive)

    def _connect(self, request: PConnect) -> SConnect:
        self._proposed = request.contexts
        parameters: dict[str, Any] = {
            "presentation-context-definition-list": [
                {
                    "presentation-context-identifier": context.identifier,
                    "abstract-syntax-name": context.abstract_syntax,
                    "transfer-syntax-name-list": list(context.transfer_syntaxes),
                }
                for context in request.contexts
            ],
            "user-data": _user_data(request.user_data),
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
            user_data=_CODEC.encode(
                "CP-type", {"mode-selector": _NORMAL_MODE, "normal-mode-parameters": parameters}
            ),
        )

    def _accept(self, response: PConnectAccept) -> SConnectAccept:
        parameters = {
            "presentation-context-definition-result-list": self._results,
            "user-data": _user_data(response.user_data),
        }
        ppdu = {"mode-selector": _NORMAL_MODE, "normal-mode-parameters": parameters}
        return SConnectAccept(
            functional_units=response.functional_units,
            identifier=response.identifier,
            user_data=_CODEC.encode("CPA-PPDU", ppdu),
        )

    def _refusal(
        self, user_data: tuple[Pdv, ...] = (), provider_reason: int | None = None
    ) -> bytes:
        ppdu: dict[str, Any] = {}
        if self._results:
            ppdu["presentation-context-definition-result-list"] = self._results
        if provider_reason is not None:
            ppdu["provider-reason"] = provider_reason
        if user_data:
            ppdu["user-data"] = _user_data(user_data)
        return _CODEC.encode("CPR-PPDU", ppdu)

    def _abort(self, user_data: tuple[Pdv, ...]) -> bytes:
        if not user_data:
            return _CODEC.encode("Abort", ("aru-ppdu", {}))
        contexts = [
            {"presentation-context-identifier": pdv.context, "transfer-syntax-name": BER}
            for pdv in user_data
        ]
        ppdu = {
            "presentation-context-identifier-list": contexts,
            "user-data": _user_data(user_data),
        }
        return _CODEC.encode("Abort", ("aru-ppdu", ppdu))

    def refuse(self, provider_reason: int, text: str) -> PPAbort:
        """Refuse a P-CONNECT indication on the provider's part (X.226 8.2); `text` says why."""
        refusal = self._refusal(provider_reason=provider_reason)
        self.session.request(SConnectRefuse(user_data=refusal))
        return PPAbort(text, by_peer=False)

    # Indications

    def indications(self, from_session: list[SessionPrimitive]) -> list[Primitive]:
        """Turn what the session indicates into what this layer does.

        A PPDU that breaks the protocol is answered with ARP (X.226 6.4.4) or CPR.
        """
        found: list[Primitive] = []
        for primitive in from_session:
            try:
                indication = self._indication(primitive)
            except ProtocolError as error:
                readable = isinstance(error, InvalidValueError)
                arp = {"provider-reason": _INVALID_VALUE if readable else _UNRECOGNIZED_PPDU}
                self.session.request(SUAbort(_CODEC.encode("Abort", ("arp-ppdu", arp))))
                indication = PPAbort(str(error), by_peer=False)
            found.append(indication)
        return found

    def _indication(self, primitive: SessionPrimitive) -> Primitive:
        match primitive:
            case SConnect():
                return self._on_connect(primitive)
            case SConnectAccept():
                return self._on_accept(primitive)
            case SConnectRefuse():
                return self._on_refuse(primitive)
            case SData(user_data, Part.WHOLE):
                return PData(self._decode(user_data))
            case SData(user_data, part):
                return self._on_part(user_data, part)
            case STokenPlease(tokens, user_data):
                return PTokenPlease(tokens, self._decode(user_data) if user_data else ())
            case SRelease(user_data):
                return PRelease(self._decode(user_data) if user_data else ())
            case SReleaseAccept(user_data):
                return PReleaseAccept(self._decode(user_data) if user_data else ())
            case SUAbort(user_data):
                return self._on_abort(user_data)
            case SPAbort(reason, by_peer, connection_lost, layer):
                return PPAbort(reason, by_peer, connection_lost, layer)
        return primitive

    def _on_connect(self, indication: SConnect) -> PConnect | PPAbort:
        cp = _normal_mode("CP-type", indication.user_data)
        listed = cp.get("presentation-context-definition-list", [])
        if len(listed) > _MAX_CONTEXTS:
            return self.refuse(
                _LIMIT_EXCEEDED, f"{len(listed)} presentation contexts: at most {_MAX_CONTEXTS}"
            )
        self._proposed = tuple(
            Context(
                item["presentation-context-identifier"],
                item["abstract-syntax-name"],
                tuple(item["transfer-syntax-name-list"]),
            )
            for item in listed
        )
        _check_identifiers([context.identifier for context in self._proposed])
        self._results = [self._result(context) for context in self._proposed]
        self._note_accepted()
        called = cp.get("called-presentation-selector", b"")
        if refusal := self._refusal_of(cp):
            return self.refuse(*refusal)
        calling = cp.get("calling-presentation-selector", b"")
        return PConnect(
            called=Selectors(called, indication.called_s_selector, indication.called_t_selector),
            calling=Selectors(
                calling, indication.calling_s_selector, indication.calling_t_selector
            ),
            contexts=self._proposed,
            user_data=self._values(cp.get("user-data")),
            identifier=indication.identifier,
            functional_units=indication.functional_units,
        )

    def _refusal_of(self, cp: dict[str, Any]) -> tuple[int, str] | None:
        """Why the provider refuses a connect; None: it does not."""
        called = cp.get("called-presentation-selector", b"")
        if not has_version_1(cp):
            return _VERSION_NOT_SUPPORTED, "only version 1 is here"
        if "default-context-name" in cp:
            return _DEFAULT_CONTEXT_NOT_SUPPORTED, "a default context is proposed: none is here"
        if self._selector and called and called != self._selector:
            return _CALLED_ADDRESS_UNKNOWN, f"called P-selector 0x{called.hex()} is not ours"
        return None

    def _result(self, context: Context) -> dict[str, Any]:
        if context.abstract_syntax not in self._abstract_syntaxes:
            reason = _ABSTRACT_SYNTAX_UNKNOWN
        elif BER not in context.transfer_syntaxes:
            reason = _TRANSFER_SYNTAXES_UNKNOWN
        else:
            return {"result": _ACCEPTANCE, "transfer-syntax-name": BER}
        return {"result": _PROVIDER_REJECTION, "provider-reason": reason}

    def _note_accepted(self) -> None:
        """Remember which of the proposed contexts are in use from now on."""
        rejected = {
            context.identifier
            for context, result in zip(self._proposed, self._results, strict=False)
            if result["result"] != _ACCEPTANCE
        }
        self._context_ids = {context.identifier for context in self._proposed} - rejected

    def _on_accept(self, confirm: SConnectAccept) -> PConnectAccept:
        cpa = _normal_mode("CPA-PPDU", confirm.user_data)
        self._results = cpa.get("presentation-context-definition-result-list", [])
        self._note_accepted()
        values = self._values(cpa.get("user-data"))
        return PConnectAccept(values, confirm.identifier, confirm.functional_units)

    def _on_refuse(self, confirm: SConnectRefuse) -> PConnectRefuse:
        if not confirm.user_data:
            return PConnectRefuse((), confirm.layer, confirm.reason, confirm.text)
        if confirm.user_data[0] == _SET:
            text = "by the peer, who wants the X.410-1984 mode"
            return PConnectRefuse((), "presentation", 0, text)
        cpr = _CODEC.decode("CPR-PPDU", confirm.user_data)
        self._results = cpr.get("presentation-context-definition-result-list", [])
        self._note_accepted()
        reason = cpr.get("provider-reason")
        if reason is not None:
            return PConnectRefuse((), "presentation", reason, "by the peer's presentation")
        return PConnectRefuse(self._values(cpr.get("user-data")))

    def _on_abort(self, user_data: bytes) -> PUAbort | PPAbort:
        if not user_data:
            return PUAbort()
        kind, ppdu = _CODEC.decode("Abort", user_data)
        if kind == "arp-ppdu":
            reason = ppdu.get("provider-reason", "not given")
            return PPAbort(f"the peer's presentation aborted, reason {reason}", by_peer=True)
        return PUAbort(self._values(ppdu.get("user-data")))

    def _decode(self, user_data: bytes) -> tuple[Pdv, ...]:
        return self._values(_CODEC.decode("User-data", user_data))

    def _on_part(self, octets: bytes, part: Part) -> PData:
        """Data that are too long to be decoded: all of them must be one value."""
        if part is Part.BEGINNING:
            self._context, self._left, octets = _read_start(octets)
            self._check_context(self._context)
        if self._left is not None:
            octets = octets[: self._left]
            self._left -= len(octets)
            if self._left and Part.END in part:
                raise ProtocolError(f"data end {self._left} octets before their value")
        return PData((Pdv(self._context, octets),), part)

    def _check_context(self, number: int) -> None:
        if number not in self._context_ids:
            raise InvalidValueError(f"a value in context {number}, which is not in use")

    def _values(self, user_data: tuple[str, Any] | None) -> tuple[Pdv, ...]:
        """The data values of a User-data, each in a context that is in use."""
        if user_data is None:
            return ()
        kind, items = user_data
        if kind != "fully-encoded-data":
            raise ProtocolError("simply encoded data, without a default context")
        pdvs = tuple(_pdv(item) for item in items)
        for pdv in pdvs:
            self._check_context(pdv.context)
        return pdvs


def _check_identifiers(identifiers: list[int]) -> None:
    """Each context has a number of its own; that it is an odd one nothing depends on."""
    for number in identifiers:
        if identifiers.count(number) > 1:
            raise InvalidValueError(f"context {number} is proposed twice")


def has_version_1(ppdu: dict[str, Any]) -> bool:
    """Whether a version is proposed that is known here; without any it is the first."""
    bits, _ = ppdu.get("protocol-version", (b"\x80", 1))
    return bool(bits[:1] and bits[0] & 0x80)


_READ_VALUE: dict[str, Callable[[Any], bytes]] = {
    "single-ASN1-type": bytes,
    "octet-aligned": bytes,
    "arbitrary": lambda bits: bytes(bits[0]),
}


def _pdv(item: dict[str, Any]) -> Pdv:
    form, value = item["presentation-data-values"]
    return Pdv(item["presentation-context-identifier"], _READ_VALUE[form](value))


def _user_data(pdvs: tuple[Pdv, ...]) -> tuple[str, Any]:
    items = [
        {
            "presentation-context-identifier": pdv.context,
            "presentation-data-values": ("single-ASN1-type", pdv.value),
        }
        for pdv in pdvs
    ]
    return "fully-encoded-data", items


def _encode(pdvs: tuple[Pdv, ...]) -> bytes:
    return _CODEC.encode("User-data", _user_data(pdvs))


# User data that nobody keeps as a whole: what lies before the one value in them

_USER_DATA, _PDV_LIST, _SINGLE_ASN1_TYPE, _OCTET_ALIGNED = b"\x61", b"\x30", b"\xa0", b"\x81"
_INTEGER, _OBJECT_IDENTIFIER = b"\x02", b"\x06"


def _start(context: int, length: int) -> bytes:
    """The octets before a value of a context that is `length` octets long."""
    octets = ber.opening(_SINGLE_ASN1_TYPE, length)
    octets = ber.tlv(_INTEGER, bytes((context,))) + octets
    for identifier in (_PDV_LIST, _USER_DATA):
        octets = ber.opening(identifier, len(octets) + length) + octets
    return octets


def _read_start(octets: bytes) -> tuple[int, int | None, bytes]:
    """The context, the length of the value if it is told, and as much of it as is there."""
    at = 0
    for wanted in (_USER_DATA, _PDV_LIST):
        identifier, _, at = ber.header(octets, at)
        if identifier != wanted:
            raise ProtocolError(f"BER tag 0x{identifier.hex()} where 0x{wanted.hex()} must be")
    identifier, length, at = ber.header(octets, at)
    if identifier == _OBJECT_IDENTIFIER:  # the transfer syntax
        identifier, length, at = ber.header(octets, at + (length or 0))
    if identifier != _INTEGER or length != 1:
        raise ProtocolError("no presentation context before long data")
    identifier, length, start = ber.header(octets, at + 1)
    if identifier not in (_SINGLE_ASN1_TYPE, _OCTET_ALIGNED):
        raise ProtocolError(f"BER tag 0x{identifier.hex()} where a long value must be")
    return octets[at], length, octets[start:]


def _normal_mode(name: str, octets: bytes) -> dict[str, Any]:
    ppdu = _CODEC.decode(name, octets)
    parameters: dict[str, Any] | None = ppdu.get("normal-mode-parameters")
    if ppdu["mode-selector"] != _NORMAL_MODE or parameters is None:
        raise ProtocolError(f"{name}: not in normal mode")
    return parameters
