"""What both sides agree on: solved from CONNECT and its answer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mta_lab.exercises.solving import SEEDS, Given, assert_solved

NAME = "contexts"
FIELDS = ("frame.number", "ses.type", "pres.provider_reason", "acse.result")


def solve(given: Given) -> dict[str, Any]:
    [(s_selector, p_selector, identifiers, syntaxes)] = given.between(
        "ses.type == 13",
        *("ses.called_session_selector", "pres.called_presentation_selector"),
        *("pres.presentation_context_identifier", "pres.abstract_syntax_name"),
    )
    [(frame, spdu, provider, result)] = given.between("ses.type == 14 || ses.type == 12", *FIELDS)
    if spdu == "14":
        became = "association is opened"
    elif provider:
        became = "presentation refuses"
    else:
        became = "application above" if result else "session refuses"
    asked = given.item("context").text
    proposed = dict(zip(syntaxes.split(","), identifiers.split(","), strict=False))
    return {
        "answer": frame,
        "s_selector": bytes.fromhex(s_selector).decode(),
        "p_selector": bytes.fromhex(p_selector).decode(),
        "context": next(proposed[each] for each in proposed if f", {each}?" in asked),
        "became": given.choice("became", became),
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_solver_gets_full_marks(
    made: Callable[[str, str, Path], Path], seed: str, tmp_path: Path
) -> None:
    assert_solved(made, NAME, seed, tmp_path, solve)
