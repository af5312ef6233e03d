"""The predicates of X.225 Annex A, against the formulas of the Annex."""

import re
from itertools import product
from typing import Any

import pytest

from mta_emu.osi.session import predicates
from mta_emu.osi.session.primitives import (
    FunctionalUnit,
    SSyncMinorAck,
    STokenGive,
    Token,
)
from mta_emu.osi.session.variables import Variables
from tests.mta_emu.osi.session.conftest import all_variables

_FU = FunctionalUnit

#: The predicates, as Annex A writes them.
FORMULAS = {
    "p01": "not Vtca",
    "p03": "I(dk)",
    "p04": "FU(FD) and not Vcoll",
    "p05": "A(dk)",
    "p06": "FU(TD)",
    "p07": "FU(TD) and not Vcoll",
    "p10": "not Vcoll",
    "p11": "II(ma)",
    "p14": "(not FU(ACT) or Vact) and A(dk) and AA(mi)",
    "p15": "(not FU(ACT) or Vact) and I(dk) and II(mi)",
    "p17": "(not FU(ACT) or Vact) and FU(SY) and not Vsc",
    "p18": "(not FU(ACT) or Vact) and FU(SY) and Vsc",
    "p19": "sn == VM",
    "p20": "sn == VM - 1",
    "p21": "VM > sn >= VA",
    "p34": "FU(ACT)",
    "p38": "FU(ACT)",
    "p39": "Vact and II(ma)",
    "p40": "AA(ma)",
    "p44": "(FU(ACT) and not Vact) and A(dk) and A(mi) and A(ma)",
    "p45": "(FU(ACT) and not Vact) and I(dk) and I(mi) and I(ma)",
    "p48": "FU(EXCEP) and FU(HD)",
    "p50": "FU(EXCEP) and (not FU(ACT) or Vact) and AA(dk)",
    "p51": "FU(EXCEP) and (not FU(ACT) or Vact) and II(dk)",
    "p52": "FU(EXCEP) and not FU(ACT) and II(dk)",
    "p53": "RT and all(AV(t) for t in RT)",
    "p54": "RT and all(II(t) for t in RT)",
    "p55": "(FU(ACT) and not Vact) and all(I(t) for t in (mi, dk, ma))",
    "p57": "RT and all(II(t) for t in RT) and dk not in RT",
    "p58": "all(II(t) for t in RT) and dk in RT",
    "p59": "RT and all(AA(t) for t in RT)",
    "p60": "RT and all(AA(t) for t in RT) and dk not in RT",
    "p61": "all(AA(t) for t in RT) and dk in RT",
    "p62": "(FU(ACT) and not Vact) and all(A(t) for t in (mi, dk, ma))",
    "p63": "all(I(t) for t in (mi, dk, ma)) and (not FU(ACT) or not Vact)",
    "p65": "any(AV(t) for t in (mi, dk, ma))",
    "p68": "all(A(t) for t in (mi, dk, ma)) and (not FU(ACT) or not Vact)",
    "p69": "Vcoll",
    "p70": "FU(FD)",
    "p71": "FU(ACT) and Vact and I(dk) and I(mi) and II(ma)",
    "p72": "FU(ACT) and Vact and A(dk) and A(mi) and AA(ma)",
    "p75": "(Vcoll and Vdnr) or not Vcoll",
}
UNIT_NAMES = {
    "FD": _FU.DUPLEX,
    "HD": _FU.HALF_DUPLEX,
    "TD": _FU.TYPED_DATA,
    "ACT": _FU.ACTIVITY_MANAGEMENT,
    "SY": _FU.MINOR_SYNCHRONIZE,
    "EXCEP": _FU.EXCEPTIONS,
}
dk, mi, ma = Token.DATA, Token.MINOR_SYNCHRONIZE, Token.MAJOR_ACTIVITY
AVAILABLE_WITH = {dk: _FU.HALF_DUPLEX, mi: _FU.MINOR_SYNCHRONIZE, ma: _FU.ACTIVITY_MANAGEMENT}


def by_the_standard(formula: str, v: Variables, what: Any) -> bool:
    """A formula of Annex A, with its functions as they are defined there."""

    def av(token: Token) -> bool:
        return AVAILABLE_WITH[token] in v.functional_units

    def owned(token: Token) -> bool:
        return token in v.owned

    names = {
        **UNIT_NAMES,
        **{"dk": dk, "mi": mi, "ma": ma},
        "FU": lambda unit: unit in v.functional_units,
        "AV": av,
        "I": lambda token: not av(token) or owned(token),
        "A": lambda token: not av(token) or not owned(token),
        "II": lambda token: av(token) and owned(token),
        "AA": lambda token: av(token) and not owned(token),
        "RT": [token for token in (dk, mi, ma) if token in getattr(what, "tokens", Token(0))],
        "sn": getattr(what, "serial_number", 0),
        "VM": v.next_serial_number,
        "VA": v.lowest_unconfirmed,
        "Vact": v.in_activity,
        "Vsc": v.we_confirm,
        "Vcoll": v.collision,
        "Vdnr": v.disconnected,
        "Vtca": not v.made_transport,
    }
    return bool(eval(formula, names))


PREDICATES = {name: p for name, p in vars(predicates).items() if re.fullmatch(r"p\d+", name)}


def test_every_predicate_has_its_formula() -> None:
    of_a_proposal = {"p76", "p202", "p204"}
    assert FORMULAS.keys() == PREDICATES.keys() - of_a_proposal


def test_predicates_combine() -> None:
    variables = Variables(made_transport=True)
    for one, other in product((predicates.p01, ~predicates.p01), repeat=2):
        both = one(variables, None) and other(variables, None)
        assert (one & other)(variables, None) is both


@pytest.mark.parametrize("name", FORMULAS)
def test_predicates_are_the_standards(name: str) -> None:
    whats: list[Any] = [None]
    if "RT" in FORMULAS[name]:
        whats = [STokenGive(Token(bits)) for bits in (0, 1, 4, 16, 5, 17, 20, 21)]
    elif "sn" in FORMULAS[name]:
        whats = [SSyncMinorAck(serial) for serial in range(5)]
    for variables, what in product(all_variables(), whats):
        found = PREDICATES[name](variables, what)
        assert found is by_the_standard(FORMULAS[name], variables, what), (variables, what)
