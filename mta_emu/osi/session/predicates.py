"""The predicates of the state table, by their numbers in X.225 Annex A.

Each looks at the variables, and some at what the event brings: a primitive, or in connection
establishment a proposal. They combine as the Annex writes them: `p48 & ~p03`.
"""

from mta_emu.osi.predicate import Predicate
from mta_emu.osi.session.primitives import FunctionalUnit, Token
from mta_emu.osi.session.variables import Variables

_P = Predicate[Variables]
_FU = FunctionalUnit
_DATA, _MINOR, _ACTIVITY = Token.DATA, Token.MINOR_SYNCHRONIZE, Token.MAJOR_ACTIVITY
_DATA_AND_MINOR = _DATA | _MINOR
_ALL = _DATA | _MINOR | _ACTIVITY


p01 = _P(lambda v, _: v.made_transport)
p03 = _P(lambda v, _: v.i(_DATA))
p04 = _P(lambda v, _: v.fu(_FU.DUPLEX) and not v.collision)
p05 = _P(lambda v, _: v.a(_DATA))
p06 = _P(lambda v, _: v.fu(_FU.TYPED_DATA))
p07 = _P(lambda v, _: v.fu(_FU.TYPED_DATA) and not v.collision)
p10 = _P(lambda v, _: not v.collision)
p11 = _P(lambda v, _: v.ii(_ACTIVITY))
p14 = _P(lambda v, _: v.activity_lets and v.a(_DATA) and v.aa(_MINOR))
p15 = _P(lambda v, _: v.activity_lets and v.i(_DATA) and v.ii(_MINOR))
p17 = _P(lambda v, _: v.activity_lets and v.fu(_FU.MINOR_SYNCHRONIZE) and not v.we_confirm)
p18 = _P(lambda v, _: v.activity_lets and v.fu(_FU.MINOR_SYNCHRONIZE) and v.we_confirm)
p19 = _P(lambda v, what: what.serial_number == v.next_serial_number)
p20 = _P(lambda v, what: what.serial_number == v.next_serial_number - 1)
p21 = _P(lambda v, what: v.is_unconfirmed(what.serial_number))
p34 = _P(lambda v, _: v.fu(_FU.ACTIVITY_MANAGEMENT))
p38 = _P(lambda v, _: v.fu(_FU.ACTIVITY_MANAGEMENT))
p39 = _P(lambda v, _: v.in_activity and v.ii(_ACTIVITY))
p40 = _P(lambda v, _: v.aa(_ACTIVITY))
p44 = _P(lambda v, _: v.between_activities and v.a(_ALL))
p45 = _P(lambda v, _: v.between_activities and v.i(_ALL))
p48 = _P(lambda v, _: v.fu(_FU.EXCEPTIONS) and v.fu(_FU.HALF_DUPLEX))
p50 = _P(lambda v, _: v.fu(_FU.EXCEPTIONS) and v.activity_lets and v.aa(_DATA))
p51 = _P(lambda v, _: v.fu(_FU.EXCEPTIONS) and v.activity_lets and v.ii(_DATA))
p52 = _P(lambda v, _: v.fu(_FU.EXCEPTIONS) and not v.fu(_FU.ACTIVITY_MANAGEMENT) and v.ii(_DATA))
p53 = _P(lambda v, what: bool(what.tokens) and not what.tokens & ~v.available)
p54 = _P(lambda v, what: bool(what.tokens) and v.ii(what.tokens))
p55 = _P(lambda v, _: v.between_activities and v.i(v.available))
p57 = _P(lambda v, what: bool(what.tokens) and v.ii(what.tokens) and _DATA not in what.tokens)
p58 = _P(lambda v, what: v.ii(what.tokens) and _DATA in what.tokens)
p59 = _P(lambda v, what: bool(what.tokens) and v.aa(what.tokens))
p60 = _P(lambda v, what: bool(what.tokens) and v.aa(what.tokens) and _DATA not in what.tokens)
p61 = _P(lambda v, what: v.aa(what.tokens) and _DATA in what.tokens)
p62 = _P(lambda v, _: v.between_activities and v.a(v.available))
p63 = _P(lambda v, _: v.i(v.available) and v.idle)
p65 = _P(lambda v, _: bool(v.available))
p68 = _P(lambda v, _: v.a(v.available) and v.idle)
p69 = _P(lambda v, _: v.collision)
p70 = _P(lambda v, _: v.fu(_FU.DUPLEX))
p71 = _P(lambda v, _: v.within_activity and v.i(_DATA_AND_MINOR) and v.ii(_ACTIVITY))
p72 = _P(lambda v, _: v.within_activity and v.a(_DATA_AND_MINOR) and v.aa(_ACTIVITY))
p75 = _P(lambda v, _: v.disconnected or not v.collision)
p76 = _P(lambda _, proposal: proposal.refusal is not None)
p202 = _P(lambda _, overflow: overflow.ends)
p204 = _P(lambda _, proposal: proposal.overflows)
#: No predicate of the Annex: an indication that crosses our T-DISCONNECT request is expected.
transport_disconnected = _P(lambda v, _: v.transport_disconnected)
