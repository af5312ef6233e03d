"""PPDUs and their P-primitives in normal mode (X.226, X.216): contexts, and the values in them."""

from dataclasses import dataclass
from typing import Any, ClassVar

from mta_emu.decode.steps import Kind, Layer
from mta_emu.osi.asn1 import compile_modules
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.session.spdu import Spdu

_CODEC = compile_modules("mta_emu.osi.asn1", "presentation")

ACSE_SYNTAX, RTSE_SYNTAX, MTSE_SYNTAX = "2.2.1.0.1", "2.6.0.2.12", "2.6.0.2.7"
_SYNTAX_NAMES = {ACSE_SYNTAX: "ACSE", RTSE_SYNTAX: "MTA-RTSE", MTSE_SYNTAX: "MTSE"}

#: What a value must be of when the capture lacks the connect, which says it.
_PRESUMED = {
    Spdu.DT: RTSE_SYNTAX,
    Spdu.PT: RTSE_SYNTAX,
    Spdu.FN: ACSE_SYNTAX,
    Spdu.DN: ACSE_SYNTAX,
    Spdu.AB: ACSE_SYNTAX,
}

#: Result of a context in CPA and CPR; provider-reason of CPR; both of X.226 8.2.
_RESULTS = {0: "accepted", 1: "rejected by the user", 2: "rejected by the provider"}
_REFUSALS = {
    0: "reason not specified",
    1: "temporary congestion",
    2: "local limit exceeded",
    3: "called presentation address unknown",
    4: "protocol version not supported",
    5: "default context not supported",
    6: "user data not readable",
    7: "no PSAP available",
}
_ABORTS = {
    0: "reason not specified",
    1: "unrecognized PPDU",
    2: "unexpected PPDU",
    3: "unexpected session service primitive",
    4: "unrecognized PPDU parameter",
    5: "unexpected PPDU parameter",
    6: "invalid PPDU parameter value",
}


@dataclass(frozen=True)
class Value:
    """A presentation data value, and the abstract syntax that its context stands for.

    In an EXTERNAL the context may be left out.
    """

    context: int | None
    syntax: str
    octets: bytes


class Presentation:
    """The presentation connection as both ends agree on it."""

    def __init__(self) -> None:
        self._proposed: list[tuple[int, str]] = []
        self._in_use: dict[int, str] | None = None  # None: the capture lacks the connect

    def read(self, spdu: Spdu, data: bytes) -> tuple[Layer | None, list[Value]]:
        """What an SPDU's user data is to this layer, and the values in it.

        Raises ProtocolError.
        """
        if spdu in self._READERS:
            return self._READERS[spdu](self, data)
        if not data:
            return None, []
        if spdu not in _NAMES:
            raise ProtocolError(f"user data in an SPDU {spdu.name}, which carries none")
        name, kind = _NAMES[spdu]
        values = self._values(spdu, _CODEC.decode("User-data", data))
        parameters = {"contexts": [value.context for value in values]}
        return Layer("presentation", name, kind, parameters=parameters), values

    def not_in_use(self, context: int | None, what: str) -> str:
        """What is wrong with `what` in a context, empty when that was agreed on."""
        if self._in_use is None or context is None or context in self._in_use:
            return ""
        known = ", ".join(map(str, self._in_use)) or "none"
        return f"{what} in context {context}: in use are {known}"

    def _connect(self, data: bytes) -> tuple[Layer, list[Value]]:
        cp = _parameters("CP-type", data)
        listed = cp.get("presentation-context-definition-list", [])
        self._proposed = [
            (item["presentation-context-identifier"], item["abstract-syntax-name"])
            for item in listed
        ]
        self._in_use = dict(self._proposed)
        contexts = [
            {
                "identifier": item["presentation-context-identifier"],
                "abstract_syntax": item["abstract-syntax-name"],
                "transfer_syntaxes": item["transfer-syntax-name-list"],
            }
            for item in listed
        ]
        parameters = {"mode": "normal", "contexts": contexts} | _selectors(cp)
        words = [f"{number} {_SYNTAX_NAMES.get(name, name)}" for number, name in self._proposed]
        summary = "contexts " + ", ".join(words)
        layer = Layer("presentation", "P-CONNECT", Kind.REQUEST, "CP", summary, parameters)
        return layer, self._values(Spdu.CN, cp.get("user-data"))

    def _accept(self, data: bytes) -> tuple[Layer, list[Value]]:
        cpa = _parameters("CPA-PPDU", data)
        results = self._results(cpa)
        parameters = {"mode": "normal", "outcome": "accepted", "results": results}
        parameters |= _selectors(cpa)
        refused = [
            f"context {identifier} {result}"
            for (identifier, _), result in zip(self._proposed, results, strict=False)
            if result != _RESULTS[0]
        ]
        summary = ", ".join(refused)
        layer = Layer("presentation", "P-CONNECT", Kind.RESPONSE, "CPA", summary, parameters)
        return layer, self._values(Spdu.AC, cpa.get("user-data"))

    def _refuse(self, data: bytes) -> tuple[Layer | None, list[Value]]:
        if not data:
            return None, []
        cpr = _CODEC.decode("CPR-PPDU", data)
        parameters: dict[str, Any] = {"outcome": "refused", "results": self._results(cpr)}
        summary = ""
        if (reason := cpr.get("provider-reason")) is not None:
            summary = f"refused by the provider: {_REFUSALS.get(reason, f'reason {reason}')}"
            parameters |= {"provider_reason": reason, "text": summary}
        layer = Layer("presentation", "P-CONNECT", Kind.RESPONSE, "CPR", summary, parameters)
        return layer, self._values(Spdu.RF, cpr.get("user-data"))

    def _abort(self, data: bytes) -> tuple[Layer | None, list[Value]]:
        if not data:
            return None, []
        form, ppdu = _CODEC.decode("Abort", data)
        if form == "arp-ppdu":
            reason = ppdu.get("provider-reason")
            text = _ABORTS.get(reason, f"reason {reason}")
            parameters = {"provider_reason": reason, "text": text}
            return Layer("presentation", "P-P-ABORT", Kind.PROVIDER, "ARP", text, parameters), []
        values = self._values(Spdu.AB, ppdu.get("user-data"))
        return Layer("presentation", "P-U-ABORT", Kind.REQUEST, "ARU"), values

    _READERS: ClassVar = {Spdu.CN: _connect, Spdu.AC: _accept, Spdu.RF: _refuse, Spdu.AB: _abort}

    def _results(self, ppdu: dict[str, Any]) -> list[str]:
        """What became of each context that was proposed; from now on only these are in use."""
        listed = ppdu.get("presentation-context-definition-result-list", [])
        results = [_RESULTS.get(item["result"], str(item["result"])) for item in listed]
        if self._in_use is not None:
            for (identifier, _), result in zip(self._proposed, results, strict=False):
                if result != _RESULTS[0]:
                    self._in_use.pop(identifier, None)
        return results

    def _values(self, spdu: Spdu, user_data: tuple[str, Any] | None) -> list[Value]:
        if user_data is None:
            return []
        form, items = user_data
        if form != "fully-encoded-data":
            raise ProtocolError(
                "simply encoded data: without a default context it must be fully so"
            )
        return [self._value(spdu, item) for item in items]

    def _value(self, spdu: Spdu, item: dict[str, Any]) -> Value:
        identifier = item["presentation-context-identifier"]
        form, value = item["presentation-data-values"]
        octets = bytes(value[0] if form == "arbitrary" else value)
        if self._in_use is None:
            return Value(identifier, _PRESUMED.get(spdu, ACSE_SYNTAX), octets)
        if wrong := self.not_in_use(identifier, "a value"):
            raise ProtocolError(wrong)
        return Value(identifier, self._in_use[identifier], octets)


