"""The firewall's log: to a stream as text or JSON, and to a file as text."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firewall_proxy.log import journal
from firewall_proxy.records import ReloadRefused

THEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
RECORD = ReloadRefused("\x1b[2J\nforged").at(THEN)
TEXT = "2026-01-02T03:04:05.000+00:00 reload-refused \\x1b[2J\\nforged\n"


@pytest.mark.parametrize("json_lines", [False, True])
def test_a_record_is_a_line_in_each_output(tmp_path: Path, json_lines: bool) -> None:
    stream, file = io.StringIO(), tmp_path / "fw.log"
    file.write_text("before\n")
    with journal(stream, json_lines=json_lines, file=file) as log:
        log.write(RECORD)
        assert file.read_text() == f"before\n{TEXT}"  # at once, not at the end
    if json_lines:
        assert json.loads(stream.getvalue())["reason"] == RECORD.reason
    else:
        assert stream.getvalue() == TEXT


def test_without_a_file_there_is_the_stream(tmp_path: Path) -> None:
    stream = io.StringIO()
    with journal(stream, json_lines=False, file=None) as log:
        log.write(RECORD)
    assert stream.getvalue() == TEXT


def test_a_file_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    with (
        pytest.raises(OSError, match="No such file"),
        journal(io.StringIO(), json_lines=False, file=tmp_path / "none" / "fw.log"),
    ):
        pass
