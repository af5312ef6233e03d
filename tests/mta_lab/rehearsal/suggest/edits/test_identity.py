"""Names, passwords and selectors: one end follows the other."""

from collections.abc import Callable, Iterator

import pytest

from mta_lab.rehearsal.suggest.edit import Edit
from mta_lab.rehearsal.suggest.edits.identity import called_selectors, name, password, selectors
from mta_lab.rehearsal.suggest.stop import Stop
from tests.mta_lab.rehearsal.suggest.stopped import SOUTHWARD, mends, stop, texts

NORTHWARD = SOUTHWARD[::-1]
NORTH, SOUTH = "connector SOUTH of NORTH", "connector NORTH of SOUTH"

#: A lab, the flow that is stopped, a generator, and what it proposes that mends the flow.
MENDED: list[tuple[str, tuple[str, str], Callable[[Stop], Iterator[Edit]], list[str]]] = [
    (
        "q166308-wrong-mta-name",
        SOUTHWARD,
        name,
        [f"{SOUTH}: the remote MTA name is NORTH", f"{NORTH}: the local MTA name is NORTHERN"],
    ),
    (
        "q166308-wrong-mta-name",
        NORTHWARD,
        name,
        [f"{SOUTH}: the remote MTA name is NORTH", f"{NORTH}: the local MTA name is NORTHERN"],
    ),
    (
        "q166308-wrong-password",
        SOUTHWARD,
        password,
        [
            f"{SOUTH}: the remote MTA password is the one that NORTH shows",
            f"{NORTH}: the local MTA password is the one that SOUTH expects",
        ],
    ),
    (
        "q159182-wrong-answer",
        SOUTHWARD,
        password,
        [
            f"{NORTH}: the remote MTA password is the one that SOUTH shows",
            f"{SOUTH}: the local MTA password is the one that NORTH expects",
        ],
    ),
    (
        "q166308-wrong-selector",
        SOUTHWARD,
        selectors,
        [
            f"{SOUTH}: the incoming selectors are those of NORTH",
            f"the selectors of NORTH are those that {SOUTH} expects",
        ],
    ),
    # an S-selector does not travel there, so NORTH could not show one
    (
        "q152932-s-selector-x410",
        SOUTHWARD,
        selectors,
        [f"{SOUTH}: the incoming selectors are those of NORTH"],
    ),
    (
        "q152934-incoming-given",
        NORTHWARD,
        called_selectors,
        [
            f"{SOUTH}: the outgoing selectors are those of NORTH",
            f"the selectors of NORTH are those that {SOUTH} calls",
        ],
    ),
]


@pytest.mark.parametrize(("lab", "ends", "generator", "expected"), MENDED)
def test_one_end_follows_the_other(
    lab: str,
    ends: tuple[str, str],
    generator: Callable[[Stop], Iterator[Edit]],
    expected: list[str],
) -> None:
    assert mends(generator, stop(lab, ends)) == expected


@pytest.mark.parametrize("lab", ["q166308-wrong-password", "q159182-wrong-answer"])
def test_no_text_has_a_password(lab: str) -> None:
    said = texts(password, stop(lab, SOUTHWARD))
    assert len(said) == 2
    assert all("secret" not in text.casefold() and "changed" not in text for text in said)


def test_outgoing_selectors_that_are_the_incoming_ones_too_follow() -> None:
    """Q152934: SOUTH's connector has no incoming ones, so it expects those that it calls by."""
    found = stop("q152934-incoming-defaults", SOUTHWARD)
    assert texts(selectors, found) == [
        f"{SOUTH}: the incoming selectors are those of NORTH",
        f"{SOUTH}: the outgoing selectors are those of NORTH",
        f"the selectors of NORTH are those that {SOUTH} expects",
    ]