_NAMES = {
    Spdu.DT: ("P-DATA", Kind.REQUEST),
    Spdu.TD: ("P-TYPED-DATA", Kind.REQUEST),
    Spdu.EX: ("P-EXPEDITED-DATA", Kind.REQUEST),
    Spdu.CD: ("P-CAPABILITY-DATA", Kind.REQUEST),
    Spdu.CDA: ("P-CAPABILITY-DATA", Kind.RESPONSE),
    Spdu.GT: ("P-TOKEN-GIVE", Kind.REQUEST),
    Spdu.PT: ("P-TOKEN-PLEASE", Kind.REQUEST),
    Spdu.GTC: ("P-CONTROL-GIVE", Kind.REQUEST),
    Spdu.FN: ("P-RELEASE", Kind.REQUEST),
    Spdu.DN: ("P-RELEASE", Kind.RESPONSE),
    Spdu.NF: ("P-RELEASE", Kind.RESPONSE),
    Spdu.RS: ("P-RESYNCHRONIZE", Kind.REQUEST),
    Spdu.RA: ("P-RESYNCHRONIZE", Kind.RESPONSE),
    Spdu.ED: ("P-U-EXCEPTION-REPORT", Kind.REQUEST),
    Spdu.MIP: ("P-SYNC-MINOR", Kind.REQUEST),
    Spdu.MIA: ("P-SYNC-MINOR", Kind.RESPONSE),
    Spdu.AS: ("P-ACTIVITY-START", Kind.REQUEST),
    Spdu.AR: ("P-ACTIVITY-RESUME", Kind.REQUEST),
    Spdu.AI: ("P-ACTIVITY-INTERRUPT", Kind.REQUEST),
    Spdu.AIA: ("P-ACTIVITY-INTERRUPT", Kind.RESPONSE),
    Spdu.AD: ("P-ACTIVITY-DISCARD", Kind.REQUEST),
    Spdu.ADA: ("P-ACTIVITY-DISCARD", Kind.RESPONSE),
    Spdu.AE: ("P-ACTIVITY-END", Kind.REQUEST),
    Spdu.AEA: ("P-ACTIVITY-END", Kind.RESPONSE),
}


def _parameters(name: str, data: bytes) -> dict[str, Any]:
    parameters: dict[str, Any] | None = _CODEC.decode(name, data).get("normal-mode-parameters")
    if parameters is None:
        raise ProtocolError(f"{name} in normal mode without its parameters")
    return parameters


def _selectors(ppdu: dict[str, Any]) -> dict[str, str]:
    return {
        f"{end}_p_selector": bytes(ppdu[f"{end}-presentation-selector"]).hex()
        for end in ("calling", "called", "responding")
        if f"{end}-presentation-selector" in ppdu
    }
