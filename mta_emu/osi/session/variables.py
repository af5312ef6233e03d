"""The local variables of a session protocol machine, and the predicates and specific actions of
the state table, which only read and set them (X.225 5.8 and Annex A).

The numbers are the standard's. Left out is what belongs to functional units that are never
agreed to, to reuse of the transport connection and to transport expedited data: none is here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from mta_emu.osi.session.primitives import FunctionalUnit, SControlGive, Token

_TOKEN_OF = {
    FunctionalUnit.HALF_DUPLEX: Token.DATA,
    FunctionalUnit.MINOR_SYNCHRONIZE: Token.MINOR_SYNCHRONIZE,
    FunctionalUnit.ACTIVITY_MANAGEMENT: Token.MAJOR_ACTIVITY,
}
_DATA, _MINOR, _ACTIVITY = Token.DATA, Token.MINOR_SYNCHRONIZE, Token.MAJOR_ACTIVITY


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

    def fu(self, unit: FunctionalUnit) -> bool:
        """Whether a functional unit is in use: FU(f)."""
        return unit in self.functional_units

    @property
    def available(self) -> Token:
        """The tokens that exist, by the functional units in use: AV(t)."""
        return _tokens_of(self.functional_units)

    def i(self, tokens: Token) -> bool:
        """Each of the tokens is owned if it is available: I(t), by which one may initiate."""
        return not tokens & self.available & ~self.owned

    def a(self, tokens: Token) -> bool:
        """None of the tokens is owned: A(t), by which one accepts."""
        return not tokens & self.available & self.owned

    def ii(self, tokens: Token) -> bool:
        """Each of the tokens is available and owned: II(t)."""
        return not tokens & ~(self.available & self.owned)

    def aa(self, tokens: Token) -> bool:
        """Each of the tokens is available and not owned: AA(t)."""
        return not tokens & ~(self.available & ~self.owned)

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


_FU = FunctionalUnit

#: The predicates, each on the variables and on the primitive or proposal at hand.
PREDICATES: dict[str, Callable[[Variables, Any], bool]] = {
    "p01": lambda v, _: v.made_transport,
    "p03": lambda v, _: v.i(_DATA),
    "p04": lambda v, _: v.fu(_FU.DUPLEX) and not v.collision,
    "p05": lambda v, _: v.a(_DATA),
    "p06": lambda v, _: v.fu(_FU.TYPED_DATA),
    "p07": lambda v, _: v.fu(_FU.TYPED_DATA) and not v.collision,
    "p10": lambda v, _: not v.collision,
    "p11": lambda v, _: v.ii(_ACTIVITY),
    "p14": lambda v, _: v.activity_lets and v.a(_DATA) and v.aa(_MINOR),
    "p15": lambda v, _: v.activity_lets and v.i(_DATA) and v.ii(_MINOR),
    "p17": lambda v, _: v.activity_lets and v.fu(_FU.MINOR_SYNCHRONIZE) and not v.we_confirm,
    "p18": lambda v, _: v.activity_lets and v.fu(_FU.MINOR_SYNCHRONIZE) and v.we_confirm,
    "p19": lambda v, what: what.serial_number == v.next_serial_number,
    "p20": lambda v, what: what.serial_number == v.next_serial_number - 1,
    "p21": lambda v, what: v.is_unconfirmed(what.serial_number),
    "p34": lambda v, _: v.fu(_FU.ACTIVITY_MANAGEMENT),
    "p38": lambda v, _: v.fu(_FU.ACTIVITY_MANAGEMENT),
    "p39": lambda v, _: v.in_activity and v.ii(_ACTIVITY),
    "p40": lambda v, _: v.aa(_ACTIVITY),
    "p44": lambda v, _: v.between_activities and v.a(_DATA | _MINOR | _ACTIVITY),
    "p45": lambda v, _: v.between_activities and v.i(_DATA | _MINOR | _ACTIVITY),
    "p48": lambda v, _: v.fu(_FU.EXCEPTIONS) and v.fu(_FU.HALF_DUPLEX),
    "p50": lambda v, _: v.fu(_FU.EXCEPTIONS) and v.activity_lets and v.aa(_DATA),
    "p51": lambda v, _: v.fu(_FU.EXCEPTIONS) and v.activity_lets and v.ii(_DATA),
    "p52": lambda v, _: v.fu(_FU.EXCEPTIONS) and not v.fu(_FU.ACTIVITY_MANAGEMENT) and v.ii(_DATA),
    "p53": lambda v, what: bool(what.tokens) and not what.tokens & ~v.available,
    "p54": lambda v, what: bool(what.tokens) and v.ii(what.tokens),
    "p55": lambda v, _: v.between_activities and v.i(v.available),
    "p57": lambda v, what: bool(what.tokens) and v.ii(what.tokens) and _DATA not in what.tokens,
    "p58": lambda v, what: v.ii(what.tokens) and _DATA in what.tokens,
    "p59": lambda v, what: bool(what.tokens) and v.aa(what.tokens),
    "p60": lambda v, what: bool(what.tokens) and v.aa(what.tokens) and _DATA not in what.tokens,
    "p61": lambda v, what: v.aa(what.tokens) and _DATA in what.tokens,
    "p62": lambda v, _: v.between_activities and v.a(v.available),
    "p63": lambda v, _: v.i(v.available) and v.idle,
    "p65": lambda v, _: bool(v.available),
    "p68": lambda v, _: v.a(v.available) and v.idle,
    "p69": lambda v, _: v.collision,
    "p70": lambda v, _: v.fu(_FU.DUPLEX),
    "p71": lambda v, _: v.within_activity and v.i(_DATA | _MINOR) and v.ii(_ACTIVITY),
    "p72": lambda v, _: v.within_activity and v.a(_DATA | _MINOR) and v.aa(_ACTIVITY),
    "p75": lambda v, _: v.disconnected or not v.collision,
    "p76": lambda _, proposal: proposal.refusal is not None,
    "p202": lambda _, what: what.ends,
    "p204": lambda _, proposal: proposal.overflows,
}


def _move_tokens(v: Variables, what: Any, *, sent: bool) -> None:
    tokens = v.available if isinstance(what, SControlGive) else what.tokens
    v.owned = v.owned & ~tokens if sent else v.owned | tokens


def _start_numbering(v: Variables, first: int) -> None:
    v.next_serial_number = v.lowest_unconfirmed = first


def _point(v: Variables, we_confirm: bool) -> None:
    if v.we_confirm is not we_confirm:
        v.lowest_unconfirmed = v.next_serial_number
        v.we_confirm = we_confirm
    v.next_serial_number += 1


def _unconfirmable_point(v: Variables) -> None:
    if not v.we_confirm:
        v.lowest_unconfirmed = v.next_serial_number
    v.next_serial_number += 1


def _end_activity(v: Variables, owned: Token) -> None:
    v.owned = owned
    v.in_activity = False


def _set(name: str, value: bool) -> Callable[..., None]:
    return lambda v, *_, **__: setattr(v, name, value)


#: The specific actions, on the variables and on what was sent or came.
ACTIONS: dict[str, Callable[..., None]] = {
    "[11]": _move_tokens,
    "[12]": _set("in_activity", True),
    "[14]": _set("in_activity", False),  # Vnextact: only an activity's end comes before
    "[18]": _set("collision", True),
    "[22]": lambda v, _, **__: setattr(v, "lowest_unconfirmed", v.next_serial_number),
    "[23]": lambda v, _, **__: _point(v, we_confirm=True),
    "[24]": lambda v, _, **__: _point(v, we_confirm=False),
    "[25]": lambda v, what, **__: setattr(v, "lowest_unconfirmed", what.serial_number + 1),
    "[26]": lambda v, _, **__: _start_numbering(v, 1),
    "[27]": lambda v, what, **__: _start_numbering(v, what.serial_number + 1),
    "[29]": lambda v, _, **__: _end_activity(v, v.available),
    "[30]": lambda v, _, **__: _end_activity(v, Token(0)),
    "[31]": lambda v, _, **__: _unconfirmable_point(v),
    "[32]": _set("disconnected", True),
}
