"""How a session connection is proposed, accepted and refused (X.225 7.1 to 7.5).

CONNECT, OVERFLOW ACCEPT, CONNECT DATA OVERFLOW, ACCEPT and REFUSE, and what the two sides agree
on: the protocol version, the functional units, who has which token, how long a TSDU may be.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mta_emu.osi.errors import ProtocolError, ServiceMisuse
from mta_emu.osi.session import segments
from mta_emu.osi.session.mapping import (
    RELEASED,
    identifier_parameters,
    read_identifier,
    read_serial_number,
)
from mta_emu.osi.session.primitives import (
    SUPPORTED_FUNCTIONAL_UNITS,
    FunctionalUnit,
    RefuseReason,
    SConnect,
    SConnectAccept,
    SConnectRefuse,
    Token,
)
from mta_emu.osi.session.spdu import (
    MAX_EXTENDED_USER_DATA,
    MAX_USER_DATA,
    Pi,
    Spdu,
    Unit,
)
from mta_emu.osi.transport.primitives import TConnect

VERSION_1, VERSION_2 = 1, 2  # bits of the version number (X.225 8.3.1.9)
ALL_VERSIONS = VERSION_1 | VERSION_2
#: The shortest TSDU maximum size that is agreed to: the parameters of a segment fit, and an SSDU
#: does not grow to a multiple of its length on the way.
MIN_TSDU_SIZE = 64

_DEFAULT_REQUIREMENTS = b"\x03\x49"  # X.225 8.3.1.16
_ALL_TOKENS = Token.DATA | Token.MINOR_SYNCHRONIZE | Token.MAJOR_ACTIVITY | Token.RELEASE
_DUPLEX_OR_NOT = FunctionalUnit.HALF_DUPLEX | FunctionalUnit.DUPLEX


@dataclass(frozen=True)
class Proposal:
    """What a CONNECT proposes.

    `versions` are bits; `max_tsdu` is how long TSDUs to the called and to the calling side may
    be, 0 for any length; `overflows` when more user data follows in CONNECT DATA OVERFLOW SPDUs;
    `refusal` is why the called side's provider cannot accept it.
    """

    connect: SConnect
    versions: int
    max_tsdu: tuple[int, int]
    overflows: bool
    refusal: RefuseReason | None = None

    @property
    def version(self) -> int:
        """The version that this side chooses."""
        return VERSION_2 if self.versions & VERSION_2 else VERSION_1


@dataclass(frozen=True)
class Agreement:
    """What CONNECT and ACCEPT settle; `called_side_tokens` are the called side's at first."""

    version: int
    functional_units: FunctionalUnit
    called_side_tokens: Token
    max_tsdu: tuple[int, int]
    initial_serial_number: int | None


@dataclass(frozen=True)
class Overflow:
    """User data in a CONNECT DATA OVERFLOW, and whether it is the last."""

    user_data: bytes
    ends: bool


def propose(request: SConnect, max_tsdu: int, versions: int = ALL_VERSIONS) -> Proposal:
    """What a request proposes, of the `versions` that this side has.

    Only version 2 takes over 512 octets of user data (X.225 7.1.1): raises ServiceMisuse when there
    are more and this side has not got it.
    """
    size = len(request.user_data)
    if size > MAX_USER_DATA:
        versions &= VERSION_2
    if not versions:
        raise ServiceMisuse(f"S-CONNECT with {size} octets of user data in version 1")
    return Proposal(
        connect=request,
        versions=versions,
        max_tsdu=(max_tsdu, max_tsdu),
        overflows=size > MAX_EXTENDED_USER_DATA,
    )


