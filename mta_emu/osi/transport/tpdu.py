"""TPDUs: the octets of a TPDU of class 0 and back (X.224 clause 13)."""

from enum import IntEnum
from typing import NamedTuple

from mta_emu.osi.errors import ProtocolError, decoder

CR, CC, DR, DT, ER = 0xE0, 0xD0, 0x80, 0xF0, 0x70
ED = 0x10  # RFC 1006 has it in class 0, in the form of a DT

# Parameter codes of CR and CC (X.224 13.3.4), and of ER (13.12.4)
SIZE, CALLING, CALLED, ALTERNATIVE, PREFERRED_SIZE = 0xC0, 0xC1, 0xC2, 0xC7, 0xF0
ADDITIONAL_OPTIONS, EXPEDITED_DATA = 0xC6, b"\x01"
INVALID_TPDU = 0xC1

_FIXED_LENGTHS = {CR: 6, CC: 6, DR: 6, DT: 2, ED: 2, ER: 4}  # with the code

MAX_SELECTOR = 32  # octets
EOT = 0x80  # the last TPDU of a TSDU


class DisconnectReason(IntEnum):
    """Reasons of a DR TPDU (X.224 13.5.3).

    A T-selector that nobody here has is an unknown address (3); a session entity that is not
    attached (2) would be one that is configured and not there.
    """

    NOT_SPECIFIED = 0
    CONGESTION = 1
    SESSION_ENTITY_NOT_ATTACHED = 2
    ADDRESS_UNKNOWN = 3
    NORMAL = 128
    NEGOTIATION_FAILED = 130
    PROTOCOL_ERROR = 133


class RejectCause(IntEnum):
    """Causes of an ER TPDU (X.224 13.12.3)."""

    NOT_SPECIFIED = 0
    INVALID_PARAMETER_CODE = 1
    INVALID_TPDU_TYPE = 2
    INVALID_PARAMETER_VALUE = 3


class TpduError(ProtocolError):
    """A TPDU that class 0 does not have or that says what it must not, and why it is rejected."""

    def __init__(self, text: str, cause: RejectCause = RejectCause.NOT_SPECIFIED) -> None:
        super().__init__(text)
        self.cause = cause


class Tpdu(NamedTuple):
    """A decoded TPDU: its code, the fixed part that class 0 reads, its parameters, user data."""

    code: int
    destination: int = 0
    source: int = 0
    #: class and option for CR and CC, reason for DR, reject cause for ER
    option: int = 0
    parameters: tuple[tuple[int, bytes], ...] = ()
    user_data: bytes = b""

    def parameter(self, code: int) -> bytes | None:
        """The value of a parameter, the last one when it is repeated (X.224 13.2.3)."""
        return dict(self.parameters).get(code)


def encode(tpdu: Tpdu) -> bytes:
    """The octets of a CR, CC, DR or ER TPDU (X.224 clause 13)."""
    fixed = bytes((tpdu.code,)) + tpdu.destination.to_bytes(2, "big")
    if tpdu.code != ER:
        fixed += tpdu.source.to_bytes(2, "big")
    fixed += bytes((tpdu.option,))
    variable = b"".join(bytes((code, len(value))) + value for code, value in tpdu.parameters)
    return bytes((len(fixed) + len(variable),)) + fixed + variable + tpdu.user_data


@decoder
def decode(octets: bytes) -> Tpdu:
    """Read a TPDU. Raises TpduError when it is not one of class 0."""
    indicator = octets[0] if octets else 0
    if indicator == 0xFF or indicator >= len(octets):
        raise TpduError(f"TPDU length indicator {indicator} beyond {len(octets)} octets")
    header, user_data = octets[1 : indicator + 1], octets[indicator + 1 :]
    code = header[0] & 0xF0 if header else 0
    fixed_length = _FIXED_LENGTHS.get(code)
    if fixed_length is None:
        raise TpduError(
            f"TPDU code 0x{code:02x}: not one of class 0", RejectCause.INVALID_TPDU_TYPE
        )
    if len(header) < fixed_length:
        raise TpduError(f"TPDU 0x{code:02x}: header of {len(header)} octets is too short")
    if code in (DT, ED):
        return Tpdu(code, option=header[1], user_data=user_data)
    return Tpdu(
        code,
        destination=int.from_bytes(header[1:3], "big"),
        source=int.from_bytes(header[3:5], "big") if code != ER else 0,
        option=header[fixed_length - 1],
        parameters=_parameters(header[fixed_length:]),
        user_data=user_data,
    )


def _parameters(octets: bytes) -> tuple[tuple[int, bytes], ...]:
    found = []
    at = 0
    while at < len(octets):
        end = at + 2 + octets[at + 1] if at + 1 < len(octets) else len(octets) + 1
        if end > len(octets):
            raise TpduError(
                f"TPDU parameter 0x{octets[at]:02x} runs beyond the header",
                RejectCause.INVALID_PARAMETER_VALUE,
            )
        found.append((octets[at], octets[at + 2 : end]))
        at = end
    return tuple(found)


def in_words(codes: type[IntEnum], value: int) -> str:
    """A code in words, with its number."""
    known = value in codes.__members__.values()
    words = codes(value).name.lower().replace("_", " ") if known else "unknown"
    return f"{words} ({value})"
