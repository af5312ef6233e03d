"""Combinations as people read them."""

import pytest

from labkit.console import display
from mta_lab.rehearsal.report import flows_of
from mta_lab.rehearsal.whatif import Base, Case, cases, combinations
from mta_lab.rehearsal.whatiftable import markdown, remarks, tables
from tests.mta_lab.rehearsal.changed import NOW, lab

ADDRESS = "INTERNAL.connectors.FIREWALL.stack.address"
BEFORE = flows_of(lab("q196381"), NOW)


@pytest.fixture
def found() -> list[Case]:
    choices = {"firewall.transparency": ["on", "off"], ADDRESS: ["198.51.100.1", "203.0.113.10"]}
    return [*cases(Base(lab("q196381"), NOW), combinations(choices))]


def test_changes_are_marked_in_tables_of_80_columns(
    found: list[Case], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    display(*tables(BEFORE, found))
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert shown.count("* ") == 5
    assert "3. firewall.transparency=off," in shown


def test_the_remarks_say_what_delivers_all(found: list[Case]) -> None:
    assert [*remarks(found)] == [
        "* differs from the file; 4 combinations",
        "all mail is delivered with 3",
    ]
    assert [*remarks(found[:1])][-1] == "all mail is delivered with none of them"


def test_mail_that_is_no_more_is_shown_and_is_not_delivered(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = [*cases(Base(lab("q166308-all-right"), NOW), [{"NORTH.server.mailboxes": []}])]
    display(*tables((), found))
    assert "* no mail" in capsys.readouterr().out
    assert [*remarks(found)][-1] == "all mail is delivered with none of them"


def test_markdown_is_one_table(found: list[Case]) -> None:
    lines = [*markdown(BEFORE, found)]
    assert len(lines) == 2 + 2 + 4 * 2
    assert {line.count("|") for line in lines} == {9}
    assert lines[8].endswith("| collected, now delivered; another source; other events |")
