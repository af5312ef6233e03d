"""Presentation contexts: proposed, decided about, in use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.osi.presentation.contexts import Contexts
from mta_emu.osi.presentation.ppdus import InvalidValueError
from mta_emu.osi.presentation.primitives import Context, Pdv

ACSE, RTSE, OTHER = "2.2.1.0.1", "2.6.0.2.12", "1.2.3"
_PROPOSED = st.lists(
    st.builds(
        Context,
        st.integers(1, 99),
        st.sampled_from((ACSE, RTSE, OTHER)),
        st.sampled_from((("2.1.1",), ("1.1",), ("1.1", "2.1.1"))),
    ),
    unique_by=lambda context: context.identifier,
).map(tuple)


@given(_PROPOSED)
def test_both_sides_have_the_same_contexts_in_use(proposed: tuple[Context, ...]) -> None:
    calling, called = Contexts(frozenset()), Contexts(frozenset((ACSE, RTSE)))
    called.consider(calling.propose(proposed))
    calling.take(called.results)
    for context in proposed:
        fits = context.abstract_syntax != OTHER and "2.1.1" in context.transfer_syntaxes
        for side in (calling, called):
            if fits:
                side.check(context.identifier)
            else:
                with pytest.raises(InvalidValueError, match="not in use"):
                    side.check(context.identifier)


def test_a_number_stands_for_one_context() -> None:
    called = Contexts(frozenset((ACSE,)))
    listed = Contexts(frozenset()).propose((Context(1, ACSE), Context(1, ACSE)))
    with pytest.raises(InvalidValueError, match="context 1 is proposed twice"):
        called.consider(listed)


def test_a_context_without_a_result_is_accepted() -> None:
    calling = Contexts(frozenset())
    calling.propose((Context(1, ACSE), Context(3, RTSE)))
    calling.take([{"result": 2}])
    assert calling.checked([Pdv(3, b"")]) == (Pdv(3, b""),)
    with pytest.raises(InvalidValueError):
        calling.checked([Pdv(3, b""), Pdv(1, b"")])
