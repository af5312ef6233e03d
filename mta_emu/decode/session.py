"""SPDUs and their S-primitives (X.225, X.215)."""

from collections.abc import Callable
from typing import Any, NamedTuple

from mta_emu.decode.steps import Kind, Layer
from mta_emu.osi.remembered import remembered
from mta_emu.osi.session.primitives import ExceptionReason, FunctionalUnit, Token
from mta_emu.osi.session.spdu import Pi, Spdu, Unit


class _Form(NamedTuple):
    primitive: str
    kind: Kind = Kind.REQUEST
    outcome: str = ""


_FORMS = {
    Spdu.CN: _Form("S-CONNECT"),
    Spdu.AC: _Form("S-CONNECT", Kind.RESPONSE, "accepted"),
    Spdu.RF: _Form("S-CONNECT", Kind.RESPONSE, "refused"),
    Spdu.OA: _Form("OVERFLOW ACCEPT", Kind.PDU),
    Spdu.CDO: _Form("CONNECT DATA OVERFLOW", Kind.PDU),
    Spdu.FN: _Form("S-RELEASE"),
    Spdu.DN: _Form("S-RELEASE", Kind.RESPONSE),
    Spdu.NF: _Form("S-RELEASE", Kind.RESPONSE, "refused"),
    Spdu.AB: _Form("S-U-ABORT"),
    Spdu.AA: _Form("ABORT ACCEPT", Kind.PDU),
    Spdu.DT: _Form("S-DATA"),
    Spdu.TD: _Form("S-TYPED-DATA"),
    Spdu.EX: _Form("S-EXPEDITED-DATA"),
    Spdu.CD: _Form("S-CAPABILITY-DATA"),
    Spdu.CDA: _Form("S-CAPABILITY-DATA", Kind.RESPONSE),
    Spdu.GT: _Form("S-TOKEN-GIVE"),
    Spdu.PT: _Form("S-TOKEN-PLEASE"),
    Spdu.GTC: _Form("S-CONTROL-GIVE"),
    Spdu.GTA: _Form("GIVE TOKENS ACK", Kind.PDU),
    Spdu.MIP: _Form("S-SYNC-MINOR"),
    Spdu.MIA: _Form("S-SYNC-MINOR", Kind.RESPONSE),
    Spdu.RS: _Form("S-RESYNCHRONIZE"),
    Spdu.RA: _Form("S-RESYNCHRONIZE", Kind.RESPONSE),
    Spdu.PR: _Form("PREPARE", Kind.PDU),
    Spdu.AS: _Form("S-ACTIVITY-START"),
    Spdu.AR: _Form("S-ACTIVITY-RESUME"),
    Spdu.AI: _Form("S-ACTIVITY-INTERRUPT"),
    Spdu.AIA: _Form("S-ACTIVITY-INTERRUPT", Kind.RESPONSE),
    Spdu.AD: _Form("S-ACTIVITY-DISCARD"),
    Spdu.ADA: _Form("S-ACTIVITY-DISCARD", Kind.RESPONSE),
    Spdu.AE: _Form("S-ACTIVITY-END"),
    Spdu.AEA: _Form("S-ACTIVITY-END", Kind.RESPONSE),
    Spdu.ED: _Form("S-U-EXCEPTION-REPORT"),
    Spdu.ER: _Form("S-P-EXCEPTION-REPORT", Kind.PROVIDER),
}
_PROVIDER_ABORT = _Form("S-P-ABORT", Kind.PROVIDER)
_MAX_DIGITS = 6  # of a serial number (X.225 8.3.20)
_USER_ABORT_BIT, _PROTOCOL_ERROR_BIT = 0x02, 0x04

#: X.225 8.3.5.10
_REFUSALS = {
    0: "by the called SS-user, reason not specified",
    1: "by the called SS-user, temporary congestion",
    2: "by the called SS-user, its data says why",
    129: "session selector unknown",
    130: "SS-user not attached to SSAP",
    131: "session protocol machine congestion at connect time",
    132: "proposed protocol versions not supported",
    133: "by the session protocol machine, reason not specified",
    134: "by the session protocol machine, implementation restriction",
}


def describe(unit: Unit) -> Layer:
    """An SPDU."""
    form = _FORMS[unit.spdu]
    if unit.spdu is Spdu.AB and not _octet(unit.get(Pi.TRANSPORT_DISCONNECT)) & _USER_ABORT_BIT:
        form = _PROVIDER_ABORT
    parameters: dict[str, Any] = {"outcome": form.outcome} if form.outcome else {}
    for pi, (name, read) in _PARAMETERS.items():
        if pi in unit.parameters:
            parameters[name] = read(unit.parameters[pi])
    if unit.spdu is Spdu.RF:
        parameters["text"] = _REFUSALS.get(parameters.get("reason", -1), "without a known reason")
    elif "reason" in parameters:
        parameters["text"] = _reason(parameters["reason"])
    octets = len(unit.user_data)
    if octets:
        parameters["user_data_octets"] = octets
    return Layer(
        "session",
        form.primitive,
        form.kind,
        unit.spdu.name,
        ", ".join(_words(unit, parameters, form)),
        parameters,
    )