def connect_unit(proposal: Proposal) -> Unit:
    """The CONNECT SPDU (X.225 8.3.1), with as much of the user data as fits one."""
    request = proposal.connect
    tokens = request.called_side_tokens | request.called_side_chooses << 1
    return _unit(
        Spdu.CN,
        {
            **identifier_parameters(request.identifier, Pi.CALLING_REFERENCE),
            **_connect_item(proposal.versions, proposal.max_tsdu, request.initial_serial_number),
            Pi.TOKEN_SETTING: bytes((tokens,)),
            Pi.USER_REQUIREMENTS: request.functional_units.to_bytes(2, "big"),
            Pi.CALLING_SELECTOR: request.calling_s_selector,
            Pi.CALLED_SELECTOR: request.called_s_selector,
            Pi.DATA_OVERFLOW: b"\x01" if proposal.overflows else b"",
        },
        request.user_data[:MAX_EXTENDED_USER_DATA],
    )


def overflow_units(proposal: Proposal, max_tsdu: int) -> Iterator[Unit]:
    """The CONNECT DATA OVERFLOW SPDUs with the rest of the user data (X.225 7.3)."""
    rest = Unit(Spdu.CDO, {}, proposal.connect.user_data[MAX_EXTENDED_USER_DATA:])
    return segments.cut(rest, max_tsdu)


def read_connect(
    unit: Unit,
    called: TConnect,
    local_selector: bytes,
    required: FunctionalUnit,
    versions: int = ALL_VERSIONS,
) -> Proposal:
    """The proposal in a CONNECT SPDU, and why it is refused (X.225 8.3.5.10) if it must be.

    Of the protocol versions those remain that are among this side's `versions`.
    """
    serial = unit.get(Pi.INITIAL_SERIAL_NUMBER)
    setting = unit.octet(Pi.TOKEN_SETTING)
    tokens, chooses = Token(setting & _ALL_TOKENS), Token(setting >> 1 & _ALL_TOKENS)
    if tokens & chooses:
        raise ProtocolError(f"token setting 0x{setting:02x}: 3 is reserved (X.225 8.3.1)")
    offered = unit.octet(Pi.VERSION_NUMBER, VERSION_1) & ALL_VERSIONS
    overflows = bool(unit.octet(Pi.DATA_OVERFLOW) & 1)
    if overflows and not offered & VERSION_2:
        raise ProtocolError(f"data overflow in version {offered}: only 2 has it")
    proposal = Proposal(
        connect=SConnect(
            called_t_selector=called.called,
            calling_t_selector=called.calling,
            called_s_selector=unit.get(Pi.CALLED_SELECTOR),
            calling_s_selector=unit.get(Pi.CALLING_SELECTOR),
            functional_units=_functional_units(unit) & SUPPORTED_FUNCTIONAL_UNITS,
            initial_serial_number=read_serial_number(serial) if serial else None,
            identifier=read_identifier(unit, Pi.CALLING_REFERENCE),
            user_data=unit.user_data,
            called_side_tokens=tokens,
            called_side_chooses=chooses,
        ),
        versions=offered & versions,
        max_tsdu=_max_tsdu(unit),
        overflows=overflows,
    )
    return replace(proposal, refusal=_refusal(proposal, local_selector, required))


def _refusal(
    proposal: Proposal, local_selector: bytes, required: FunctionalUnit
) -> RefuseReason | None:
    called, units = proposal.connect.called_s_selector, proposal.connect.functional_units
    if not proposal.versions:
        return RefuseReason.VERSIONS_NOT_SUPPORTED
    if local_selector and called and called != local_selector:
        return RefuseReason.SELECTOR_UNKNOWN
    if required & ~units or not units & _DUPLEX_OR_NOT:
        return RefuseReason.IMPLEMENTATION_RESTRICTION
    if any(0 < size < MIN_TSDU_SIZE for size in proposal.max_tsdu):
        return RefuseReason.IMPLEMENTATION_RESTRICTION
    return None


def overflow_accept_unit(proposal: Proposal, max_tsdu: int) -> Unit:
    """The OVERFLOW ACCEPT SPDU (X.225 8.3.2)."""
    sizes = _both(proposal.max_tsdu, (max_tsdu, max_tsdu))
    return _unit(
        Spdu.OA,
        {Pi.TSDU_MAXIMUM_SIZE: _sizes(sizes), Pi.VERSION_NUMBER: bytes((VERSION_2,))},
    )


