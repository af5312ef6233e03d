"""Predictions as people read them."""

import pytest

from labkit.console import display
from mta_lab.rehearsal.report import report
from mta_lab.rehearsal.table import markdown, remarks, table, traces
from mta_lab.topology.play import Expectation
from tests.mta_lab.rehearsal.changed import LABS, NOW, lab


@pytest.mark.parametrize("name", sorted(file.stem for file in LABS.glob("*.yaml")))
@pytest.mark.parametrize("columns", ["80", ""], ids=["terminal", "pipe"])
def test_the_table_fits_into_80_columns(
    name: str, columns: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a pipe an address of IPv6 is not folded."""
    monkeypatch.setenv("COLUMNS", columns)
    display(table(report(lab(name), NOW)))
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80 or (":" in shown and not columns)


def test_the_remarks_say_why_and_when() -> None:
    first, second = remarks(report(lab("q196381"), NOW))
    assert first.startswith("EXTERNAL -> INTERNAL: caller's address 203.0.113.10 is not")
    assert "q196381.yaml:61" in first
    assert second == "  moves when INTERNAL calls; is tried again at 1998-03-02 09:10:00 UTC"


def test_the_trace_names_each_step_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    display(*traces(report(lab("q196381"), NOW)))
    shown = capsys.readouterr().out
    for part in (
        "route",
        "schedule",
        "source address",
        "client-side transparency",
        "bind: address",
    ):
        assert part in shown
    assert "q196381.yaml:61" in shown


def test_markdown_has_a_row_for_each_flow() -> None:
    lines = [*markdown(report(lab("q196381"), NOW))]
    assert len(lines) == 4
    assert {line.count("|") for line in lines} == {8}


def test_what_the_play_comes_to_is_said_where_it_is_something_else() -> None:
    text = "EXTERNAL -> INTERNAL: in the file's play its 6 messages are delivered"
    shut = report(lab("trap-ports-used-up"), NOW)
    assert text in [*remarks(shut)]
    assert [*markdown(shut)][-2:] == ["", f"- {text}"]
    assert not any("file's play" in each for each in remarks(report(lab("q196381"), NOW)))


def test_where_there_is_no_mail_it_says_so() -> None:
    alone = lab("q196381").model_copy(update={"mtas": {}, "play": (), "expect": Expectation()})
    assert [*remarks(report(alone, NOW))] == [
        "no mail: no connector leads to a mailbox of another MTA"
    ]
