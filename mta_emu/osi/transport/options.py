"""How a side wants its transport connections, and the TPDU size that both sides agree on."""

from dataclasses import dataclass

from mta_emu.osi.tpkt import HEADER_LENGTH, MAX_LENGTH
from mta_emu.osi.transport.tpdu import (
    PREFERRED_SIZE,
    SIZE,
    DisconnectReason,
    RejectCause,
    Tpdu,
    TpduError,
)

#: RFC 1006's maximum, which holds when no size is proposed.
MAX_TPDU_SIZE = MAX_LENGTH - HEADER_LENGTH

_SIZES = range(7, 14)  # of the TPDU size parameter, powers of 2: 128 to 8192
_UNIT = 128  # octets, of the preferred maximum TPDU size


@dataclass(frozen=True)
class TransportOptions:
    """How this side wants its transport connections.

    - `max_tpdu_size`: the size that this side proposes, or accepts at most: 128 to 65531 octets. A
      power of 2 up to 8192 goes into the TPDU size parameter, another multiple of 128 into the
      preferred maximum TPDU size. RFC 1006's maximum is proposed by sending neither.
    - `expedited_data`: propose the use of expedited data (X.224 13.3.4). No called side here agrees
      to it. Where another one does, its expedited data are passed over; an abort that they
      announce arrives as normal data, too.
    - `reserved_octet`: what is sent in each TPKT header. The standard says 0.
    - `strict_tpkt`: refuse a reserved octet that is not 0, which is to be ignored (KB Q157015).
    - `refusal`: when given, the answer to every caller.

    Raises ValueError when the TPDU size cannot be proposed.
    """

    max_tpdu_size: int = 8192
    expedited_data: bool = False
    reserved_octet: int = 0
    strict_tpkt: bool = False
    refusal: DisconnectReason | None = None

    def __post_init__(self) -> None:
        """Check the TPDU size."""
        size = self.max_tpdu_size
        if size == MAX_TPDU_SIZE or (_UNIT <= size < MAX_TPDU_SIZE and not size % _UNIT):
            return
        raise ValueError(
            f"a TPDU size of {size}: must be a multiple of {_UNIT} below {MAX_TPDU_SIZE}, "
            f"or {MAX_TPDU_SIZE}"
        )


DEFAULT_OPTIONS = TransportOptions()


def proposed_size(tpdu: Tpdu) -> int:
    """The TPDU size in a CR or CC, in octets; RFC 1006's maximum when none is named.

    A preferred maximum TPDU size goes before a TPDU size (X.224 13.3.4). Raises TpduError.
    """
    size, preferred = tpdu.parameter(SIZE), tpdu.parameter(PREFERRED_SIZE)
    if preferred is not None:
        units = int.from_bytes(preferred, "big")
        if not 0 < len(preferred) <= 4 or not units:
            raise TpduError(
                f"preferred maximum TPDU size 0x{preferred.hex()}: must be 1 to 4 octets, not zero",
                RejectCause.INVALID_PARAMETER_VALUE,
            )
        return units * _UNIT
    if size is not None:
        if len(size) != 1 or size[0] not in _SIZES:
            raise TpduError(
                f"TPDU size 0x{size.hex()}: must be 7 (128) to 13 (8192)",
                RejectCause.INVALID_PARAMETER_VALUE,
            )
        return 1 << size[0]
    return MAX_TPDU_SIZE


def agreed_size(ours: int, tpdu: Tpdu) -> int:
    """The smaller of our TPDU size and the one in a CR or CC. Raises TpduError."""
    size = min(ours, proposed_size(tpdu))
    if tpdu.parameter(PREFERRED_SIZE) is not None:
        size -= size % _UNIT  # what an answer can say
    return size


def size_parameters(size: int, *, preferred: bool = False) -> tuple[tuple[int, bytes], ...]:
    """The parameters that say a TPDU size; `preferred`: in answer to a preferred maximum.

    A caller that prefers more than the TPDU size parameter can say names 8192 too, for a peer
    that does not know the preferred maximum. Nothing is sent for RFC 1006's maximum.
    """
    if size == MAX_TPDU_SIZE and not preferred:
        return ()
    units = size // _UNIT
    in_units = (PREFERRED_SIZE, units.to_bytes((units.bit_length() + 7) // 8, "big"))
    power = size.bit_length() - 1
    if not preferred and 1 << power == size and power in _SIZES:
        return ((SIZE, bytes((power,))),)
    fallback = (SIZE, bytes((min(power, _SIZES[-1]),)))
    return (in_units,) if preferred else (fallback, in_units)
