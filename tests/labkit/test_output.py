"""Lines for people and for programs."""

import io
import json
import os
import subprocess
import sys

import pytest

from labkit.output import EXIT_NO_READER, say, say_document, say_json, say_lines
from tests.patience import PATIENCE

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


def test_what_the_encoding_lacks_is_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    octets = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(octets, encoding="ascii"))
    say("Grüße ─")
    assert octets.getvalue() == rb"Gr\xfc\xdfe \u2500" + b"\n"


def test_a_reader_that_has_gone_ends_the_command_without_a_word() -> None:
    program = "from labkit.output import say\nfor n in range(100_000): say(str(n))"
    reader, writer = os.pipe()
    command = [sys.executable, "-c", program]
    process = subprocess.Popen(command, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert os.read(reader, 2) == b"0\n"
    os.close(reader)
    _, complaint = process.communicate(timeout=PATIENCE)
    assert (process.returncode, complaint) == (EXIT_NO_READER, b"")


def test_without_a_reader_of_errors_a_command_goes_on() -> None:
    program = "from labkit.output import say\nsay('x', error=True)\nsay('done')"
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=writer, check=False)
    os.close(writer)
    assert (done.returncode, done.stdout) == (0, b"done\n")
