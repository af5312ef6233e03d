"""ACSE APDUs and their A-primitives (X.227, X.217)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from mta_emu.decode.presentation import ACSE_SYNTAX, Value
from mta_emu.decode.steps import Kind, Layer
from mta_emu.osi.asn1 import compile_modules
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.session.spdu import Spdu

_CODEC = compile_modules("mta_emu.osi.asn1", "acse")

MTS_TRANSFER = "2.6.0.1.6"
_CONTEXT_NAMES = {MTS_TRANSFER: "mts-transfer"}


class _Form(NamedTuple):
    apdu: str
    primitive: str
    kind: Kind = Kind.REQUEST


#: Which APDU an SPDU carries (X.227 clause 7).
_FORMS = {
    Spdu.CN: _Form("aarq", "A-ASSOCIATE"),
    Spdu.AC: _Form("aare", "A-ASSOCIATE", Kind.RESPONSE),
    Spdu.RF: _Form("aare", "A-ASSOCIATE", Kind.RESPONSE),
    Spdu.FN: _Form("rlrq", "A-RELEASE"),
    Spdu.DN: _Form("rlre", "A-RELEASE", Kind.RESPONSE),
    Spdu.AB: _Form("abrt", "A-ABORT"),
}

_RESULTS = {0: "accepted", 1: "rejected permanently", 2: "rejected for now"}
_USER_DIAGNOSTICS = {
    0: "null",
    1: "no reason given",
    2: "application context name not supported",
    3: "calling AP title not recognized",
    7: "called AP title not recognized",
}
_PROVIDER_DIAGNOSTICS = {0: "null", 1: "no reason given", 2: "no common ACSE version"}


class Reading(NamedTuple):
    """What an SPDU is to ACSE: its APDU, the values for the layer above, the application context.

    `wrong` says what the APDU must not say where it does.
    """

    layer: Layer | None = None
    values: Sequence[Value] = ()
    context: str = ""
    wrong: str = ""


def read(spdu: Spdu, values: list[Value]) -> Reading:
    """The APDU that an SPDU carries. Raises ProtocolError."""
    form = _FORMS.get(spdu)
    own = [value for value in values if value.syntax == ACSE_SYNTAX]
    if form is None:
        if own:
            name = _CODEC.decode("ACSE-apdu", own[0].octets)[0].upper()
            raise ProtocolError(f"{name} in an SPDU {spdu.name}, which carries none of ACSE")
        return Reading(values=values)
    if not values:
        return Reading()
    if len(values) != 1 or not own:
        raise ProtocolError(f"{len(values)} values, {len(own)} of ACSE, where one APDU must be")
    name, apdu = _CODEC.decode("ACSE-apdu", own[0].octets)
    if name != form.apdu:
        raise ProtocolError(f"{name.upper()} in an SPDU {spdu.name}: must be {form.apdu.upper()}")
    summary, parameters = _DESCRIBERS[name](apdu)
    layer = Layer("acse", form.primitive, form.kind, name.upper(), summary, parameters)
    refused = spdu is Spdu.AC and apdu["result"]
    wrong = f"{summary}, in a connection that is accepted" if refused else ""
    return Reading(layer, _information(apdu), apdu.get("application-context-name", ""), wrong)


def _information(apdu: dict[str, Any]) -> list[Value]:
    """The user information, each an EXTERNAL."""
    found = []
    for external in apdu.get("user-information", ()):
        form, value = external["encoding"]
        octets = bytes(value[0] if form == "arbitrary" else value)
        found.append(Value(external.get("indirect-reference"), "", octets))
    return found


def _request(apdu: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    name = apdu["application-context-name"]
    return _CONTEXT_NAMES.get(name, name), {"application_context": name}


def _response(apdu: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    source, diagnostic = apdu["result-source-diagnostic"]
    names = _USER_DIAGNOSTICS if source == "acse-service-user" else _PROVIDER_DIAGNOSTICS
    result = _RESULTS.get(apdu["result"], f"result {apdu['result']}")
    text = names.get(diagnostic, f"diagnostic {diagnostic}")
    parameters = {
        "application_context": apdu["application-context-name"],
        "result": apdu["result"],
        "source": source,
        "diagnostic": diagnostic,
        "text": f"{result}, {text}",
    }
    by = "user" if source == "acse-service-user" else "provider"
    return f"{result} by the {by}: {text}" if apdu["result"] else "", parameters


def _release(apdu: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "", {"reason": apdu["reason"]} if "reason" in apdu else {}


def _abort(apdu: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    source = "by the provider" if apdu["abort-source"] else "by the user"
    return source, {"abort_source": apdu["abort-source"]}


_DESCRIBERS = {
    "aarq": _request,
    "aare": _response,
    "rlrq": _release,
    "rlre": _release,
    "abrt": _abort,
}
