"""Changes as people read them."""

import pytest

from labkit.console import display
from mta_lab.rehearsal.changes import Change, changes
from mta_lab.rehearsal.changetable import markdown, remarks, table
from mta_lab.rehearsal.report import flows_of
from tests.mta_lab.rehearsal.changed import NOW, lab


def between(one: str, other: str) -> tuple[Change, ...]:
    return changes(flows_of(lab(one), NOW), flows_of(lab(other), NOW))


@pytest.mark.parametrize("other", ["q196381-dmz-relay", "q196381-tunnel", "q164838-loop"])
def test_the_table_fits_into_80_columns(
    other: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    display(table(between("q196381", other)))
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert "EXTERNAL 1290 289" in shown


def test_the_remarks_say_why_mail_is_not_delivered_afterwards() -> None:
    (why,) = remarks(between("q196381-tunnel", "q196381"))
    assert why.startswith("EXTERNAL -> INTERNAL: caller's address 203.0.113.10 is not")
    assert [*remarks(between("q196381", "q196381-tunnel"))] == []


def test_markdown_has_a_row_for_each_change() -> None:
    lines = [*markdown(between("q196381-tunnel", "q196381"))]
    assert len(lines) == 3 + 1  # the inside's mail leaves from another address
    assert {line.count("|") for line in lines} == {7}
    assert "delivered, now collected" in lines[2]
    assert "q196381.yaml:61" in lines[2]
