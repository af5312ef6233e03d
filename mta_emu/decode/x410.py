"""The X.410-1984 mode: what little lies between the session and RTSE (X.226 8.2, X.228 8.3)."""

from typing import Any, NamedTuple

from mta_emu.decode.steps import Kind, Layer
from mta_emu.osi.asn1 import compile_modules
from mta_emu.osi.session.spdu import Spdu

_CODEC = compile_modules("mta_emu.osi.asn1", "rtse", "x410")

#: The application protocol that RTORQ names for P1 of 1988 with its octets swapped: 12.
SWAPPED_P1 = 3072
#: The application protocols of RTORQ that are P1 (X.419 13.1.1.1); it is the default.
P1 = (None, 1, 12, SWAPPED_P1)

_PARAMETERS = {"mode": "x410-1984"}
#: SPDUs whose user data is a PPDU around an APDU of RTSE: (type, kind, the APDU).
_WRAPPED = {
    Spdu.CN: ("CP-type", Kind.REQUEST, "rtorq-apdu"),
    Spdu.AC: ("CPA-PPDU", Kind.RESPONSE, "rtoac-apdu"),
}
#: SPDUs whose user data is an APDU of RTSE: its type and its name.
_BARE = {
    Spdu.RF: ("RTORJapdu", "rtorj-apdu"),
    Spdu.AB: ("RTABapdu", "rtab-apdu"),
    Spdu.PT: ("RTTPapdu", "rttp-apdu"),
}


class Apdu(NamedTuple):
    """An APDU of RTSE: its name, its value, and how its encoding deviates from the standard."""

    name: str
    value: Any
    deviation: str = ""


def read(spdu: Spdu, data: bytes) -> tuple[Layer | None, Apdu | None]:
    """What an SPDU's user data is to the presentation, and the APDU of RTSE that it carries.

    Raises ProtocolError.
    """
    if spdu is Spdu.DT:
        return None, Apdu("rttr-apdu", data)
    if spdu in _WRAPPED:
        name, kind, apdu = _WRAPPED[spdu]
        fields = _CODEC.decode(name, data)["x410-mode-parameters"]
        pdu = name.partition("-")[0]
        layer = Layer("presentation", "P-CONNECT", kind, pdu, "X.410-1984 mode", _PARAMETERS)
        return layer, Apdu(apdu, fields)
    if spdu in _BARE and data:
        name, apdu = _BARE[spdu]
        return None, Apdu(apdu, _CODEC.decode(name, data))
    return None, None
