"""The variables of a session protocol machine, and the token functions of X.225 5.8."""

import pytest

from mta_emu.osi.session.primitives import RTSE_FUNCTIONAL_UNITS, FunctionalUnit, Token
from mta_emu.osi.session.variables import Variables
from tests.mta_emu.osi.session.conftest import ALL_TOKENS, all_variables

_FU = FunctionalUnit


def test_tokens_come_with_functional_units() -> None:
    assert Variables(True, RTSE_FUNCTIONAL_UNITS).available == ALL_TOKENS
    assert Variables(True, _FU.DUPLEX).available == Token(0)
    assert Variables(True, _FU.HALF_DUPLEX | _FU.EXCEPTIONS).available == Token.DATA


def test_the_token_functions_are_about_each_of_the_tokens() -> None:
    """I and A hold for a token that is not available, II and AA do not."""
    for variables in all_variables():
        for token in (Token.DATA, Token.MINOR_SYNCHRONIZE, Token.MAJOR_ACTIVITY):
            available, owned = token in variables.available, token in variables.owned
            assert variables.i(token) is (not available or owned)
            assert variables.a(token) is (not available or not owned)
            assert variables.ii(token) is (available and owned)
            assert variables.aa(token) is (available and not owned)
        for holds in (variables.i, variables.a, variables.ii, variables.aa):
            each = [holds(token) for token in Token if token in ALL_TOKENS]
            assert holds(ALL_TOKENS) is all(each)


@pytest.mark.parametrize(("serial", "numbers"), [(7, (7, 7)), (None, (3, 1))])
def test_data_transfer_begins(serial: int | None, numbers: tuple[int, int]) -> None:
    variables = Variables(True, next_serial_number=3, we_confirm=True, in_activity=True)
    variables.start(_FU.HALF_DUPLEX, ALL_TOKENS, serial)
    assert variables.owned == Token.DATA  # the others do not exist
    assert (variables.next_serial_number, variables.lowest_unconfirmed) == numbers
    assert not variables.we_confirm
    assert not variables.in_activity


@pytest.mark.parametrize(
    ("units", "active", "lets", "idle"),
    [
        (_FU.HALF_DUPLEX, False, True, True),
        (RTSE_FUNCTIONAL_UNITS, False, False, True),
        (RTSE_FUNCTIONAL_UNITS, True, True, False),
    ],
)
def test_where_activities_are_managed(
    units: FunctionalUnit, active: bool, lets: bool, idle: bool
) -> None:
    variables = Variables(True, units, in_activity=active)
    assert (variables.activity_lets, variables.idle) == (lets, idle)
    managed = _FU.ACTIVITY_MANAGEMENT in units
    assert variables.between_activities is (managed and not active)
    assert variables.within_activity is (managed and active)


def test_a_point_waits_until_it_is_confirmed() -> None:
    variables = Variables(True, next_serial_number=5, lowest_unconfirmed=3)
    assert [serial for serial in range(8) if variables.is_unconfirmed(serial)] == [3, 4]
