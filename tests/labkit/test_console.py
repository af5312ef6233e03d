"""Tables and coloured lines: nothing is markup, nothing is obeyed, nothing is lost."""

import io
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.console import Column, Table, Tree, as_text, counted, display, indented, line, progress

EVIL = "\x1b]0;x\x07[/x] :smile:\nforged"
SHOWN = r"\x1b]0;x\x07[/x] :smile:\nforged"


class Terminal(io.StringIO):
    """What is written to a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, *things: object, columns: int = 80) -> str:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal = Terminal()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", terminal)
        display(*things)  # type: ignore[arg-type]
    return terminal.getvalue()


def a_table(*cells: object) -> Table:
    table = Table("first", Column("second", justify="right"), title=EVIL)
    table.add_row(*cells)  # type: ignore[arg-type]
    return table


def without_colours(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_cells_titles_and_lines_show_what_they_hold(capsys: pytest.CaptureFixture[str]) -> None:
    tree = Tree(EVIL)
    tree.add(EVIL)
    display(a_table(EVIL, "x"), tree, indented(EVIL, 4), line((EVIL, "red")))
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert out.count(SHOWN) == 4  # in the tree a label may have several lines
    assert out.count(r"\x1b]0;x\x07[/x] :smile:") == 6


def test_a_terminal_is_told_nothing_but_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    out = on_a_terminal(monkeypatch, a_table(EVIL, "x"), line((EVIL, "red")), EVIL)
    assert "\x1b[31m" in out
    assert "\x1b" not in without_colours(out)


@given(st.text(st.characters(codec=None)))
def test_any_text_can_be_shown(text: str) -> None:
    table = a_table(text, [text, text])
    before, sys.stdout = sys.stdout, io.StringIO()
    try:
        display(table, text)
        out = sys.stdout.getvalue()
    finally:
        sys.stdout = before
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", out)


def test_several_lines_of_a_cell_are_given_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    display(a_table(["one", "two"], None))
    assert [each.strip() for each in capsys.readouterr().out.splitlines()[-2:]] == ["one", "two"]


def test_in_a_pipe_a_row_is_a_line_without_spaces_at_its_end(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    display(a_table("word " * 60, "x"), indented("text " * 60, 4))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5  # title, headings, rule, row, text
    assert [each for each in lines if each != each.rstrip()] == []
    assert lines[-1].startswith("    text")


def test_a_text_has_no_colours_wherever_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    text = as_text(a_table(EVIL, "x"), line(("red", "red")), line("x " * 30), width=20)
    assert "\x1b" not in text
    lines = text.split("\n")
    assert "red" in lines
    assert max(map(len, lines)) <= 20
    assert all(each == each.rstrip() for each in lines)


def test_a_terminal_of_80_columns_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    headings = ("identifier", "subject", Column("address", no_wrap=True), "state")
    table = Table(*headings)
    table.add_row(*(letter * 50 for letter in "abcd"))
    out = without_colours(on_a_terminal(monkeypatch, table))
    assert max(map(len, out.splitlines())) <= 80
    assert [out.count(letter) for letter in "abcd"] == [
        50 + "identifiersubjectaddressstate".count(letter) for letter in "abcd"
    ]


def test_long_lines_are_left_to_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    display(line("x" * 200), wrap=False)
    assert terminal.getvalue() == "x" * 200 + "\n"


def test_progress_shows_names_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("[/x]\x1b[2J", 10) as advance:
        advance(10)
    assert r"[/x]\x1b[2J" in capsys.readouterr().err


def test_counting_gives_all_things_and_says_nothing_where_nobody_watches(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert [*counted("[/x]\x1b[2J", iter("abc"), 3)] == ["a", "b", "c"]
    assert capsys.readouterr() == ("", "")


def test_a_terminal_sees_how_many_of_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    terminal = Terminal()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", terminal)
        assert [*counted("[/x]\x1b[9Z", iter("abc"), 3)] == ["a", "b", "c"]
    assert r"[/x]\x1b[9Z" in terminal.getvalue()
    assert "3/3" in without_colours(terminal.getvalue())
