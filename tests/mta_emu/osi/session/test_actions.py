"""The specific actions of X.225 Annex A, and the outputs that stand alone."""

from typing import Any

import pytest

from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.session import actions
from mta_emu.osi.session.connection import SessionConnection
from mta_emu.osi.session.establishment import Overflow
from mta_emu.osi.session.primitives import (
    RTSE_FUNCTIONAL_UNITS,
    SControlGive,
    SSyncMinorAck,
    STokenGive,
    Token,
)
from mta_emu.osi.session.spdu import Spdu
from mta_emu.osi.session.variables import Variables
from mta_emu.osi.transport.connection import MAX_TSDU_SIZE
from tests.mta_emu.osi.session.conftest import ALL_TOKENS


def perform(action: actions.Action, variables: Variables, what: Any) -> None:
    machine = SessionConnection(initiator=True)
    machine.variables = variables
    assert action(machine, what) is None


def test_an_spdu_is_sent_only_for_its_primitive() -> None:
    with pytest.raises(AssertionError):
        actions.sends(Spdu.MIP)(SessionConnection(initiator=True), STokenGive(Token.DATA))


def test_user_data_of_a_connect_are_bounded() -> None:
    machine = SessionConnection(initiator=False)
    for _ in range(MAX_TSDU_SIZE // 10_000):
        actions.a50(machine, Overflow(bytes(10_000), ends=False))
    with pytest.raises(ProtocolError, match="longer than"):
        actions.a50(machine, Overflow(bytes(10_000), ends=True))


#: Operations on V(A), V(M) and Vsc, from V(A) 1 and V(M) 3 (X.225 Annex A): action,
#: Vsc before, V(A), V(M) and Vsc after, with serial number 2 in what comes or goes.
OPERATIONS = [
    (actions.a23, False, 3, 4, True),
    (actions.a23, True, 1, 4, True),
    (actions.a24, True, 3, 4, False),
    (actions.a24, False, 1, 4, False),
    (actions.a31, False, 3, 4, False),
    (actions.a31, True, 1, 4, True),
    (actions.a22, False, 3, 3, False),
    (actions.a25, False, 3, 3, False),
    (actions.a26, True, 1, 1, True),
    (actions.a27, True, 3, 3, True),
]


@pytest.mark.parametrize(("action", "confirm", "lowest", "following", "confirm_after"), OPERATIONS)
def test_operations_on_the_serial_numbers(
    action: actions.Action, confirm: bool, lowest: int, following: int, confirm_after: bool
) -> None:
    variables = Variables(True, RTSE_FUNCTIONAL_UNITS, ALL_TOKENS, 3, 1, confirm, in_activity=True)
    perform(action, variables, SSyncMinorAck(2))
    assert (
        variables.lowest_unconfirmed,
        variables.next_serial_number,
        variables.we_confirm,
    ) == (lowest, following, confirm_after)


@pytest.mark.parametrize(
    ("what", "sent", "before", "after"),
    [
        (STokenGive(Token.DATA), True, ALL_TOKENS, ALL_TOKENS & ~Token.DATA),
        (STokenGive(Token.DATA), False, Token(0), Token.DATA),
        (SControlGive(), True, ALL_TOKENS, Token(0)),
        (SControlGive(), False, Token(0), ALL_TOKENS),
    ],
)
def test_tokens_move(what: Any, sent: bool, before: Token, after: Token) -> None:
    variables = Variables(True, RTSE_FUNCTIONAL_UNITS, before)
    perform(actions.a11_given if sent else actions.a11_received, variables, what)
    assert variables.owned == after


@pytest.mark.parametrize(("action", "owned"), [(actions.a29, ALL_TOKENS), (actions.a30, Token(0))])
def test_an_interrupted_activity_leaves_the_tokens_on_one_side(
    action: actions.Action, owned: Token
) -> None:
    variables = Variables(True, RTSE_FUNCTIONAL_UNITS, Token.MAJOR_ACTIVITY, in_activity=True)
    perform(action, variables, None)
    assert (variables.owned, variables.in_activity) == (owned, False)
