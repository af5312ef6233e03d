"""PPDUs of the normal mode: their octets and back, and the values in them (X.226 8.2).

A PPDU's parameters are a dict, with the names of the ASN.1 module.
"""

from collections.abc import Callable
from typing import Any

from mta_emu.osi.asn1 import compile_modules
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.presentation.primitives import BER, Pdv

_CODEC = compile_modules("mta_emu.osi.asn1", "presentation")

_NORMAL_MODE = {"mode-value": 1}

# Provider reasons of ARP
UNRECOGNIZED_PPDU, INVALID_PARAMETER_VALUE = 1, 6

Parameters = dict[str, Any]


class InvalidValueError(ProtocolError):
    """A PPDU that can be read, with a parameter whose value cannot be accepted."""


def encode_connect(parameters: Parameters) -> bytes:
    """CP in normal mode."""
    return _encode_in_normal_mode("CP-type", parameters)


def encode_accept(parameters: Parameters) -> bytes:
    """CPA in normal mode."""
    return _encode_in_normal_mode("CPA-PPDU", parameters)


def encode_refuse(parameters: Parameters) -> bytes:
    """CPR of the normal mode."""
    return _CODEC.encode("CPR-PPDU", parameters)


def encode_user_abort(user_data: tuple[Pdv, ...]) -> bytes:
    """ARU, with the contexts of its values."""
    if not user_data:
        return _CODEC.encode("Abort", ("aru-ppdu", {}))
    contexts = [
        {"presentation-context-identifier": pdv.context, "transfer-syntax-name": BER}
        for pdv in user_data
    ]
    parameters = {
        "presentation-context-identifier-list": contexts,
        "user-data": user_data_of(user_data),
    }
    return _CODEC.encode("Abort", ("aru-ppdu", parameters))


def encode_provider_abort(reason: int) -> bytes:
    """ARP."""
    return _CODEC.encode("Abort", ("arp-ppdu", {"provider-reason": reason}))


def encode_values(pdvs: tuple[Pdv, ...]) -> bytes:
    """The user data of a PPDU that has no other parameters (X.226 8.4)."""
    return _CODEC.encode("User-data", user_data_of(pdvs))


def decode_connect(octets: bytes) -> Parameters:
    """CP in normal mode. Raises ProtocolError, like each of these."""
    return _decode_in_normal_mode("CP-type", octets)


def decode_accept(octets: bytes) -> Parameters:
    """CPA in normal mode."""
    return _decode_in_normal_mode("CPA-PPDU", octets)


def decode_refuse(octets: bytes) -> Parameters:
    """CPR of the normal mode."""
    parameters: Parameters = _CODEC.decode("CPR-PPDU", octets)
    return parameters


def decode_abort(octets: bytes) -> tuple[str, Parameters]:
    """Which abort it is, "aru-ppdu" or "arp-ppdu", and its parameters."""
    kind, parameters = _CODEC.decode("Abort", octets)
    return kind, parameters


def decode_values(octets: bytes) -> tuple[Pdv, ...]:
    """The values in the user data of a PPDU that has no other parameters."""
    return values_in({"user-data": _CODEC.decode("User-data", octets)})


def user_data_of(pdvs: tuple[Pdv, ...]) -> tuple[str, Any]:
    """Values as the user-data parameter of a PPDU."""
    items = [
        {
            "presentation-context-identifier": pdv.context,
            "presentation-data-values": ("single-ASN1-type", pdv.value),
        }
        for pdv in pdvs
    ]
    return "fully-encoded-data", items


def values_in(parameters: Parameters) -> tuple[Pdv, ...]:
    """The values in the user-data parameter of a PPDU. Raises ProtocolError."""
    if (user_data := parameters.get("user-data")) is None:
        return ()
    kind, items = user_data
    if kind != "fully-encoded-data":
        raise ProtocolError("simply encoded data, without a default context")
    return tuple(_pdv(item) for item in items)


def has_version_1(parameters: Parameters) -> bool:
    """Whether version 1 is proposed, the only one here; without a version it is the first."""
    bits, _ = parameters.get("protocol-version", (b"\x80", 1))
    return bool(bits[:1] and bits[0] & 0x80)


_READ_VALUE: dict[str, Callable[[Any], bytes]] = {
    "single-ASN1-type": bytes,
    "octet-aligned": bytes,
    "arbitrary": lambda bits: bytes(bits[0]),
}


def _pdv(item: dict[str, Any]) -> Pdv:
    form, value = item["presentation-data-values"]
    return Pdv(item["presentation-context-identifier"], _READ_VALUE[form](value))


def _encode_in_normal_mode(name: str, parameters: Parameters) -> bytes:
    ppdu = {"mode-selector": _NORMAL_MODE, "normal-mode-parameters": parameters}
    return _CODEC.encode(name, ppdu)


def _decode_in_normal_mode(name: str, octets: bytes) -> Parameters:
    ppdu = _CODEC.decode(name, octets)
    parameters: Parameters | None = ppdu.get("normal-mode-parameters")
    if ppdu["mode-selector"] != _NORMAL_MODE or parameters is None:
        raise ProtocolError(f"{name}: not in normal mode")
    return parameters
