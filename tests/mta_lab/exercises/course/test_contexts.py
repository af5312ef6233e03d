"""What both sides agree on: solved from CONNECT and its answer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mta_lab.exercises.solving import SEEDS, Given, assert_solved

NAME = "contexts"
MTSE = "2.6.0.2.7"
FIELDS = ("frame.number", "ses.type", "pres.provider_reason", "acse.result")


def solve(given: Given) -> dict[str, Any]:
    [(versions, selector, tokens, identifiers, syntaxes)] = given.packets(
        "ses.type == 13",
        *("ses.version.flags", "ses.called_session_selector", "ses.tken_item.flags"),
        *("pres.presentation_context_identifier", "pres.abstract_syntax_name"),
    )
    [(frame, spdu, provider, result)] = given.packets("ses.type == 14 || ses.type == 12", *FIELDS)
    assert int(tokens or "0", 0) == 0
    if spdu == "14":
        became = "association is opened"
    elif provider:
        became = "presentation refuses"
    else:
        became = "application above" if result else "session refuses"
    proposed = dict(zip(syntaxes.split(","), identifiers.split(","), strict=False))
    return {
        "answer": frame,
        "versions": versions,
        "s_selector": bytes.fromhex(selector).decode(),
        "tokens": given.choice("tokens", "the caller, all"),
        "context": proposed[MTSE],
        "became": given.choice("became", became),
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_solver_gets_full_marks(
    made: Callable[[str, str, Path], Path], seed: str, tmp_path: Path
) -> None:
    assert_solved(made, NAME, seed, tmp_path, solve)