def _words(unit: Unit, parameters: dict[str, Any], form: _Form) -> list[str]:
    """What of the parameters people want on a line."""
    words = [form.outcome] if form.outcome else []
    if unit.spdu is Spdu.DT:
        words.append(f"{parameters.get('user_data_octets', 0)} octets")
    if form is _PROVIDER_ABORT:
        error = _octet(unit.get(Pi.TRANSPORT_DISCONNECT)) & _PROTOCOL_ERROR_BIT
        words.append("protocol error" if error else "no reason given")
    if "versions" in parameters and unit.spdu in (Spdu.CN, Spdu.AC):
        words.append("version " + " or ".join(map(str, parameters["versions"])))
    if "functional_units" in parameters and unit.spdu in (Spdu.CN, Spdu.AC):
        words.append("functional units " + ", ".join(parameters["functional_units"]))
    if "activity" in parameters:
        words.append(f"activity {parameters['activity']}")
    if "old_activity" in parameters:
        words.append(f"going on with activity {parameters['old_activity']}")
    if "serial_number" in parameters:
        words.append(f"point {parameters['serial_number']}")
    if parameters.get("tokens"):
        words.append("tokens " + ", ".join(parameters["tokens"]))
    if "text" in parameters:
        words.append(parameters["text"])
    return words


def _octet(value: bytes) -> int:
    return value[0] if value else 0


def _names(flags: FunctionalUnit | Token) -> list[str]:
    return [(flag.name or "").lower().replace("_", "-") for flag in flags]


@remembered
def _functional_units(value: bytes) -> list[str]:
    return _names(FunctionalUnit(int.from_bytes(value, "big") & _ALL_UNITS))


_ALL_UNITS = sum(FunctionalUnit)


@remembered
def _tokens(value: bytes) -> list[str]:
    return _names(Token(_octet(value) & sum(Token)))


def _versions(value: bytes) -> list[int]:
    return [version for version in (1, 2) if _octet(value) & version]


def _serial(value: bytes) -> int | str:
    return int(value) if value.isdigit() and len(value) <= _MAX_DIGITS else value.hex()


def _activity(value: bytes) -> int | str:
    """An activity identifier: RTSE's is the BER of an INTEGER, others stay as they are."""
    if len(value) > 2 and value[0] == 0x02 and value[1] == len(value) - 2:
        return int.from_bytes(value[2:], "big")
    return value.hex()


def _text(value: bytes) -> str:
    """A reference: a string or a time in BER, or whatever lies there."""
    inner = value[2:] if len(value) > 2 and value[1] == len(value) - 2 else value
    return (
        inner.decode("ascii") if inner.isascii() and inner.decode().isprintable() else value.hex()
    )


def _reason(octet: int) -> str:
    return (
        ExceptionReason(octet).name.lower().replace("_", " ")
        if octet in set(ExceptionReason)
        else f"reason {octet}"
    )


_PARAMETERS: dict[int, tuple[str, Callable[[bytes], Any]]] = {
    Pi.CALLING_REFERENCE: ("calling_ss_user_reference", _text),
    Pi.CALLED_REFERENCE: ("called_ss_user_reference", _text),
    Pi.COMMON_REFERENCE: ("common_reference", _text),
    Pi.ADDITIONAL_REFERENCE: ("additional_reference", _text),
    Pi.SYNC_TYPE: ("confirmation_optional", lambda value: bool(_octet(value) & 1)),
    Pi.TOKEN_ITEM: ("tokens", _tokens),
    Pi.TRANSPORT_DISCONNECT: ("transport_disconnect", _octet),
    Pi.PROTOCOL_OPTIONS: ("protocol_options", _octet),
    Pi.USER_REQUIREMENTS: ("functional_units", _functional_units),
    Pi.TSDU_MAXIMUM_SIZE: (
        "tsdu_maximum_size",
        lambda value: [int.from_bytes(value[:2], "big"), int.from_bytes(value[2:], "big")],
    ),
    Pi.VERSION_NUMBER: ("versions", _versions),
    Pi.INITIAL_SERIAL_NUMBER: ("initial_serial_number", _serial),
    Pi.PREPARE_TYPE: ("prepare_type", _octet),
    Pi.ENCLOSURE: ("enclosure", _octet),
    Pi.TOKEN_SETTING: ("token_setting", _octet),
    Pi.RESYNC_TYPE: ("resync_type", _octet),
    Pi.ACTIVITY_IDENTIFIER: ("activity", _activity),
    Pi.OLD_ACTIVITY_IDENTIFIER: ("old_activity", _activity),
    Pi.SERIAL_NUMBER: ("serial_number", _serial),
    Pi.REFLECT: ("reflected", bytes.hex),
    Pi.REASON: ("reason", _octet),
    Pi.CALLING_SELECTOR: ("calling_s_selector", bytes.hex),
    Pi.CALLED_SELECTOR: ("called_s_selector", bytes.hex),
    Pi.DATA_OVERFLOW: ("data_overflow", lambda value: bool(_octet(value) & 1)),
}
