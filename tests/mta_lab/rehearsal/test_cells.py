"""The parts of tables."""

import pytest

from mta_lab.rehearsal.cells import direction, events, row, sources, word
from mta_lab.rehearsal.report import Flow, flows_of
from mta_lab.topology.disposition import Disposition
from tests.mta_lab.rehearsal.changed import NOW, lab


def flow(name: str) -> Flow:
    """The first flow of a lab."""
    return flows_of(lab(name), NOW)[0]


def test_nobody_has_a_word() -> None:
    assert direction("NORTH", None) == "NORTH -> nobody"


def test_every_disposition_has_a_colour() -> None:
    assert {str(word(each).spans[0].style) for each in Disposition} == {"green", "yellow", "red"}


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("q196381", ["203.0.113.10"]),
        ("q196381-dmz-relay", ["192.0.2.1 at RELAY", "198.51.100.1 at INTERNAL"]),
        ("q154301-connection-refused", ["-"]),
    ],
)
def test_the_sources_have_names_where_a_relay_is_between(name: str, seen: list[str]) -> None:
    assert sources(flow(name)) == seen


def test_the_events_are_listed_by_mta() -> None:
    assert events(flow("q196381")) == ["EXTERNAL 1290 289 1294 301", "INTERNAL 1293"]
    assert events(flow("q196381-tunnel")) == ["-"]


def test_text_of_a_file_makes_no_cell_of_its_own() -> None:
    assert row(["a|b", "c\x1b[2J"]) == r"| a\|b | c\x1b[2J |"