def read_overflow_accept(unit: Unit, proposal: Proposal) -> Proposal:
    """What is left of the proposal after an OVERFLOW ACCEPT SPDU (X.225 7.2)."""
    version = unit.octet(Pi.VERSION_NUMBER, VERSION_1)
    if not version & VERSION_2:
        raise ProtocolError(f"OVERFLOW ACCEPT of version {version}: only 2 has it")
    sizes = _agreed_sizes(proposal.max_tsdu, _max_tsdu(unit))
    return replace(proposal, versions=VERSION_2, max_tsdu=sizes)


def read_overflow(unit: Unit) -> Overflow:
    """What a CONNECT DATA OVERFLOW SPDU carries (X.225 8.3.3)."""
    return Overflow(unit.user_data, segments.ends(unit))


def accept(response: SConnectAccept, proposal: Proposal, max_tsdu: int) -> tuple[Unit, Agreement]:
    """The ACCEPT SPDU (X.225 8.3.4) for a response, and what is agreed with it.

    Raises ServiceMisuse when the response wants neither half-duplex nor duplex of what was
    proposed, or both.
    """
    connect = proposal.connect
    units = response.functional_units & connect.functional_units & SUPPORTED_FUNCTIONAL_UNITS
    if units & _DUPLEX_OR_NOT not in (FunctionalUnit.HALF_DUPLEX, FunctionalUnit.DUPLEX):
        raise ServiceMisuse(f"S-CONNECT response with functional units {units!r}")
    serial = response.initial_serial_number
    if serial is None:
        serial = connect.initial_serial_number
    agreement = Agreement(
        version=proposal.version,
        functional_units=_consistent(units),
        called_side_tokens=connect.called_side_tokens
        | response.called_side_tokens & connect.called_side_chooses,
        max_tsdu=_both(proposal.max_tsdu, (max_tsdu, max_tsdu)),
        initial_serial_number=serial,
    )
    unit = _unit(
        Spdu.AC,
        {
            **identifier_parameters(response.identifier, Pi.CALLED_REFERENCE),
            **_connect_item(agreement.version, agreement.max_tsdu, serial),
            Pi.TOKEN_SETTING: bytes((agreement.called_side_tokens,)),
            Pi.USER_REQUIREMENTS: agreement.functional_units.to_bytes(2, "big"),
            Pi.CALLED_SELECTOR: response.responding_s_selector,
        },
        response.user_data,
    )
    return unit, agreement


def read_accept(
    unit: Unit, proposal: Proposal, required: FunctionalUnit
) -> tuple[SConnectAccept, Agreement]:
    """The confirm in an ACCEPT SPDU, and what is agreed with it.

    Raises ProtocolError when it grants what was not proposed or refuses what is `required`.
    """
    connect = proposal.connect
    version = unit.octet(Pi.VERSION_NUMBER, VERSION_1) & proposal.versions
    if not version:
        raise ProtocolError("an ACCEPT of a protocol version that was not proposed")
    units = _functional_units(unit) & connect.functional_units
    if units & _DUPLEX_OR_NOT not in (FunctionalUnit.HALF_DUPLEX, FunctionalUnit.DUPLEX):
        raise ProtocolError(f"an ACCEPT of functional units {units!r}: half-duplex or duplex")
    if required & ~units:
        raise ProtocolError(f"an ACCEPT without functional units {required & ~units!r}")
    serial = unit.get(Pi.INITIAL_SERIAL_NUMBER)
    chosen = Token(unit.octet(Pi.TOKEN_SETTING) & _ALL_TOKENS)
    agreement = Agreement(
        version=VERSION_2 if version & VERSION_2 else VERSION_1,
        functional_units=_consistent(units),
        called_side_tokens=connect.called_side_tokens | chosen & connect.called_side_chooses,
        max_tsdu=_agreed_sizes(proposal.max_tsdu, _max_tsdu(unit)),
        initial_serial_number=read_serial_number(serial) if serial else None,
    )
    confirm = SConnectAccept(
        responding_s_selector=unit.get(Pi.CALLED_SELECTOR),
        functional_units=agreement.functional_units,
        identifier=read_identifier(unit, Pi.CALLED_REFERENCE),
        user_data=unit.user_data,
        initial_serial_number=agreement.initial_serial_number,
        called_side_tokens=agreement.called_side_tokens,
    )
    return confirm, agreement


