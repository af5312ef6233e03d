"""Lines for people and for programs."""

import json

import pytest

from labkit.output import say, say_document, say_json, say_lines

EVIL = "\x1b[2J\n\u202e"


def test_a_line_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    say(EVIL)
    say("gone wrong", error=True)
    assert capsys.readouterr() == ("\\x1b[2J\\n\\u202e\n", "gone wrong\n")


def test_lines_stay_lines(capsys: pytest.CaptureFixture[str]) -> None:
    say_lines(EVIL + "x", error=True)
    assert capsys.readouterr().err == "\\x1b[2J\n\\u202ex\n"


def test_json_is_exact_and_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    say_json({"text": EVIL})
    out = capsys.readouterr().out
    assert json.loads(out) == {"text": EVIL}
    assert out.count("\n") == 1
    assert out.isascii()


@pytest.mark.parametrize("text", ["a\nb", "a\nb\n"])
def test_a_document_ends_with_one_line_feed(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    say_document(text)
    assert capsys.readouterr().out == "a\nb\n"
