"""What an originator wishes in extensions (X.411 8.2.1.1.1).

The alternate recipient that an originator may wish for is in redirection.py.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import IntEnum

from mta_emu.mts import extension
from mta_emu.mts.asn1 import MTS
from mta_emu.mts.extension import Criticality, Extension, Extensions, StandardExtension
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError, decoder

_ENUMERATED, _INTEGER, _SEQUENCE = b"\x0a", b"\x02", b"\x30"
_PROHIBITED = b"\x01"
_MAX_METHODS = 256  # ub-integer-options


class DeliveryMethod(IntEnum):
    """Methods that a message may be delivered by; the values are those on the wire."""

    ANY = 0
    MHS = 1
    PHYSICAL = 2
    TELEX = 3
    TELETEX = 4
    G3_FACSIMILE = 5
    G4_FACSIMILE = 6
    IA5_TERMINAL = 7
    VIDEOTEX = 8
    TELEPHONE = 9


@decoder
def latest_delivery_time(extensions: Extensions) -> datetime | None:
    """The time after which it must not be delivered any more. Raises ProtocolError."""
    found = extension.find(extensions, StandardExtension.LATEST_DELIVERY_TIME)
    time: datetime | None = MTS.decode("Time", found.value) if found else None
    return time


def latest_delivery(time: datetime) -> Extension:
    """The extension that says after which time a message must not be delivered any more."""
    value = MTS.encode("Time", time)
    return Extension(StandardExtension.LATEST_DELIVERY_TIME, value, Criticality.FOR_DELIVERY)


@decoder
def prohibits(extensions: Extensions, kind: StandardExtension) -> bool:
    """Whether an ENUMERATED of allowed, 0, and prohibited, 1, is there and says prohibited.

    So are the reassignment of recipients, the expansion of lists and conversion with loss.
    Raises ProtocolError.
    """
    found = extension.find(extensions, kind)
    if found is None:
        return False
    if found.value[:1] != _ENUMERATED:
        raise ProtocolError(f"{found}: BER tag 0x{found.value[:1].hex()}, not an ENUMERATED")
    return ber.contents(found.value) == _PROHIBITED


def prohibition(kind: StandardExtension) -> Extension:
    """The extension that says prohibited, critical for delivery as X.411 wants it."""
    return Extension(kind, ber.tlv(_ENUMERATED, _PROHIBITED), Criticality.FOR_DELIVERY)


@decoder
def delivery_methods(extensions: Extensions) -> tuple[int, ...]:
    """The delivery methods wanted, the preferred one first; empty: any. Raises ProtocolError."""
    found = extension.find(extensions, StandardExtension.REQUESTED_DELIVERY_METHOD)
    if found is None:
        return ()
    methods = ber.elements(ber.contents(found.value), _MAX_METHODS + 1)
    if found.value[:1] != _SEQUENCE:
        raise ProtocolError(
            f"{found}: BER tag 0x{found.value[:1].hex()}, not a SEQUENCE OF INTEGER"
        )
    if len(methods) > _MAX_METHODS:
        raise ProtocolError(f"{found}: more than {_MAX_METHODS} methods")
    return tuple(MTS.decode("Integer", each) for each in methods)


def requesting_methods(methods: Sequence[DeliveryMethod]) -> Extension:
    """The extension that asks for delivery methods, the preferred one first."""
    value = b"".join(ber.tlv(_INTEGER, bytes((each,))) for each in methods)
    return Extension(StandardExtension.REQUESTED_DELIVERY_METHOD, ber.tlv(_SEQUENCE, value))
