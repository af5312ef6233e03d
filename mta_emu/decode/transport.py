"""TPDUs and their T-primitives (X.224, X.214), and TSDUs put together from their segments."""

from collections.abc import Callable
from typing import Any, NamedTuple

from mta_emu.decode.steps import Kind, Layer
from mta_emu.osi.transport.tpdu import CC, CR, DR, DT, ED, ER, Tpdu

_EOT = 0x80
_SIZE, _CALLING, _CALLED = 0xC0, 0xC1, 0xC2

#: X.224 13.5.3
_DISCONNECT_REASONS = {
    0: "reason not specified",
    1: "congestion at TSAP",
    2: "session entity not attached to TSAP",
    3: "address unknown",
    128: "normal disconnect by the session entity",
    129: "remote transport entity congestion",
    130: "connection negotiation failed",
    131: "duplicate source reference",
    132: "mismatched references",
    133: "protocol error",
    135: "reference overflow",
    136: "connection request refused on this network connection",
    138: "header or parameter length invalid",
}
#: X.224 13.12.3
_REJECT_CAUSES = {
    0: "reason not specified",
    1: "invalid parameter code",
    2: "invalid TPDU type",
    3: "invalid parameter value",
}


class _Form(NamedTuple):
    name: str
    primitive: str
    kind: Kind


_FORMS = {
    CR: _Form("CR", "T-CONNECT", Kind.REQUEST),
    CC: _Form("CC", "T-CONNECT", Kind.RESPONSE),
    DR: _Form("DR", "T-DISCONNECT", Kind.REQUEST),
    ED: _Form("ED", "T-EXPEDITED-DATA", Kind.REQUEST),
    DT: _Form("DT", "T-DATA", Kind.REQUEST),
    ER: _Form("ER", "T-DISCONNECT", Kind.PROVIDER),
}

_PARAMETERS: dict[int, tuple[str, Callable[[bytes], Any]]] = {
    _SIZE: ("tpdu_size", lambda value: 1 << (value[0] & 0x1F) if value else None),
    _CALLING: ("calling_t_selector", bytes.hex),
    _CALLED: ("called_t_selector", bytes.hex),
}


def describe(tpdu: Tpdu) -> Layer:
    """A TPDU that is not a DT."""
    form = _FORMS[tpdu.code]
    if tpdu.code == ED:
        octets = len(tpdu.user_data)
        return Layer(
            "transport",
            form.primitive,
            form.kind,
            form.name,
            f"{octets} octets",
            {"octets": octets},
        )
    parameters: dict[str, Any] = {
        "source_reference": tpdu.source,
        "destination_reference": tpdu.destination,
    }
    for code, value in tpdu.parameters:
        if code in _PARAMETERS:
            name, read = _PARAMETERS[code]
            parameters[name] = read(value)
    if tpdu.code in (CR, CC):
        parameters["class"] = tpdu.option >> 4
        words = [f"class {parameters['class']}"]
        words += [f"TPDU size {parameters['tpdu_size']}"] if "tpdu_size" in parameters else []
        words += [
            f"{end} T-selector 0x{parameters[f'{end}_t_selector']}"
            for end in ("called", "calling")
            if parameters.get(f"{end}_t_selector")
        ]
        summary = ", ".join(words)
    else:
        names = _DISCONNECT_REASONS if tpdu.code == DR else _REJECT_CAUSES
        summary = names.get(tpdu.option, f"reason {tpdu.option}")
        parameters |= {"reason": tpdu.option, "text": summary}
    return Layer("transport", form.primitive, form.kind, form.name, summary, parameters)


def describe_data(octets: int, segments: int) -> Layer:
    """A TSDU of so many octets in so many DT TPDUs."""
    form = _FORMS[DT]
    summary = f"{octets} octets" + (f" in {segments} TPDUs" if segments > 1 else "")
    parameters = {"octets": octets, "tpdus": segments}
    return Layer("transport", form.primitive, form.kind, form.name, summary, parameters)


class Tsdus:
    """Puts the TSDUs of one direction together."""

    def __init__(self) -> None:
        self._segments: list[bytes] = []

    def feed(self, dt: Tpdu) -> tuple[bytes, int] | None:
        """The TSDU that a DT completes, and of how many it was made."""
        self._segments.append(dt.user_data)
        if not dt.option & _EOT:
            return None
        whole = b"".join(self._segments), len(self._segments)
        self._segments = []
        return whole

    def lost(self) -> None:
        """Octets are missing: forget what has come of the current TSDU."""
        self._segments = []