def refuse_unit(response: SConnectRefuse, proposal: Proposal) -> Unit:
    """The REFUSE SPDU (X.225 8.3.5). Raises ServiceMisuse when there is no such reason."""
    if response.reason not in RefuseReason.__members__.values():
        raise ServiceMisuse(f"S-CONNECT response with reason {response.reason}: X.225 has none")
    with_data = response.reason == RefuseReason.USER_WITH_DATA
    data = response.user_data if with_data else b""
    beyond_version_1 = proposal.version == VERSION_2 and len(data) > MAX_USER_DATA
    requirements = proposal.connect.functional_units.to_bytes(2, "big")
    return _unit(
        Spdu.RF,
        {
            **identifier_parameters(response.identifier, Pi.CALLED_REFERENCE),
            Pi.TRANSPORT_DISCONNECT: bytes((RELEASED,)),
            Pi.USER_REQUIREMENTS: requirements if with_data else b"",
            Pi.VERSION_NUMBER: bytes((VERSION_2,))
            if beyond_version_1 or proposal.overflows
            else b"",
            Pi.REASON: bytes((response.reason,)),
        },
        data,
    )


def read_refuse(unit: Unit) -> SConnectRefuse:
    """The confirm in a REFUSE SPDU."""
    reason = unit.octet(Pi.REASON)
    return SConnectRefuse(
        reason,
        unit.user_data,
        text="by the peer's session",
        identifier=read_identifier(unit, Pi.CALLED_REFERENCE),
    )


def _unit(spdu: Spdu, values: dict[int, bytes], user_data: bytes = b"") -> Unit:
    return Unit(spdu, {pi: value for pi, value in values.items() if value}, user_data)


def _connect_item(
    versions: int, max_tsdu: tuple[int, int], initial_serial_number: int | None
) -> dict[int, bytes]:
    serial = initial_serial_number
    return {
        Pi.PROTOCOL_OPTIONS: b"\x00",
        Pi.TSDU_MAXIMUM_SIZE: _sizes(max_tsdu),
        Pi.VERSION_NUMBER: bytes((versions,)),
        Pi.INITIAL_SERIAL_NUMBER: b"" if serial is None else str(serial).encode(),
    }


def _functional_units(unit: Unit) -> FunctionalUnit:
    return FunctionalUnit(
        int.from_bytes(unit.get(Pi.USER_REQUIREMENTS, _DEFAULT_REQUIREMENTS), "big")
    )


def _consistent(units: FunctionalUnit) -> FunctionalUnit:
    """Functional units without those that need one that was not agreed to (X.225 9.2)."""
    if FunctionalUnit.HALF_DUPLEX not in units:
        units &= ~FunctionalUnit.EXCEPTIONS
    return units


def _sizes(max_tsdu: tuple[int, int]) -> bytes:
    return b"".join(size.to_bytes(2, "big") for size in max_tsdu) if any(max_tsdu) else b""


def _max_tsdu(unit: Unit) -> tuple[int, int]:
    value = unit.get(Pi.TSDU_MAXIMUM_SIZE, bytes(4)).rjust(4, b"\x00")
    return int.from_bytes(value[:2], "big"), int.from_bytes(value[2:], "big")


def _both(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    """The smaller size for each direction, where 0 is any length."""
    to_called, to_calling = (
        min(filter(None, pair), default=0) for pair in zip(one, other, strict=True)
    )
    return to_called, to_calling


def _agreed_sizes(proposed: tuple[int, int], answered: tuple[int, int]) -> tuple[int, int]:
    sizes = _both(proposed, answered)
    if any(0 < size < MIN_TSDU_SIZE for size in sizes):
        raise ProtocolError(f"TSDU maximum sizes {sizes}: at least {MIN_TSDU_SIZE} octets")
    return sizes
