"""The comparison as people read it."""

from datetime import UTC, datetime

from mta_lab.sheet.comparing import compare
from mta_lab.sheet.table import lines
from tests.mta_lab.sheet.sheets import ONE, TWO, sheet

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_difference_has_what_it_does_and_why() -> None:
    text = [*lines(compare(ONE, sheet(TWO, peer={"password": ""}), NOW))]
    start = text.index("different: ONE own.password | TWO peer.password")
    assert text[start + 1 : start + 3] == ["  ONE: given", "  TWO: empty"]
    assert text[start + 3].startswith("  ONE -> TWO: refused: password of MTA ONE is not")
    assert text[start + 3].endswith("(ONE 1290 289 1294; TWO 51)")
    assert text[-2].startswith("as the sheets are, ONE -> TWO: refused")


def test_what_changes_nothing_says_so() -> None:
    text = [*lines(compare(ONE, sheet(TWO, link={"window_size": 1}), NOW))]
    start = text.index("different: ONE link.window_size | TWO link.window_size")
    assert text[start + 3] == "  nothing changes for the mail"


def test_without_a_topology_the_problem_is_shown() -> None:
    text = [*lines(compare(ONE, sheet(TWO, centre="ONE"), NOW))]
    assert text[-2] == "as the sheets are, they make no topology:"
    assert "need names of their own" in text[-1]
