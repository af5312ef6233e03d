"""The local variables of a session protocol machine, and the token functions (X.225 5.8, Annex A).

Left out is what belongs to functional units that are never agreed to, to reuse of the transport
connection and to transport expedited data: none is here.
"""

from dataclasses import dataclass
from functools import cache

from mta_emu.osi.session.primitives import FunctionalUnit, Token

_TOKEN_OF = {
    FunctionalUnit.HALF_DUPLEX: Token.DATA,
    FunctionalUnit.MINOR_SYNCHRONIZE: Token.MINOR_SYNCHRONIZE,
    FunctionalUnit.ACTIVITY_MANAGEMENT: Token.MAJOR_ACTIVITY,
}


@cache
def _tokens_of(functional_units: FunctionalUnit) -> Token:
    """The tokens that functional units bring with them (X.225 5.6)."""
    tokens = Token(0)
    for unit, token in _TOKEN_OF.items():
        if unit in functional_units:
            tokens |= token
    return tokens


@dataclass
class Variables:
    """The variables, by what they mean; in brackets what Annex A calls them."""

    made_transport: bool  # this side made the transport connection (not Vtca)
    functional_units: FunctionalUnit = FunctionalUnit(0)
    owned: Token = Token(0)
    next_serial_number: int = 1  # V(M)
    lowest_unconfirmed: int = 1  # V(A)
    we_confirm: bool = False  # Vsc
    in_activity: bool = False  # Vact
    collision: bool = False  # Vcoll
    disconnected: bool = False  # Vdnr
    transport_disconnected: bool = False  # a T-DISCONNECT request was made

    def fu(self, unit: FunctionalUnit) -> bool:
        """Whether a functional unit is in use: FU(f)."""
        return unit in self.functional_units

    @property
    def available(self) -> Token:
        """The tokens that exist, by the functional units in use: AV(t)."""
        return _tokens_of(self.functional_units)

    # Of sets of tokens only whether they are empty is asked: bits, at a tenth of the time of flags.

    def i(self, tokens: Token) -> bool:
        """Each of the tokens is owned if it is available: I(t), by which one may initiate."""
        return not int(tokens) & int(self.available) & ~int(self.owned)

    def a(self, tokens: Token) -> bool:
        """None of the tokens is owned: A(t), by which one accepts."""
        return not int(tokens) & int(self.available) & int(self.owned)

    def ii(self, tokens: Token) -> bool:
        """Each of the tokens is available and owned: II(t)."""
        return not int(tokens) & ~(int(self.available) & int(self.owned))

    def aa(self, tokens: Token) -> bool:
        """Each of the tokens is available and not owned: AA(t)."""
        return not int(tokens) & ~(int(self.available) & ~int(self.owned))

    @property
    def activity_lets(self) -> bool:
        """Where activities are managed, one is in progress."""
        return not self.fu(FunctionalUnit.ACTIVITY_MANAGEMENT) or self.in_activity

    @property
    def idle(self) -> bool:
        """Where activities are managed, none is in progress."""
        return not self.fu(FunctionalUnit.ACTIVITY_MANAGEMENT) or not self.in_activity

    @property
    def between_activities(self) -> bool:
        """Activities are managed and none is in progress."""
        return self.fu(FunctionalUnit.ACTIVITY_MANAGEMENT) and not self.in_activity

    @property
    def within_activity(self) -> bool:
        """Activities are managed and one is in progress."""
        return self.fu(FunctionalUnit.ACTIVITY_MANAGEMENT) and self.in_activity

    def is_unconfirmed(self, serial_number: int) -> bool:
        """Whether a point waits for its confirmation: V(M) > serial number >= V(A)."""
        return self.lowest_unconfirmed <= serial_number < self.next_serial_number

    def start(self, functional_units: FunctionalUnit, owned: Token, serial: int | None) -> None:
        """Begin the data transfer phase: action [5] and what [11] does at an ACCEPT."""
        self.functional_units = functional_units
        self.owned = owned & self.available
        if serial is not None:
            self.next_serial_number = self.lowest_unconfirmed = serial
        self.we_confirm = self.in_activity = self.collision = self.disconnected = False
